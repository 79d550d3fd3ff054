# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Part of xe-svm-check: what is known of kernel, driver and GPU.

XE=/sys/module/xe
# Lunar Lake and Battlemage, as xe of 6.12 knows them.
XE2=' 6420 64a0 64b0 e202 e20b e20c e20d e212 '

fact() { printf '%-12s %s\n' "$1:" "$(echo "${2:-unknown}" | sed "s/^ *$/unknown/")"; }
first_line() { head -n 1 "$1" 2>/dev/null || :; }

# intel_gpus: sysfs directories of all displays of Intel
intel_gpus()
{
	for gpu in /sys/bus/pci/devices/*; do
		[ "$(first_line "$gpu/vendor")" = 0x8086 ] || continue
		case $(first_line "$gpu/class") in
		0x03*)	echo "$gpu" ;;
		esac
	done
}

driver_of() { basename "$(readlink "$1/driver" || echo none)"; }
id_of() { first_line "$1/device" | sed 's/^0x//'; }

gpu_of()
{
	fact GPU "$(basename "$1") 8086:$(id_of "$1") revision $(first_line "$1/revision"), board \
$(first_line "$1/subsystem_vendor"):$(first_line "$1/subsystem_device"), driver $(driver_of "$1")"
	[ ! -e "$1/iommu_group" ] && fact IOMMU "none before it" ||
		fact IOMMU "$(first_line "$1/iommu_group/type")"
}

# secure_boot: the last byte of a variable of the firmware
secure_boot()
{
	for file in /sys/firmware/efi/efivars/SecureBoot-*; do
		[ ! -r "$file" ] || case $(od -An -tu1 "$file" | tr -d '\n') in
		*' 1')	echo on ;;
		*)	echo off ;;
		esac
	done
}

# xe_module <field>: of the module that would be loaded; a built-in driver has no file
xe_module() { modinfo -F "$1" xe 2>/dev/null | head -n 1 || :; }

# xe_commit: that the module was made of, if the module that runs is the one on the disk
xe_commit()
{
	running=$(first_line "$XE/srcversion")
	[ -z "$running" ] || [ "$running" != "$(xe_module srcversion)" ] || xe_module commit
}

# command_line: those parameters that matter here
command_line()
{
	tr ' ' '\n' </proc/cmdline | grep -E \
		'^((xe|i915|drm)\.|module_blacklist=|modprobe\.blacklist=.*xe|(intel_)?iommu|no5lvl|nomodeset|pci=)' |
		paste -sd' ' || :
}

facts()
{
	fact made "$(date -u +%Y-%m-%d), xe-svm-check $(sed -n 's/^# //p' "$lib/programs")"
	fact kernel "$(uname -srvm)"
	fact system "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)"
	fact parameters "$(command_line)"
	fact machine "$(first_line /sys/class/dmi/id/sys_vendor) $(first_line /sys/class/dmi/id/product_name)"
	fact firmware "$(first_line /sys/class/dmi/id/bios_version) $(first_line /sys/class/dmi/id/bios_date)"
	fact CPU "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(nproc) CPUs"
	fact memory "$(sed -n 's/^MemTotal: *//p' /proc/meminfo)"
	fact taint "$taint_before"
	fact lockdown "$(first_line /sys/kernel/security/lockdown)"
	fact 'Secure Boot' "$(secure_boot)"
	for gpu in $(intel_gpus); do
		gpu_of "$gpu"
	done
	version=$(first_line "$XE/version")
	fact xe "$([ -d "$XE" ] && echo "loaded, version ${version:-none}" || echo "not loaded")"
	fact 'xe source' "$(first_line $XE/srcversion)"
	fact 'xe commit' "$(xe_commit)"
	fact 'xe file' "$(xe_module filename)"
	fact 'xe signer' "$(xe_module signer)"
	for file in "$XE"/parameters/svm*; do
		[ ! -r "$file" ] || fact "${file##*/}" "$(first_line "$file")"
	done
	# Runtimes turn shared memory off where addresses have 57 bits.
	! grep -qm1 '^flags.* la57' /proc/cpuinfo ||
		fact 'page tables' "5 levels: the compute runtime wants no5lvl on the command line"
	# A GPU has several directories there.
	for file in /sys/kernel/debug/dri/*/gt*/uc/guc_info; do
		[ ! -r "$file" ] || fact GuC "$(sed -n '1p;/status:/p;/found/p' "$file" | tr -s '\t\n' ' ')"
	done | sort -u
	"$lib/selftests" gpu_facts 2>&1 || :
}
