#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# abi.sh - the library has the symbols of libslirp's, and a program compiled
# with either header runs with either library.
srcdir=${srcdir:-.}
top_builddir=${top_builddir:-.}
ours=$top_builddir/qemu-glue/.libs
map=$srcdir/qemu-glue/libslirp.map
cc=${CC:-cc}
bad=0

[ -e "$ours/libslirp.so.0" ] || { echo "libslirp is not built"; exit 77; }
[ "$(getconf LONG_BIT)" = 64 ] || { echo "the numbers are of 64 bits"; exit 77; }
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

check()
{
	if eval "$2"; then
		echo "ok    $1"
	else
		echo "FAIL  $1"
		bad=1
	fi
}

# Each symbol with its version, as the map has it and as the library has.
awk '/^SLIRP_/ { node = $1 } /^\t\tslirp_/ {
	sub(";", "", $1); print $1 "@@" node }' "$map" | sort >"$dir/map"
nm -D --defined-only "$ours/libslirp.so.0" |
	awk '$2 != "A" { print $3 }' | sort >"$dir/has"
check "26 symbols" '[ "$(wc -l <"$dir/map")" = 26 ]'
check "and no others" 'cmp "$dir/map" "$dir/has"'
check "six versions" '[ "$(cut -d @ -f 3 "$dir/map" | sort -u | wc -l)" = 6 ]'
check "its name" 'readelf -d "$ours/libslirp.so.0" | grep -q "soname: .libslirp.so.0."'

# built NAME INCLUDE LIBRARY: the program with that header.
built()
{
	$cc -std=gnu11 -o "$dir/$1" -I"$2" "$srcdir/tests/slirp/abi.c" "$3" \
		-Wl,--allow-shlib-undefined
}

# Sanitizers of the library want to be there first.
case ${UL_SANITIZED:-no} in
no)	;;
*)	echo "the rest is for builds without sanitizers"
	exit $bad;;
esac
check "our header" 'built own "$srcdir/include/slirp" "$ours/libslirp.so.0"'
check "our header, our library" 'LD_LIBRARY_PATH=$ours "$dir/own" >/dev/null'
theirs=$(ldconfig -p 2>/dev/null | awk '/libslirp\.so\.0 / { print $NF; exit }')
if [ -n "$theirs" ]; then
	check "our header, the system's library" \
		'LD_LIBRARY_PATH=${theirs%/*} "$dir/own" >/dev/null'
fi
if flags=$(pkg-config --cflags-only-I slirp 2>/dev/null); then
	header=$(for f in $flags; do case $f in */slirp) echo "${f#-I}";; esac; done)
	check "the system's header" 'built other "$header" "$theirs"'
	check "the system's header, our library" \
		'LD_LIBRARY_PATH=$ours "$dir/other" | grep -q userlan'
	check "the system's header and library" '"$dir/other" >/dev/null'
fi
exit $bad
