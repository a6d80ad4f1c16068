#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# check-floors.sh - every include of src/ and qemu-glue/ obeys src/FLOORS, and
# only src/stack
# and lwip-port may include lwIP's headers.
srcdir=${srcdir:-.}
awk '
FILENAME ~ /FLOORS$/ {
	if ($0 ~ /^#/ || NF == 0) next
	area = $1; sub(":", "", area)
	may[area, area] = 1; known[area] = 1
	for (i = 2; i <= NF; i++) {
		if (!known[$i]) { print "FLOORS: " area " names " $i ", which no earlier line has"; bad = 1 }
		may[area, $i] = 1
	}
	next
}
FNR == 1 {
	n = split(FILENAME, part, "/")
	for (i = 1; i < n; i++) if (part[i] == "src") area = part[i + 1]
	for (i = 1; i < n; i++) if (part[i] == "qemu-glue") area = part[i]
	files++
	if (!known[area]) { print FILENAME ": src/" area " is not in FLOORS"; bad = 1 }
}
/^#[ \t]*include[ \t]*[<"]lwip\// && area != "stack" {
	print FILENAME ":" FNR ": lwIP header outside src/stack"; bad = 1
}
/^#[ \t]*include[ \t]*"/ {
	split($0, q, "\""); split(q[2], d, "/")
	if (q[2] !~ /\//) { print FILENAME ":" FNR ": \"" q[2] "\" is not rooted at src"; bad = 1 }
	else if (area == "qemu-glue" && d[1] == "slirp") next
	else if (d[1] != "lwip" && !((area, d[1]) in may)) {
		print FILENAME ":" FNR ": " area " may not include " d[1]; bad = 1
	}
}
END {
	if (files < 10) { print "only " files " files found: wrong directory?"; bad = 1 }
	exit bad
}' "$srcdir/src/FLOORS" $(find "$srcdir/src" "$srcdir/qemu-glue" -name '*.[ch]' | sort)
