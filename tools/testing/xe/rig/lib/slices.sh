# SPDX-License-Identifier: GPL-2.0
# Seeds of a fuzzer, some in each guest. Sourced after where.sh.

seeds=${SEEDS:-100} ops=${OPS:-10000} first=${SEED:-1} slice=${SLICE:-20}
for number in "$seeds" "$ops" "$first" "$slice"; do
	case $number in
	'' | *[!0-9]*) die "SEEDS, OPS, SEED and SLICE are numbers, not '$number'" ;;
	esac
done
[ "$slice" -gt 0 ] && [ "$seeds" -gt 0 ] || die "SEEDS or SLICE is 0: no seed would run"

# slices: call `guest <first seed> <how many>` and then `count <how many>` for each guest.
# $log gets all output. $log.slice has that of the guest, with `rig: status N` if it failed.
slices()
{
	log=$OUT/$(basename "$0").log
	: >"$log"
	done=0
	while [ "$done" -lt "$seeds" ]; do
		n=$((seeds - done))
		[ "$n" -le "$slice" ] || n=$slice
		{ guest $((first + done)) "$n" 2>&1 || echo "rig: status $?"; } | tee "$log.slice"
		cat "$log.slice" >>"$log"
		count "$n"
		done=$((done + n))
	done
}
