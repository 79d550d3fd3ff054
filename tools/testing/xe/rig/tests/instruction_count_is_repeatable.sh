# SPDX-License-Identifier: GPL-2.0
# Rule: under --icount the same run takes the same number of guest instructions, within 2 %,
# and more work takes more.

job='/mnt/instructions /usr/libexec/igt-gpu-tools/xe_exec_fault_mode --run-subtest'
expect 0 '^instructions [0-9]+$' "$RIG/bin/boot" --kernel "$KERNEL" --icount -- \
	"$job 'many-basic*' && $job 'many-*invalidate*'"
less=$(sed -n 's/^instructions //p' "$OUTPUT" | head -n 1)
first=$(sed -n 's/^instructions //p' "$OUTPUT" | tail -n 1)
expect 0 '^instructions [0-9]+$' "$RIG/bin/boot" --kernel "$KERNEL" --icount -- \
	"$job 'many-basic*' && $job 'many-*invalidate*'"
second=$(sed -n 's/^instructions //p' "$OUTPUT" | tail -n 1)
echo "instructions: $first and $second, $less for less"
apart=$((first > second ? first - second : second - first))
[ $((apart * 50)) -le "$first" ] || fail "more than 2 % apart"
[ "$less" -lt $((first - first / 50)) ] || fail "less work takes as much: this counts something else"
