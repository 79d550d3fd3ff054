# SPDX-License-Identifier: GPL-2.0
# Where things are. Sourced by every verb, after `set -eu`:
#
#   TOP    this repository           OUT     everything a verb produces
#   CACHE  what survives make clean  TREE    the patched kernel tree (git)
#
# and the three words every verb needs: say, die, usage.

TOP=$(git -C "$(dirname "$0")" rev-parse --show-toplevel 2>/dev/null) ||
	TOP=$(cd "$(dirname "$0")" && while [ ! -e BASE ] && [ "$PWD" != / ]; do cd ..; done; pwd)
[ -e "$TOP/BASE" ] || { echo "$0: cannot find the top of the repository" >&2; exit 2; }
OUT=$TOP/out
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/xe-svm
TREE=$OUT/tree
# Used by the files that source this one.
export TOP OUT CACHE TREE

# shellcheck source=/dev/null
. "$TOP/BASE"

say() { printf '%s: %s\n' "$(basename "$0")" "$*"; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# usage <words>: print the calling script's header comment when asked to.
usage()
{
	case ${1-} in
	-h | --help)
		sed -n '2,/^[^#]/{/^# SPDX/d;s/^# \{0,1\}//p}' "$0"
		exit 0
		;;
	esac
}

# mirror: the Debian mirror apt uses on this host, without a suite
mirror()
{
	# shellcheck disable=SC2016 # the $() are apt's
	apt-get indextargets --format '$(SITE) $(SUITE)' \
		'Created-By: Packages' 'Component: main' |
		awk '!/security/ && !/backports/ { print $1; exit }'
}

# security_mirror: that of security updates
security_mirror()
{
	# shellcheck disable=SC2016 # the $() are apt's
	apt-get indextargets --format '$(SITE) $(SUITE)' \
		'Created-By: Packages' 'Component: main' | awk '/-security/ { print $1; exit }'
}

# as_root <command>: run it as root, by sudo where we are not.
as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		die "needs root or sudo for: $*"
	fi
}
