#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# check-size.sh - a file is one noun and a function one thought: no source
# file above 800 lines, no function above 100, and every file says its licence
# in its first line.
srcdir=${srcdir:-.}

find "$srcdir/src" "$srcdir/tests" "$srcdir/lwip-port" \
	"$srcdir/qemu-glue" "$srcdir/include" \
	\( -path "$srcdir/lwip-port/lwip" -o \
	-path "$srcdir/tests/slirp/*/*" \) -prune -o -name '*.[ch]' -print |
	sort | xargs awk '
FNR == 1 {
	files++; start = 0
	if ($0 !~ /SPDX-License-Identifier: BSD-3-Clause/) {
		print FILENAME ": the first line has no licence"; bad = 1
	}
}
FNR == 801 { print FILENAME ": longer than 800 lines"; bad = 1 }
/^\{/ { start = FNR }
/^\}/ {
	if (start && FNR - start > 101) {
		print FILENAME ":" start ": a function of " FNR - start - 1 " lines"
		bad = 1
	}
	start = 0
}
END {
	if (files < 10) { print "only " files " files found: wrong directory?"; bad = 1 }
	exit bad
}'
