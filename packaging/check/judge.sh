# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Part of xe-svm-check: what follows from the facts, and from the kernel log.

# not_driven: why a GPU for xe is without it
not_driven()
{
	if dmesg 2>/dev/null | grep -q 'xe .*firmware .*: fetch failed'; then
		echo "its firmware is missing (on Debian, the package firmware-intel-graphics)"
	else
		echo "nomodeset, a blacklist, or Secure Boot?"
	fi
}

# no_svm: why the driver that runs is another one. The package of the driver knows its kernels.
no_svm()
{
	why=$(/usr/libexec/xe-svm-dkms/for-kernel why "$(uname -r)" 2>/dev/null || :)
	if modinfo -F parm xe 2>/dev/null | grep -q '^svm:'; then
		echo "the driver of xe-svm is installed and does not run: reboot"
	elif [ -n "$why" ]; then
		echo "the driver that runs is not that of xe-svm, which this kernel does not have: $why"
	else
		echo "the driver that runs is not that of xe-svm: it has no parameter svm"
	fi
}

# judge_facts: where nothing needs to be run to know
judge_facts()
{
	ours='' drivers='' xe2=''
	for gpu in $(intel_gpus); do
		drivers="$drivers $(driver_of "$gpu")"
		[ "$(driver_of "$gpu")" != xe ] || ours=yes
		case $XE2 in
		*" $(id_of "$gpu") "*)	xe2=yes ;;
		esac
	done
	if [ -z "$drivers" ]; then
		judge unknown "there is no Intel GPU in this machine"
	elif [ -z "$xe2" ] && ! grep -q '^mirrors: yes' "$work/facts.txt"; then
		judge unknown "the Intel GPU is none of Xe2 (Lunar Lake, Battlemage); its driver is$drivers"
	elif [ -z "$ours" ]; then
		judge fails "xe does not drive the GPU (driver:$drivers): $(not_driven)"
	elif [ ! -e "$XE/parameters/svm" ]; then
		judge fails "$(no_svm)"
	elif [ "$(first_line "$XE/parameters/svm")" = N ]; then
		judge fails "it is turned off: xe.svm=0"
	elif grep -q '^refused: ' "$work/facts.txt"; then
		judge fails "the driver gives no GPU address space: $(sed -n 's/^refused: //p' "$work/facts.txt")"
	elif ! grep -q '^mirrors: yes' "$work/facts.txt"; then
		judge fails "the driver offers no mirrors on this GPU"
	elif [ ! -d /sys/kernel/debug/dri ]; then
		judge unknown "debugfs is not mounted, the tests need it: mount -t debugfs none /sys/kernel/debug"
	fi
}

# bit <number> <n>: is bit n set?
bit() { [ $(($1 >> $2 & 1)) = 1 ]; }

# A bug anywhere, and an error of the GPU: not one of its display. A general protection fault of
# the kernel is an Oops; without that word it is a crash of a program.
BUGS='BUG:|kernel BUG at|Oops:|WARNING:|UBSAN:|rcu: INFO: .*stall|hard LOCKUP|INFO: task (kworker|xe-|selftests)[^ ]* blocked|\*ERROR\* (GT[0-9]|Tile[0-9]|TLB|CRITICAL)'
# Of the warnings those of the driver and of what it calls.
OURS=' (at|in) (arch|kernel|lib|mm)/|drivers/(gpu/(buddy|drm/([a-z0-9_]+[.]|xe|ttm|scheduler))|iommu)|\[xe\]'

# bugs: the lines since we began that say so. Tests that may end a desktop provoke such errors.
bugs()
{
	provoked=
	for entry in $end; do
		provoked="$provoked
/xe-svm-check: ${entry%=*}\$/,/xe-svm-check: /{/\*ERROR\*/d}"
	done
	dmesg 2>/dev/null | sed -n "/xe-svm-check: $began\$/,\$p" | sed "$provoked" | grep -E "$BUGS" |
		sed -E "/WARNING:|UBSAN:/{\\#$OURS#!d}" || :
}

# judge_kernel_log: has it crashed or warned since we began?
judge_kernel_log()
{
	found=$(bugs)
	after=$(cat /proc/sys/kernel/tainted)
	# Bad page, oops; and if the log has dropped our first line, any warning.
	for n in 5 7 $(dmesg 2>/dev/null | grep -q "xe-svm-check: $began\$" || echo 9); do
		! bit "$after" "$n" || bit "$taint_before" "$n" || found=yes
	done
	[ -z "$found" ] || {
		[ "$state" = fails ] || state=''
		judge fails "the kernel reported a bug meanwhile, see kernel.txt"
	}
}
