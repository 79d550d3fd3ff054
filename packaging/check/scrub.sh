# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Part of xe-svm-check: nothing personal leaves the machine. Everything that goes into the
# report goes through scrub; what identifies this machine or its people is looked up once.

scrub_script=
# Words that a report is made of. A user or a machine may be called so: as a word it names nobody,
# and replacing it would change what the report says.
ORDINARY='amd64 arc battlemage card cpu debian debug default demo desktop device display dkms drm
	driver engine error fault firmware gpu graphics group guc host hostname huc igpu intel
	interrupt kernel laptop linux live local localhost lunar lunarlake machine memory module
	name none nvme page passed pci platform process program render report root serial server
	service signer svm system task test tests trace unknown user users version warning work
	worker workstation x86 xe'

# words_of <file>...: in lower case, between spaces
words_of() { cat "$@" 2>/dev/null | tr 'A-Z' 'a-z' | tr -cs 'a-z0-9' ' '; }

# is_ordinary <value>: does it consist of such words, or of a few digits?
is_ordinary()
{
	case $1 in
	*[!A-Za-z0-9\ ._-]*)	return 1 ;;
	esac
	for word in $(echo "$1" | tr 'A-Z' 'a-z' | tr -cs 'a-z0-9' ' '); do
		case $ordinary in
		*" $word "*)	continue ;;
		esac
		case $word in
		*[!0-9]* | ?????*)	return 1 ;;
		esac
	done
}

# scrub_values <word>: each line of the input is replaced by it
scrub_values()
{
	while read -r value; do
		case $value in
		? | ?? | '' | '(none)' | 'Default string' | 'Not Specified' | \
			'To be filled by O.E.M.' | 'System Serial Number')
			continue ;;
		esac
		! is_ordinary "$value" || continue
		value=$(printf '%s\n' "$value" | sed 's/[][\\.*^$+?(){}|/]/\\&/g')
		# No letter or digit beside it, or a part of a word would go.
		scrub_script="$scrub_script
s/(^|[^A-Za-z0-9])$value([^A-Za-z0-9]|\$)/\\1$1\\2/gI
s/(^|[^A-Za-z0-9])$value([^A-Za-z0-9]|\$)/\\1$1\\2/gI"
	done
}

# read_each <file>...: the first line of those that can be read
read_each()
{
	for file; do
		[ ! -r "$file" ] || head -n 1 "$file" 2>/dev/null || :
	done
}

# people: user names and full names
people()
{
	printf '%s\n' "${SUDO_USER-}" "${LOGNAME-}" "${USER-}"
	while IFS=: read -r name _ uid _ full _; do
		if [ "$uid" -ge 1000 ] && [ "$uid" -lt 60000 ]; then
			printf '%s\n%s\n' "$name" "${full%%,*}"
		fi
	done </etc/passwd
}

scrub_prepare()
{
	# Also those of the tests, and of what facts says of the machine and its system.
	ordinary=" $(echo "$ORDINARY" | tr -s '\t\n' ' ') $(words_of "$lib/programs" /etc/os-release \
		/sys/class/dmi/id/sys_vendor /sys/class/dmi/id/product_name) "
	read_each /sys/class/dmi/id/*serial /sys/class/dmi/id/*uuid /sys/class/dmi/id/*asset_tag \
		/etc/machine-id /sys/block/*/device/serial /sys/block/*/device/wwid \
		/sys/class/power_supply/*/serial_number >"$tmp/serials"
	read_each /proc/sys/kernel/hostname /proc/sys/kernel/domainname /etc/hostname \
		>"$tmp/hosts"
	# Of a name with a domain the first part as well.
	sed -n 's/\..*//p' "$tmp/hosts" >>"$tmp/hosts.short"
	people >"$tmp/people"
	scrub_values SERIAL <"$tmp/serials"
	scrub_values HOST <"$tmp/hosts"
	scrub_values HOST <"$tmp/hosts.short"
	scrub_values USER <"$tmp/people"
}

# The character before an address may be that after another one: applied twice.
SCRUB_IPV4='s/(^|[^0-9.])([0-9]{1,3}\.){3}[0-9]{1,3}([^0-9.]|$)/\1ADDRESS\3/g'

# What looks like an address or an identity, whosever it is.
scrub()
{
	sed -u -E \
		-e 's/[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+/MAIL/g' \
		-e 's/([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}/MAC/g' \
		-e 's/enx[0-9a-f]{12}/enxMAC/g' \
		-e 's/[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}/UUID/g' \
		-e "$SCRUB_IPV4" -e "$SCRUB_IPV4" \
		-e 's/(^|[^0-9a-fA-F:])([0-9a-fA-F]{1,4}:){4,7}[0-9a-fA-F]{0,4}/\1ADDRESS/g' \
		-e 's/(^|[^0-9a-fA-F:])([0-9a-fA-F]{1,4}:)+:[0-9a-fA-F:]*/\1ADDRESS/g' \
		-e 's,(/home|/root|/media|/mnt|/srv|/run/media|/run/user|/Users)/[^[:space:]"'"'"':;)]*,\1/...,g' \
		-e 's/([Ss]erial[A-Za-z ]*[:=#] *)[^[:space:]]+/\1SERIAL/g' \
		-e 's/(Comm: ).*( Tainted| Not tainted)/\1PROCESS\2/' \
		-e '/ainted/!s/(Comm: ).*/\1PROCESS/' \
		-e 's/ in [^][]* \[-?[0-9]+\]/ in PROCESS [PID]/' \
		-e 's/(INFO: task ).*( blocked)/\1PROCESS\2/' \
		-e 's/(traps: ).*/\1PROCESS/' \
		-e 's/^(\[[ 0-9.]*\] )?.*\[[0-9]+\]: segfault at .*/\1PROCESS: segfault/' \
		-e 's/(BUG: .*stuck for [0-9]+s! \[).*/\1PROCESS]/' \
		-e 's/(BUG: .* in process ).*(  pfn:|  pte:)/\1PROCESS\2/' \
		-e 's/(BUG: .*(atomic|code): ).*/\1PROCESS/' \
		-e "$scrub_script"
}
