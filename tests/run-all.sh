# SPDX-License-Identifier: BSD-3-Clause
# run-all.sh - the whole of `autogen.sh check', which sources this file
#
# Every phase has a build of its own, so that the second run of one is quick.
# The last line sums up what the tests themselves left behind: a .trs file for
# each that ran under automake, and within a unit test the count that Check
# printed. A phase that breaks off before its tests counts as one failure.

passed=0
failed=0
skipped=0
fuzz_seconds=${FUZZ_SECONDS:-30}
phases=

run_all()
{
	began=$(date +%s)
	find build build-* -name '*.trs' -delete 2>/dev/null
	phase "gcc: unit, corpus and source checks" plain_tests
	phase "gcc: network namespaces" netns_tests
	phase "gcc, ASan and UBSan: unit and corpus" sanitized_tests
	phase "gcc, ASan and UBSan: network namespaces" sanitized_netns_tests
	phase "gcc, TSan: our libslirp in several threads" thread_tests
	phase "clang: unit and corpus" clang_tests
	phase "coverage of wire, stack and flow by the corpus" coverage
	phase "$fuzz_seconds s of fuzzing the frame input, and a network" fuzz
	phase "programs of others on our libslirp" slirp_tests
	phase "virtual machines" vm_tests
	tell_times
	tell_failures
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}

# phase TITLE FUNCTION: the function runs tests with run_tests, or returns 77
# for a skip; whatever else it fails in is a failure of its own.
phase()
{
	echo
	echo "=== $1"
	phase_began=$(date +%s)
	phase_failures=$failed
	$2
	status=$?
	if [ $status = 77 ]; then
		skipped=$((skipped + 1))
	elif [ $status != 0 ] && [ "$failed" = "$phase_failures" ]; then
		echo "FAIL: this phase did not come to its end"
		failed=$((failed + 1))
	fi
	phases="$phases$(printf '%5d s  %s' $(($(date +%s) - phase_began)) "$1")
"
	say "$(($(date +%s) - phase_began)) s"
}

# run_tests DIR TARGET: run make TARGET and add up what its tests left.
run_tests()
{
	: >"$1/before"
	VERBOSE=1 make -s -C "$1" ${3:-} "$2" </dev/null
	made=$?
	sums=$(find "$1/tests" -name '*.trs' -newer "$1/before" | sort |
		xargs -r awk "$count_results" /dev/null)
	set -- ${sums:-0 0 0}
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + $3))
	return $made
}

# In: .trs files. Out: "passed failed skipped". Check says in the log beside
# it how many cases a unit test had.
count_results='
FNR == 1 {
	log_file = FILENAME
	sub(/\.trs$/, ".log", log_file)
	cases = bad = 0
	while ((getline line < log_file) > 0)
		if (line ~ /^[0-9]+%: Checks: /) {
			split(line, word, /[:, ]+/)
			cases += word[3]
			bad += word[5] + word[7]
		}
	close(log_file)
}
$1 == ":test-result:" {
	if ($2 == "PASS" || $2 == "XFAIL")
		passed += cases ? cases : 1
	else if ($2 == "SKIP")
		skipped++
	else {
		passed += cases - bad
		failed += bad ? bad : 1
	}
}
END { print passed + 0, failed + 0, skipped + 0 }'

plain_tests()
{
	build_in build && run_tests build check-unit "-j $(nproc)"
}

# They wait more than they compute: one more than there are processors.
netns_tests()
{
	run_tests build check-netns "-j $(($(nproc) + 1))"
}

# -O1, as both sanitizers' authors advise: a third less to compile than -O2.
sanitized_tests()
{
	build_in build-sanitize --enable-sanitize CFLAGS='-g -O1' &&
		run_tests build-sanitize check-unit "-j $(nproc)"
}

sanitized_netns_tests()
{
	run_tests build-sanitize check-netns "-j $(($(nproc) + 1))"
}

# By itself: make would first build all other tests. Not each run has the
# threads meet where they race.
thread_tests()
{
	targets=tests/unit/test_slirp_threads build_in build-thread \
		--enable-sanitize=thread CFLAGS='-g -O1' || return
	for run in 1 2 3 4 5; do
		timeout 60 build-thread/tests/unit/test_slirp_threads || return
	done
	passed=$((passed + 1))
}

clang_tests()
{
	build_in build-clang CC=clang CFLAGS='-g -O1' &&
		run_tests build-clang check-unit "-j $(nproc)"
}

# They wait, too.
slirp_tests()
{
	run_tests build check-slirp "-j $(($(nproc) + 1))"
}

vm_tests()
{
	run_tests build check-vm "-j $(nproc)"
}

coverage()
{
	targets="tests/fuzz/fuzz_frames" build_in build-coverage \
		--enable-coverage CFLAGS=-O1 || return
	tests/coverage build-coverage tests/fuzz/corpus-frames || return
	passed=$((passed + 1))
}

fuzz()
{
	targets="tests/fuzz/fuzz_frames tests/fuzz/fuzz_network" \
		build_in build-fuzz --enable-fuzz CC=clang || return
	fuzz_one frames >build-fuzz/frames.out 2>&1 &
	frames_pid=$!
	fuzz_one network
	network_status=$?
	wait $frames_pid
	frames_status=$?
	cat build-fuzz/frames.out
	for status in $frames_status $network_status; do
		if [ $status = 0 ]; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
		fi
	done
}

# Fuzz fuzz_NAME; an input that takes 30 s of a busy machine hangs.
fuzz_one()
{
	found=build-fuzz/found-$1
	mkdir -p "$found" || return
	build-fuzz/tests/fuzz/fuzz_$1 -max_total_time="$fuzz_seconds" \
		-timeout=30 -rss_limit_mb=1024 -print_final_stats=1 \
		-verbosity=0 -artifact_prefix="$found-bad-" \
		"$found" "tests/fuzz/corpus-$1" </dev/null || {
		echo "FAIL: fuzz_$1: what did it is in $found-bad-*"
		return 1
	}
}

# Which phases and which tests the time went to.
tell_times()
{
	echo
	printf '%s' "$phases"
	printf '%5d s  in all\n\n' $(($(date +%s) - began))
	find build build-* -name '*.trs' 2>/dev/null | sed 's/\.trs$/.log/' |
		xargs -r sed -sn '/^took .* s$/ { F; p }' |
		sed 'N; s/\(.*\)\.log\ntook \(.*\) s/\2 s  \1/' | sort -rn |
		head -n 12
}

# Name what failed and what was skipped, and why it was: what it said last.
tell_failures()
{
	echo
	with_result SKIP | while read -r test; do
		why=$(grep -v '^took .* s$\|^SKIP ' "$test.log" | tail -n 1)
		echo "skipped: $test: $why"
	done
	with_result 'FAIL\|ERROR\|XPASS' | sed 's/^/failed: /'
}

with_result()
{
	find build build-* -name '*.trs' 2>/dev/null | sort |
		xargs -r grep -l "^:test-result: \($1\)" | sed 's/\.trs$//'
}
