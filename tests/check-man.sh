#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# check-man.sh - mandoc finds nothing to complain about in our man pages.
srcdir=${srcdir:-.}

command -v mandoc >/dev/null || { echo "mandoc is not installed"; exit 77; }
pages=$(find "$srcdir/src" -name '*.[1-9].in' | sort)
[ -n "$pages" ] || { echo "no man page found in $srcdir/src"; exit 1; }
bad=0
for page in $pages; do
	# The same substitution as in the build, with plausible values.
	said=$(sed -e 's,@VERSION@,0,g' -e 's,@[a-z]*dir@,/dir,g' "$page" |
		mandoc -Tlint -Wwarning 2>&1)
	if [ -n "$said" ]; then
		printf '%s:\n%s\n' "$page" "$said"
		bad=1
	fi
	if grep -n '@[A-Za-z]*@' "$page" |
	    grep -Ev '@(VERSION|bindir|sysconfdir|localstatedir)@'; then
		echo "$page: the build does not fill in the above"
		bad=1
	fi
done
exit $bad
