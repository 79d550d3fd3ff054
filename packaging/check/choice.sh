# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Part of xe-svm-check: which tests are run here. The file `programs` has a line for each:
# name|what it is for a desktop|seconds, if many|why.

PROGRAMS=$lib/programs
left_out=0

# The demonstration, the fuzzer and the storms are no tests.
list_programs()
{
	grep -v -e '^#' -e '^xe_svm_' "$PROGRAMS" | while IFS='|' read -r name class _ why; do
		printf '%-44s %s\n' "$name" "${class:-not classified: never run}${why:+: $why}"
	done
}

# runs_here <class>: with the options that were given
runs_here()
{
	case $1 in
	harmless)	return 0 ;;
	'harmless without RAM disks')
		[ -n "$all" ] || { [ ! -e /dev/ram0 ] && [ ! -e /dev/ram1 ]; } ;;
	'quiet machine' | 'may disturb it' | 'may end it')
		[ -n "$all" ] ;;
	*)	return 1 ;;
	esac
}

# is_wanted [<pattern>...]: is $name?
is_wanted()
{
	[ $# -gt 0 ] || return 0
	for pattern; do
		# shellcheck disable=SC2254 # a pattern it is
		case $name in
		$pattern)	return 0 ;;
		esac
	done
	return 1
}

# choose_programs [<pattern>...]: sets chosen, words like name=seconds; those that may end
# something come last
choose_programs()
{
	chosen='' quiet='' disturb='' end='' known=''
	while IFS='|' read -r name class seconds _; do
		case $name in
		'#'* | xe_svm_*)	continue ;;
		esac
		is_wanted "$@" || continue
		known=yes
		if ! runs_here "$class"; then
			left_out=$((left_out + 1))
			continue
		fi
		case $class in
		'quiet machine')	quiet="$quiet $name=$seconds" ;;
		'may disturb it')	disturb="$disturb $name=$seconds" ;;
		'may end it')		end="$end $name=$seconds" ;;
		*)			chosen="$chosen $name=$seconds" ;;
		esac
	done <"$PROGRAMS"
	chosen=$chosen$quiet$disturb$end
	[ -n "$known" ] || die "no test is called $*; see --list"
	[ -n "$chosen" ] || die "$* may do harm to a desktop; see --list and --all"
}

# over_ssh: sudo forgets SSH_CONNECTION, the shell before it does not
over_ssh()
{
	pid=$$
	while [ "$pid" -gt 1 ]; do
		! tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -q '^SSH_CONNECTION=.' ||
			return 0
		pid=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$pid/status")
	done
	return 1
}

confirm_all()
{
	over_ssh || die "--all may take the screen away: log in over ssh to use it"
	echo "These tests need a machine that does nothing else, change settings of it, or take the
GPU from the desktop. Close all programs, and stop the desktop (systemctl isolate
multi-user.target) before you go on. A reboot brings everything back."
	for entry in $chosen; do
		name=${entry%=*}
		sed -n "s/^$name|\([^h|][^|]*\)|[^|]*|\(.*\)/    $name: \1, \2/p" "$PROGRAMS"
	done
	printf 'Go on? Type yes: '
	read -r answer || answer=''
	[ "$answer" = yes ] || die "not confirmed; nothing was run"
}
