#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# upstream.sh - libslirp's own tests, unmodified, on our library
#
# pingtest knows the API only. ncsitest looks into struct Slirp, where ours has
# the three fields that it reads at the same places; both are compiled against
# our headers.
srcdir=${srcdir:-.}
here=$srcdir/tests/slirp
lib=${top_builddir:-$PWD}/qemu-glue/.libs

skip()
{
	echo "$*"
	exit 77
}

[ "${UL_SANITIZED:-no}" = no ] || skip "a sanitized library needs its program's help"
[ -f "$lib/libslirp.so.0" ] || skip "our library was not built"
[ -d "$here/libslirp" ] || "$here/fetch" ||
	skip "libslirp's tests are not here: tests/slirp/fetch"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

# compiles_and_runs NAME HEADERS...
compiles_and_runs()
{
	name=$1
	shift
	${CC:-cc} -w -o "$work/$name" "$here/libslirp/test/$name.c" "$@" \
		-I"$srcdir/include/slirp" $(pkg-config --cflags glib-2.0) \
		-L"$lib" -l:libslirp.so.0 $(pkg-config --libs glib-2.0) &&
	LD_LIBRARY_PATH=$lib timeout 60 "$work/$name" >"$work/said" 2>&1 &&
	{
		echo "ok    $name"
		return
	}
	echo "FAIL  $name: status $?"
	tail -n 20 "$work/said"
	bad=1
}

compiles_and_runs pingtest
compiles_and_runs ncsitest -I"$here/libslirp/src"
exit $bad
