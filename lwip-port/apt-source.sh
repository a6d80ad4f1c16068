# SPDX-License-Identifier: BSD-3-Clause
# apt-source.sh - source packages of Debian, for those who source this file
#
# No server is named here: this machine's own APT entries for Debian are
# turned, one after the other, into a deb-src entry for the suite that has the
# package, in an APT configuration that lives in a temporary directory. APT
# checks Debian's signature.

# APT's deb822 entries (*.sources) for the release that this machine runs,
# from Debian (or without a word on whose), each in a file of its own with the
# type, suite and components replaced. Entries for security or other vendors'
# suites have other names and are left out.
take_sources()
{
	awk -v out="$work/try" -v codename="$codename" -v suite="$suite" '
	BEGIN { RS = ""; FS = "\n" }
	{
		for (key in field) delete field[key]
		order = 0
		for (i = 1; i <= NF; i++) {
			if ($i ~ /^#/) continue
			if ($i ~ /^[ \t]/) { field[key] = field[key] "\n" $i; continue }
			key = tolower(substr($i, 1, index($i, ":") - 1))
			field[key] = substr($i, index($i, ":") + 1)
			keys[++order] = key
		}
		suites = " " field["suites"] " "; gsub(/[ \t\n]+/, " ", suites)
		if (index(suites, " " codename " ") == 0 || tolower(field["enabled"]) ~ /no/) next
		if (field["signed-by"] != "" && field["signed-by"] !~ /debian-archive/) next
		field["types"] = " deb-src"
		field["suites"] = " " suite
		field["components"] = " main"
		file = out "." FILENAME; gsub(/.*\//, "", file)
		file = out "-" file "-" FNR ".sources"
		for (i = 1; i <= order; i++)
			if (keys[i] != "architectures")
				print keys[i] ":" field[keys[i]] > file
		close(file)
	}' "$@"
}

# The same for one-line entries (*.list): deb [options] uri suite component...
take_lists()
{
	awk -v out="$work/try" -v codename="$codename" -v suite="$suite" '
	$1 == "deb" || $1 == "deb-src" {
		options = ""
		line = $0; sub(/^[ \t]*deb(-src)?[ \t]+/, "", line)
		if (line ~ /^\[/) {
			options = substr(line, 1, index(line, "]")) " "
			line = substr(line, index(line, "]") + 1)
		}
		n = split(line, word, " ")
		if (n < 3 || word[2] != codename) next
		if (options ~ /signed-by=/ && options !~ /debian-archive/) next
		if ((word[1]) in seen) next
		seen[word[1]] = 1
		file = out "-one-line-" ++count ".list"
		gsub(/arch=[^] ]*/, "", options)
		if (options ~ /^\[ *\]/) options = ""
		print "deb-src " options word[1] " " suite " main" > file
		close(file)
	}' "$@"
}

# Fetch $package with the one entry that is in $entry. APT fails as a whole
# when a server lacks a part that nobody asked for, and says so: what counts is
# that the archive is there.
fetch_with()
{
	rm -rf "$work/apt" "$work/got"
	mkdir -p "$work/apt/parts" "$work/apt/lists/partial" \
		"$work/apt/cache/archives/partial" "$work/got"
	chmod -R a+rX "$work"
	cp "$entry" "$work/apt/parts/"
	# Hooks are for the machine's own package lists, not for ours.
	cat >"$work/apt.conf" <<END
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$work/apt/parts";
Dir::State::lists "$work/apt/lists";
Dir::Cache "$work/apt/cache";
Acquire::Languages "none";
Acquire::Retries "2";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
END
	(
		cd "$work/got" &&
		apt-get -c "$work/apt.conf" --error-on=any update &&
		apt-get -c "$work/apt.conf" source --download-only \
			--only-source "$package"
	) >>"$work/log" 2>&1
	[ -f "$work/got/$archive" ]
}

# apt_source SUITE PACKAGE ARCHIVE WORK: lay ARCHIVE of Debian's source PACKAGE
# into WORK/got, a directory of the caller's. Else 1, and $why says why.
apt_source()
{
	suite=$1 package=$2 archive=$3 work=$4
	why="there is no APT here"
	command -v apt-get >/dev/null || return 1
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	why="/etc/os-release names no release"
	[ -n "$codename" ] || return 1
	rm -f "$work"/try-*
	set --
	for file in /etc/apt/sources.list.d/*.sources; do
		[ -r "$file" ] && set -- "$@" "$file"
	done
	[ $# = 0 ] || take_sources "$@"
	set --
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -r "$file" ] && set -- "$@" "$file"
	done
	[ $# = 0 ] || take_lists "$@"

	: >"$work/log"
	why="no APT entry of this machine is for Debian $codename"
	for entry in "$work"/try-*; do
		[ -f "$entry" ] || return 1
		! fetch_with || return 0
	done
	why="APT could not fetch $archive: $(tail -n 1 "$work/log")"
	return 1
}
