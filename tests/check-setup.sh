#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# check-setup.sh - autogen.sh installs nothing unasked and fails with one
# line; lwip-port/fetch takes no other archive than the one that is pinned.
#
# dpkg-query, apt-get and sudo are stubs of ours that come first in PATH: no
# package is known to be installed, and what would install one leaves a note.
srcdir=$(cd "${srcdir:-.}" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

complain()
{
	echo "$*"
	bad=1
}

stub()
{
	printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"
	chmod +x "$work/bin/$1"
}

# refused WHAT PATTERN ARGUMENT...: autogen.sh fails, installs nothing, and
# ends with a line on stderr, the only one, that matches.
refused()
{
	what=$1
	pattern=$2
	shift 2
	rm -f "$work/installed"
	(
		unset CI
		cd "$work/tree" && PATH=$work/bin:$PATH ./autogen.sh "$@"
	) >"$work/out" 2>"$work/err" </dev/null &&
		complain "$what: autogen.sh went on"
	[ ! -e "$work/installed" ] || complain "$what: something was installed"
	[ "$(wc -l <"$work/err")" = 1 ] && grep -q "$pattern" "$work/err" ||
		complain "$what: autogen.sh said: $(cat "$work/err")"
}

mkdir "$work/bin" "$work/tree" "$work/tree/lwip-port" || exit 1
cp "$srcdir/autogen.sh" "$work/tree/"
cp "$srcdir/lwip-port/fetch" "$srcdir/lwip-port/apt-source.sh" \
	"$work/tree/lwip-port/"
stub dpkg-query 'exit 1'
stub apt-get "touch '$work/installed'"
stub sudo "touch '$work/installed'"
refused "no terminal" "nothing was installed" demo
grep -q '^    gcc  *the C compiler$' "$work/out" ||
	complain "the missing packages are not listed"
grep -q 'apt-get install .* gcc ' "$work/out" ||
	complain "the command is not shown"

stub apt-get "touch '$work/installed'; exit 1"
stub sudo "touch '$work/installed'; exit 1"
refused_anyway=$(
	cd "$work/tree" && PATH=$work/bin:$PATH ./autogen.sh demo --yes \
		</dev/null 2>&1 >/dev/null
) && complain "an update that fails was passed over"
[ -e "$work/installed" ] || complain "--yes installed nothing"
echo "$refused_anyway" | grep -q 'apt-get update failed' ||
	complain "a failed update said: $refused_anyway"

PATH=$work/bin:$PATH "$work/tree/autogen.sh" demmo >"$work/out" 2>&1
[ $? = 2 ] || complain "an unknown argument was not refused"
grep -q demmo "$work/out" || complain "an unknown argument was not named"

echo spoilt >"$work/tree/lwip-port/lwip_2.2.1+dfsg1.orig.tar.xz"
spoilt=$(sha256sum <"$work/tree/lwip-port/lwip_2.2.1+dfsg1.orig.tar.xz" |
	cut -d ' ' -f 1)
"$work/tree/lwip-port/fetch" >"$work/out" 2>&1 &&
	complain "a spoilt archive of lwIP was taken"
grep -q "$spoilt" "$work/out" && grep -q '83729c274c49' "$work/out" ||
	complain "both digests are not shown: $(cat "$work/out")"
[ ! -e "$work/tree/lwip-port/lwip" ] || complain "it was unpacked, too"
exit $bad
