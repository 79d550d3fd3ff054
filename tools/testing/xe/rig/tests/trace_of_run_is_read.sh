# SPDX-License-Identifier: GPL-2.0
# Rule: the trace of a run has the events of every fault the model counted, from access to resume.
expect 0 '^gpu: per page fault: [0-9]+ us' "$RIG/bin/selftest" --trace fault_bo_without_mirror
served=$(sed -n 's/^FAULT_SERVED //p' "$RUN/vm1/counters")
refused=$(sed -n 's/^FAULT_REFUSED //p' "$RUN/vm1/counters")
[ "$served" -gt 0 ] && [ "$refused" -gt 0 ] || fail "the program does not fault"
run=$RUN
for end in "served $served goes on" "refused $refused CAT"; do
	set -- $end
	"$RIG/bin/trace" --limit 1000 --end "$1" "$run" >"$OUTPUT"
	[ "$(grep -c "reported: in the ring" "$OUTPUT")" = "$2" ] || fail "not $2 were reported"
	[ "$(grep -c "$3" "$OUTPUT")" = "$2" ] || fail "not $2 have $3"
done
"$RIG/bin/figures" "$run" | grep -q '^gpu: per job: ' || fail "no figures"
