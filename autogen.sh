#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# autogen.sh - prepare ./configure, or go all the way to the demo or the tests
#
# Each step looks whether it is done already: a second run takes seconds.
set -u

usage()
{
	cat <<'END'
usage: autogen.sh                  prepare ./configure
       autogen.sh demo [OPTION]... set everything up, build, show a VM at work
       autogen.sh check [OPTION]...    the same, and run all the tests
  --yes            install missing Debian packages without asking
  --with-lwip=DIR  use this source of lwIP 2.2.1 instead of fetching it
END
}

# Every package that we need: for what (demo includes build, check includes
# all), its Debian name, a program that tells that it is there where dpkg does
# not know (pc: a pkg-config module, file: a file), and why.
packages()
{
	cat <<'END'
build	gcc		gcc		the C compiler
build	libc6-dev	file:/usr/include/stdio.h	the C library's headers
build	make		make		runs the build
build	autoconf	autoreconf	makes ./configure
build	automake	automake	makes the makefile
build	libtool		libtoolize	links the parts
build	pkgconf		pkg-config	finds the libraries
build	libglib2.0-dev	pc:glib-2.0	GLib: options, files, containers
build	libjansson-dev	pc:jansson	JSON, of the control socket
build	check		pc:check	the framework of the unit tests
build	xz-utils	xz		unpacks lwIP
demo	qemu-system-x86	qemu-system-x86_64	runs the virtual machine
demo	busybox-static	busybox		all programs of the demo's guest
demo	iproute2	ip		tells this machine's address
demo	python3		python3		runs the demo and many tests
check	clang		clang		the second compiler, and the fuzzer
check	libclang-rt-dev	-		clang's sanitizers and libFuzzer
check	llvm		llvm-symbolizer	names in the sanitizers' reports
check	bind9-dnsutils	dig		asks as people ask
check	curl		curl		reads files by TFTP
check	dhcpcd-base	dhcpcd		a DHCP client
check	dnsmasq-base	dnsmasq		a DNS and DHCP server to test against
check	procps		sysctl		opens ping sockets in the tests' networks
check	jq		jq		reads JSON in slirp4netns's tests
check	libcap2-bin	getpcaps	tells capabilities in slirp4netns's tests
check	libslirp-dev	pc:slirp	the header that programs were compiled with
check	libslirp0	-		the library that ours stands in for
check	libvdeplug-slirp	file:/usr/share/man/man1/libvdeplug_slirp.1.gz	VDE on our libslirp
check	ncat		ncat		connects in slirp4netns's tests
check	isc-dhcp-client	dhclient	a DHCP client, of IPv6 too
check	ipxe-qemu	file:/usr/lib/ipxe/qemu/efi-virtio.rom	boots a VM from the network
check	iputils-ping	ping		tests of ICMP
check	mandoc		mandoc		checks the man pages
check	nftables	nft		makes a shell on two networks a router
check	passt		pasta		a peer to measure against
check	qemu-system-common	file:/usr/lib/qemu/qemu-bridge-helper	makes taps on bridges
check	slirp4netns	slirp4netns	a peer to measure against
check	vde2		vde_switch	a peer to measure against
check	udhcpc		udhcpc		a DHCP client, in slirp4netns's tests
check	vdens		vdens		plugs namespaces into VDE's libslirp
check	samba		file:/usr/sbin/smbd	what QEMU starts for smb=
check	smbclient	smbclient	reads from it, in the guest
check	tcpdump		tcpdump		reads captures
check	tftp-hpa	tftp		reads files, over IPv6 too
check	traceroute	traceroute	tests of the hop limit
END
}

die()
{
	echo "autogen.sh: $*" >&2
	exit 1
}

say()
{
	echo "--- $*"
}

# Lines "package why" of what WANTED needs and this machine has not.
missing()
{
	case $1 in
	demo)	levels='build|demo';;
	*)	levels='build|demo|check';;
	esac
	packages | grep -E "^($levels)	" | tr -s '\t' |
	while IFS='	' read -r _ package probe why; do
		is_there "$package" "$probe" || echo "$package	$why"
	done
}

is_there()
{
	if command -v dpkg-query >/dev/null; then
		dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null |
			grep -qx installed
		return
	fi
	case $2 in
	-)	return 0;;
	pc:*)	pkg-config --exists "${2#pc:}" 2>/dev/null;;
	file:*)	[ -e "${2#file:}" ];;
	*)	command -v "$2" >/dev/null;;
	esac
}

