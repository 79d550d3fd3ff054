# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
# apt on lists of our own, from the mirrors the host uses; the host's apt is not touched.
# Sourced after where.sh.

# apt_lists <directory> <suite>...: the lists of these suites of Debian; lists and log lie there
apt_lists()
{
	lists=$1
	shift
	mkdir -p "$lists/lists/partial" "$lists/archives/partial"
	for suite; do
		case $suite in
		*-security)	site=$(security_mirror) ;;
		*)		site=$(mirror) ;;
		esac
		[ -n "$site" ] || die "apt knows no mirror for $suite; run apt-get update first"
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site $suite main"
	done >"$lists/sources.list"
	cat >"$lists/conf" <<-END
	Dir::Etc::sourcelist "$lists/sources.list";
	Dir::Etc::sourceparts "-";
	Dir::State::lists "$lists/lists";
	Dir::Cache "$lists";
	Acquire::Check-Valid-Until "false";
	END
	apt_in "$lists" apt-get -q update >"$lists/log" 2>&1 ||
		{ tail -n 5 "$lists/log" >&2; die "apt could not read the lists of $*"; }
}

# apt_in <directory> <tool> <word>...: with the lists there
apt_in() { lists=$1; shift; APT_CONFIG=$lists/conf "$@"; }

# apt_fetch <lists> <directory> <package>...: the debs, there
apt_fetch()
{
	(log=$1/log to=$2; shift 2; cd "$to" && apt_in "${log%/*}" apt-get -q download "$@" >>"$log" 2>&1) ||
		{ tail -n 5 "$1/log" >&2; die "apt could not fetch $3"; }
}
