#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# check-lists.sh - what is in the tree is in the makefiles too.
#
# A source file, a test or a corpus that is missing from its local.mk is not
# built, not run or not in the archive, and nothing else would say so.
srcdir=${srcdir:-.}
cd "$srcdir" || exit 1
bad=0

# listed FILE MAKEFILE...: the file's name is in one of them, by itself.
listed()
{
	name=$(basename "$1")
	shift
	grep -qE "(^|[ /	])$(echo "$name" | sed 's/\./\\./g')( |	|\\\\|\$)" \
		"$@" && return
	echo "$name is in none of: $*"
	bad=1
}

for file in src/*/*.[ch] qemu-glue/*.[ch]; do
	listed "$file" "${file%/*}/local.mk"
done
for file in tests/unit/test_*.c tests/unit/*.py; do
	listed "$file" tests/unit/*.mk
done
for file in tests/fuzz/*.[ch]; do
	listed "$file" tests/fuzz/local.mk
done
for file in tests/netns/*.sh tests/netns/*.py tests/netns/*.[ch]; do
	listed "$file" tests/netns/local.mk
done
for file in tests/slirp/*.sh tests/slirp/*.py; do
	listed "$file" tests/slirp/local.mk
done
for file in tests/vm/*.py tests/vm/*.c; do
	listed "$file" tests/vm/local.mk
done
for file in tests/fake/*.[ch]; do
	listed "$file" tests/unit/*.mk tests/fuzz/local.mk tests/local.mk
done

# A line of a list behind the list's end is silently a part of nothing.
for list in Makefile.am $(find src tests lwip-port qemu-glue -name '*.mk'); do
	awk -v name="$list" '
		/^\t%D%\// && !goes_on {
			print name ": belongs to no list: " $0
			bad = 1
		}
		{ goes_on = /\\$/ }
		END { exit bad }' "$list" || bad=1
done
exit $bad