# Have all packages for WANTED, and install none without a yes.
need_packages()
{
	lacks=$(missing "$1")
	[ -n "$lacks" ] || return 0
	echo "This machine lacks:"
	echo "$lacks" | while IFS='	' read -r package why; do
		printf '    %-17s %s\n' "$package" "$why"
	done
	names=$(echo "$lacks" | cut -f 1 | tr '\n' ' ')
	names=${names% }
	command -v apt-get >/dev/null ||
		die "there is no apt-get here: install the above your own way, then run this again"
	install="apt-get install -y --no-install-recommends $names"
	as_root=
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null ||
			die "neither root nor sudo here; as root, run: $install"
		as_root="sudo "
	fi
	echo "to be installed by: $as_root$install"
	may_install || die "not installed (--yes installs without asking)"
	# Words are split on purpose: none of them has a blank inside.
	DEBIAN_FRONTEND=noninteractive
	export DEBIAN_FRONTEND
	say "updating the package lists"
	run_quietly ${as_root}apt-get -q update ||
		die "apt-get update failed (above)"
	say "installing"
	run_quietly ${as_root}$install || die "the installation failed (above)"
	lacks=$(missing "$1" | cut -f 1 | tr '\n' ' ')
	[ -z "$lacks" ] || die "still missing after the installation: $lacks"
}

may_install()
{
	[ "$yes" = no ] || return 0
	[ -t 0 ] || die "no terminal to ask on, and neither --yes nor CI=true: nothing was installed"
	printf 'Install now? [y/N] '
	read -r answer || answer=
	case $answer in
	y|Y|yes)	return 0;;
	esac
	return 1
}

# Run a command and keep its words to ourselves unless it fails.
run_quietly()
{
	words=$(mktemp) || exit 1
	"$@" >"$words" 2>&1 </dev/null
	status=$?
	[ $status = 0 ] || tail -n 30 "$words" >&2
	rm -f "$words"
	return $status
}

prepare_configure()
{
	command -v autoreconf >/dev/null ||
		die "no autoreconf here (Debian: autoconf automake libtool)"
	mkdir -p build-aux && autoreconf -fi
}

# One word for all that makes ./configure and the makefile what they are.
recipe()
{
	{
		autoreconf --version
		cat configure.ac Makefile.am
		find lwip-port src tests qemu-glue -name '*.mk' -type f | LC_ALL=C sort |
			xargs cat
	} | sha256sum | cut -d ' ' -f 1
}

# build_in DIR CONFIGURE-ARGUMENT...: an up-to-date build of everything in DIR,
# with all warnings as errors.
build_in()
{
	dir=$1
	shift
	[ ! -e "$dir" ] || [ -w "$dir" ] ||
		die "$dir belongs to another user: remove it, or run this as that user"
	now=$(recipe)
	if [ ! -x configure ] || [ "$(cat build-aux/recipe 2>/dev/null)" != "$now" ]; then
		say "preparing ./configure"
		run_quietly prepare_configure || return 1
		echo "$now" >build-aux/recipe
	fi
	now="$now $*${lwip:+ --with-lwip=$lwip}"
	if [ "$(cat "$dir/recipe" 2>/dev/null)" != "$now" ]; then
		say "configuring $dir"
		rm -f "$dir/recipe"
		mkdir -p "$dir" || return 1
		(cd "$dir" && run_quietly "$top/configure" --enable-werror \
			${lwip:+"--with-lwip=$lwip"} "$@") || return 1
		echo "$now" >"$dir/recipe"
	fi
	say "building $dir"
	make -s -C "$dir" -j "$(nproc)" ${targets:-all} >/dev/null
}

set_up()
{
	need_packages "$1"
	[ -n "$lwip" ] || lwip-port/fetch || exit 1
}

demo()
{
	set_up demo
	build_in build || die "the build failed (above)"
	exec tests/vm/demo build
}

check()
{
	set_up check
	tests/slirp/fetch || say "tests of libslirp and slirp4netns will be skipped"
	. tests/run-all.sh
	run_all
}

start=$PWD
cd "$(dirname "$0")" || exit 1
top=$PWD
yes=no
lwip=
what=
[ "${CI:-}" != true ] || yes=yes
for arg; do
	case $arg in
	demo|check)
		[ -z "$what" ] || { usage >&2; exit 2; }
		what=$arg;;
	--yes)	yes=yes;;
	--with-lwip=?*)
		lwip=$(cd "$start" && cd "${arg#*=}" && pwd) ||
			die "--with-lwip: no directory ${arg#*=}";;
	-h|--help)
		usage
		exit 0;;
	*)	echo "autogen.sh: what is $arg?" >&2
		usage >&2
		exit 2;;
	esac
done
case $what in
demo)	demo;;
check)	check;;
*)	prepare_configure;;
esac
