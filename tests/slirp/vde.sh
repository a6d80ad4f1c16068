#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# vde.sh - VDE's plug to libslirp, on our library
#
#	web on 127.0.0.1	vdens slirp://
#	  of a namespace  <-	  udhcpc, wget: 10.0.2.15
#
# libvdeslirp runs an instance in a thread of its own; vdens gives a namespace
# a tap that is plugged into it.
srcdir=$(cd "${srcdir:-.}" && pwd)
lib=${top_builddir:-$PWD}/qemu-glue/.libs

skip()
{
	echo "$*"
	exit 77
}

[ "${UL_SANITIZED:-no}" = no ] || skip "a sanitized library needs its program's help"
[ -f "$lib/libslirp.so.0" ] || skip "our library was not built"
for tool in vdens busybox curl; do
	type -p $tool >/dev/null || skip "no $tool here"
done
ls /usr/lib/*/vdeplug/libvdeplug_slirp.so >/dev/null 2>&1 ||
	skip "no plug to libslirp here (libvdeplug-slirp)"
user=
[ "$(id -u)" = 0 ] || user=-Ur
if [ "${1:-}" != inside ]; then
	new="unshare $user -n -m -p --fork --kill-child --mount-proc"
	$new true 2>/dev/null || skip "namespaces are not allowed here"
	export PATH=$PATH:/usr/sbin:/sbin
	LD_LIBRARY_PATH=$lib exec timeout 60 $new \
		bash "$srcdir/tests/slirp/vde.sh" inside
fi

# From here on in namespaces of our own; the end of this ends all in them.
export work
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/www" "$work/guest" && cd "$work" || exit 1
head -c 3000000 /dev/urandom >www/page
echo "a page of the guest" >guest/index.html
cat >leased <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip address add "$ip/$mask" dev "$interface"
echo "$ip $router" >"$work/$interface"
END
cat >guest.sh <<'END'
ip link set lo up
for dev in vde0 vde1; do
	ip link set $dev up
	busybox udhcpc -i $dev -n -q -f -t 10 -T 1 -s "$work/leased"
done 2>&1
for host in 10.0.2.2 10.0.3.2; do
	busybox ping -c 2 -i 0.1 -W 2 $host >$work/ping-$host
	busybox wget -q -O $work/page-$host http://$host:8123/page &
done
busybox httpd -p 80 -h "$work/guest"
wait
touch $work/done
sleep 30
END
chmod +x leased
ip link set lo up
busybox httpd -p 127.0.0.1:8123 -h www || exit 1
vdens -m slirp:///tcpfwd=127.0.0.1:8080:10.0.2.15:80 \
	'slirp:///addr=10.0.3.2\/24' -- sh ./guest.sh >said 2>&1 &
for i in $(seq 300); do
	[ ! -e done ] || break
	sleep 0.1
done
bad=0

# expect WHAT COMMAND...
expect()
{
	what=$1
	shift
	if "$@" >/dev/null 2>&1; then
		echo "ok    $what"
	else
		echo "FAIL  $what"
		bad=1
	fi
}

expect "ours is in use" grep -q "$lib/libslirp.so" /proc/[0-9]*/maps
expect "lease" grep -qx "10.0.2.15 10.0.2.2" vde0
expect "lease of the second" grep -qx "10.0.3.15 10.0.3.2" vde1
for host in 10.0.2.2 10.0.3.2; do
	expect "ping $host" grep -q "2 packets received" ping-$host
	expect "download from $host" cmp www/page page-$host
done
curl -s -m 5 -o back http://127.0.0.1:8080/
expect "forward" cmp guest/index.html back
[ $bad = 0 ] || cat said
exit $bad
