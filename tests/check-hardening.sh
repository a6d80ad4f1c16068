#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# check-hardening.sh - the programs that we install are hardened: what counts
# is the product, not the flags that some compiler was given.
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
for name in $UL_PROGRAMS; do
	file=$top_builddir/$name
	header=$(readelf -hW "$file") || exit 1
	segments=$(readelf -lW "$file")
	dynamic=$(readelf -dW "$file")
	symbols=$(readelf -W --dyn-syms "$file")
	must "$name" PIE "$header" 'Type: +DYN'
	must "$name" 'PIE (the flag)' "$dynamic" 'FLAGS_1.* PIE'
	must "$name" RELRO "$segments" GNU_RELRO
	must "$name" 'immediate binding' "$dynamic" 'BIND_NOW|FLAGS.* NOW'
	must "$name" 'the stack protector' "$symbols" '__stack_chk_fail'
	if printf '%s\n' "$segments" | grep 'GNU_STACK' | grep -q 'RWE'; then
		echo "$name: its stack is executable"
		bad=1
	fi
	if [ "$UL_RELEASE" = yes ]; then
		must "$name" '_FORTIFY_SOURCE' "$symbols" \
			'__[a-z0-9_]+_chk(@|[[:space:]]|$)'
	fi
done
exit $bad
