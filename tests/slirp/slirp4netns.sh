#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# slirp4netns.sh - slirp4netns's own tests, unmodified, on our library
#
#	namespaces of one test		out 192.0.2.7, default route
#	  host side of slirp4netns	nobody answers there
#	  unshare -rn: the guest, tap11
#
# Every test has namespaces of its own for net, pids and mounts, so that all
# run at once and nothing of them stays. They run on the distribution's library
# at the same time: only what fails there as well is excused.
srcdir=$(cd "${srcdir:-.}" && pwd)
here=$srcdir/tests/slirp
lib=${top_builddir:-$PWD}/qemu-glue/.libs
count=14
no_setup=99

skip()
{
	echo "$*"
	exit 77
}

# In the namespaces of one test: inside TEST WORK
if [ "${1:-}" = inside ]; then
	ip link set lo up &&
		ip link add out type veth peer name nobody &&
		ip link set out up && ip link set nobody up &&
		ip address add 192.0.2.7/24 dev out &&
		ip neighbour add 192.0.2.1 lladdr 02:00:00:00:00:01 dev out &&
		ip route add default via 192.0.2.1 &&
		cd "$(mktemp -d -p "$3")" || exit $no_setup
	exec timeout 18 bash "$2"
fi

[ "${UL_SANITIZED:-no}" = no ] || skip "a sanitized library needs its program's help"
[ -f "$lib/libslirp.so.0" ] || skip "our library was not built"
for tool in slirp4netns ncat jq udhcpc getpcaps findmnt; do
	[ -n "$(PATH=$PATH:/usr/sbin:/sbin type -p $tool)" ] ||
		skip "no $tool here"
done
[ -d "$here/slirp4netns" ] || "$here/fetch" ||
	skip "slirp4netns's tests are not here: tests/slirp/fetch"
user=
[ "$(id -u)" = 0 ] || user=-Ur
new="unshare $user -n -m -p --fork --kill-child --mount-proc"
$new true 2>/dev/null || skip "namespaces are not allowed here"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export PATH=$PATH:/usr/sbin:/sbin

# start WHICH TEST: words and status go to $work/TEST.WHICH.
start()
{
	{
		[ $1 = theirs ] || export LD_LIBRARY_PATH=$lib
		$new bash "$here/slirp4netns.sh" inside "$2" "$work" \
			>"$work/$(basename "$2").$1" 2>&1 </dev/null
		echo $? >"$work/$(basename "$2").$1.status"
	} &
}

status()
{
	cat "$work/$(basename "$2").$1.status"
}

passed()
{
	[ "$(status "$1" "$2")" = 0 ]
}

# May it in a second try? What hangs on both libraries is upstream's.
may_pass()
{
	passed ours "$1" && return 1
	[ "$(status ours "$1") $(status theirs "$1")" != "124 124" ]
}

LD_LIBRARY_PATH=$lib slirp4netns -v | sed -n 's/^libslirp:/on libslirp/p'
tests=$(echo "$here"/slirp4netns/tests/test-*.sh)
# Most look for the device's address as soon as there is a device, or for the
# namespace before it is whole: on a busy machine that fails now and then.
# (exit-fd waits for a program that it started with a word too many.)
for try in 1 2 3; do
	for test in $tests; do
		[ $try = 1 ] || may_pass "$test" || continue
		start ours "$test"
		[ $try != 1 ] && passed theirs "$test" || start theirs "$test"
	done
	wait
done
bad=0
seen=0
for test in $tests; do
	seen=$((seen + 1))
	name=$(basename "$test" .sh)
	name=${name#test-slirp4netns-}
	if passed ours "$test"; then
		echo "ok    $name"
	elif [ "$(status ours "$test")" = $no_setup ] ||
	     [ "$(status theirs "$test")" = $no_setup ] ||
	     passed theirs "$test"; then
		echo "FAIL  $name"
		tail -n ${LINES_OF_WORDS:-12} "$work/$(basename "$test").ours"
		bad=1
	else
		echo "ok    $name: excused, it fails on libslirp as well"
	fi
done
[ $seen = $count ] || { echo "FAIL  there are $seen tests, not $count"; bad=1; }
exit $bad
