# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the tests that run inside a testbox share. Sourced, never run.

DIR=/sys/kernel/debug/shadowbuddy

if [[ -z ${KO-} || -z ${SBD_IN_TESTBOX-} ]]; then
	echo "${0##*/}: runs in a testbox: scripts/testbox -- $0" >&2
	exit 2
fi

passed=0 failed=0

# check NAME COMMAND...: one test; what it prints is shown if it fails. Not in
# an "if", which would switch set -e off in all of it.
check() {
	local name=$1 rc
	shift
	set +e
	(
		set -e
		"$@"
	) >/tmp/said 2>&1
	rc=$?
	set -e
	if ((rc == 0)); then
		passed=$((passed + 1))
		echo "ok $name"
	else
		failed=$((failed + 1))
		echo "not ok $name"
		sed 's/^/# /' /tmp/said
	fi
}

finish() {
	echo "$passed passed, $failed failed"
	((failed == 0))
}

# reload PARAM...: the module anew
reload() {
	rmmod shadowbuddy 2>/dev/null || true
	insmod "$KO" "$@"
}

# same GOT WANTED: for texts of many lines
same() {
	echo "$1" >/tmp/got
	echo "$2" >/tmp/wanted
	diff /tmp/wanted /tmp/got
}

# equal GOT WANTED WHAT
equal() {
	[[ $1 == "$2" ]] || { echo "$3: $1, expected $2"; return 1; }
}

# put FILE TEXT: bash's own printf would write a line at a time, and a run is one
# write.
put() { printf '%s\n' "$2" | dd of="$1" bs=4M iflag=fullblock status=none; }

# refused FILE TEXT ERROR REGEX: the write fails with that error (as strerror
# has it), and the last line of error_log says why.
refused() {
	local said line
	if said=$(put "$1" "$2" 2>&1); then
		echo "was accepted"
		return 1
	fi
	line=$(tail -n 1 "$DIR/error_log")
	echo "said: $said; log: $line"
	[[ $said == *"$3"* && $line =~ $4 ]]
}

# wait_until SECONDS COMMAND...: poll
wait_until() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < end)) || { echo "waited in vain: $*"; return 1; }
		sleep 0.1
	done
}

# running EXPERIMENT: it has begun and is not through
running() {
	local now total
	read -r now total <"$DIR/$1/progress"
	((total > 0 && now < total))
}
