# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Part of xe-svm-check: what the kernel says of all this, the verdict, the file to send.

# Lines of the driver, the GPU and the IOMMU, and those that reports of crashes are made of.
KERNEL_LINES='[[ ]xe[] :_]|\[drm|xe_|xe-svm|DMAR|[Xx]e2|GuC|HuC|BUG:|WARNING:|Oops|RIP:|Call Trace|end trace|INFO: task .* blocked|rcu: INFO|hard LOCKUP|Tainted:'

kernel_log() { dmesg 2>/dev/null | grep -E "$KERNEL_LINES" || :; }

# mark <words>: in the kernel log, too
mark() { echo "xe-svm-check: $*" 2>/dev/null >>/dev/kmsg || :; }

# unwritten: without its parts there is nothing to judge by
unwritten() { die "the report cannot be written, is the disk full? Its parts are in $work"; }

# interrupted [quietly]: what was found until then; without a terminal, nothing can be printed
interrupted()
{
	[ -z "${1-}" ] || exec >/dev/null 2>&1
	if [ -n "$child" ]; then
		kill "$child" || :
		scrub <"$tmp/out" >"$work/interrupted.txt" || :
	fi
	[ "$failed" = 0 ] || judge fails "$failed tests had failed when it was interrupted, in$failures"
	judge unknown "it was interrupted${at:+ in $at}"
	finish
}

# publish: there is nothing to hide in it, and not root sends it. Through no link that another
# user put there.
publish() { (umask 022 && set -C && cat "$tmp/report.tar.gz" >"$output"); }

# finish: the verdict, the report, the exit status
finish()
{
	trap '' INT TERM HUP
	rm -f "$work/running"
	kernel_log | scrub >"$work/kernel.txt" || unwritten
	judge_kernel_log
	judge unknown "nothing was run"
	{
		case $state in
		works)		echo "It works: $reason." ;;
		fails)		echo "It does not work, because $reason." ;;
		unknown)	echo "It cannot be judged, because $reason." ;;
		esac
		[ -z "$ran" ] || echo "$passed passed, $failed failed, $skipped skipped" \
			"in $ran programs; $left_out programs were left out"
	} | scrub >"$work/verdict.txt" || unwritten
	echo
	cat "$work/verdict.txt"
	tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -cf "$tmp/report.tar" . &&
		gzip -9n "$tmp/report.tar" && publish ||
		die "the report cannot be written to $output; its parts are in $work"
	rm -rf "$work"
	echo "The report is $output; xe-svm-check(8) says where to send it."
	case $state in
	works)	exit 0 ;;
	fails)	exit 1 ;;
	*)	exit 2 ;;
	esac
}
