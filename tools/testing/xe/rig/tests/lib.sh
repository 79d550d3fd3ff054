# SPDX-License-Identifier: GPL-2.0
# Functions of the rig's tests. TOP and TEST are set by tests/run.

RIG=$TOP/tools/testing/xe/rig
export RIG_RUN="test-$TEST-$$"
RUN=$TOP/out/run/$RIG_RUN
OUTPUT=$TOP/out/rig-tests/$TEST.out

fail() { echo "$*"; exit 1; }
skip() { echo "$*"; exit 4; }

needs_svm() { [ "$KERNEL" != stock ] || skip "needs SVM"; }

# expect <exit status> <regular expression of one line of output> <command>...
expect()
{
	want=$1 line=$2 got=0
	shift 2
	[ ! -e "$RUN" ] || { RIG_RUN=$RIG_RUN+ RUN=$RUN+; }
	echo "+ $*"
	"$@" >"$OUTPUT" 2>&1 || got=$?
	cat "$OUTPUT"
	echo "$got" | grep -Eqx -- "$want" || fail "exit status $got, expected $want"
	grep -Eq -- "$line" "$OUTPUT" || fail "no line matches: $line"
}

# boots_debian <name>: its untouched kernel runs the driver of the package, with and without the
# GPU; RAM disks and ext4, which our own kernel has built in, are there.
boots_debian()
{
	[ -e "$TOP/out/kernel/$1/bzImage" ] || skip "make kernel KERNEL=$1 was not run"
	line="^xe [0-9.]+\+6\.12\.[0-9]+ on 6\.12\.[0-9]+\+deb${1#debian}-amd64\$"
	# shellcheck disable=SC2016 # for the guest
	says='echo "xe $(cat /sys/module/xe/version) on $(uname -r)"'
	# shellcheck disable=SC2016
	expect 0 "$line" "$RIG/bin/boot" --kernel "$1" -- "$says"' && [ -e /dev/dri/card0 ] &&
		[ "$(cat /sys/block/ram1/size)" = 524288 ] && grep -qw ext4 /proc/filesystems'
	expect 0 "$line" "$RIG/bin/boot" --kernel "$1" --no-gpu -- "$says && [ ! -e /dev/dri ]"
}

# signal_when <text in the job's output> <model|qemu> <signal>: in the background
signal_when()
{
	(
		for _ in $(seq 600); do
			if grep -qs "$1" "$RUN"/share/output "$RUN"/vm*/share/output; then
				kill "-$3" "$(cat "$RUN/$2.pid" "$RUN"/vm*/"$2.pid" 2>/dev/null |
					tail -n 1)"
				exit
			fi
			sleep 0.1
		done
	) &
}
