#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# check-lwip-pristine.sh - the lwIP that we compile is the one that was
# released: nobody has patched what src/stack relies on.
#
# One digest stands for all sources and headers. Line ends do not count: the
# upstream archive and Debian's differ in them.
want=a2a7be4d17105c626ef4251e6d8dd80bc9b70d3394c023e3d227ca66c539bbe0
dir=${LWIP_DIR:-${srcdir:-.}/lwip-port/lwip}

cd "$dir/src" || exit 1
have=$(find core include/lwip include/netif -name '*.[ch]' | LC_ALL=C sort |
	xargs cat | tr -d '\r' | sha256sum | cut -d ' ' -f 1)
if [ "$have" != "$want" ]; then
	echo "$dir is not the pristine source of lwIP 2.2.1:"
	echo "  its digest is $have"
	echo "  it should be  $want"
	exit 1
fi
