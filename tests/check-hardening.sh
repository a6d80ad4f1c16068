#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# check-hardening.sh - the programs and the library that we install are
# hardened: what counts is the product, not the flags that some compiler was
# given.
top_builddir=${top_builddir:-.}
bad=0

# must PROGRAM WHAT TEXT PATTERN: TEXT has a line that matches PATTERN.
must()
{
	if ! printf '%s\n' "$3" | grep -Eq "$4"; then
		echo "$1: $2 is missing"
		bad=1
	fi
}

if [ -z "$UL_PROGRAMS" ]; then
	echo "UL_PROGRAMS names no program to look at"
	exit 1
fi

# look NAME FILE: what a program and a library have in common.
look()
{
	header=$(readelf -hW "$2") || exit 1
	segments=$(readelf -lW "$2")
	dynamic=$(readelf -dW "$2")
	symbols=$(readelf -W --dyn-syms "$2")
	must "$1" 'position independence' "$header" 'Type: +DYN'
	must "$1" RELRO "$segments" GNU_RELRO
	must "$1" 'immediate binding' "$dynamic" 'BIND_NOW|FLAGS.* NOW'
	must "$1" 'the stack protector' "$symbols" '__stack_chk_fail'
	must "$1" 'the mark of the stack' "$segments" GNU_STACK
	if printf '%s\n' "$segments" | grep 'GNU_STACK' | grep -q 'RWE'; then
		echo "$1: its stack is executable"
		bad=1
	fi
	if [ "$UL_RELEASE" = yes ]; then
		must "$1" '_FORTIFY_SOURCE' "$symbols" \
			'__[a-z0-9_]+_chk(@|[[:space:]]|$)'
	fi
}

for name in $UL_PROGRAMS; do
	look "$name" "$top_builddir/$name"
	must "$name" 'PIE (the flag)' "$dynamic" 'FLAGS_1.* PIE'
done
for name in $UL_LIBRARIES; do
	file=$top_builddir/${name%/*}/.libs/$(basename "$name" .la).so.0
	look "$name" "$file"
	must "$name" 'its soname' "$dynamic" 'SONAME.*\.so\.0\]'
done
exit $bad
