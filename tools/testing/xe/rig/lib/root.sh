# SPDX-License-Identifier: GPL-2.0
# Roots of Debian that guests mount. Sourced after where.sh.

# debian_root <prefix> <packages> <file>...: print the path of a root with these packages.
#
# Of the suite RIG_SUITE (default forky), by mmdebstrap, from the mirror apt uses. Cached by
# the contents of the calling script and of this file. A root that lacks one of the files
# does not enter the cache.
debian_root()
{
	dr_prefix=$1 dr_packages=$2
	shift 2
	dr_suite=${RIG_SUITE:-forky}
	dr_key=$( { cat "$0" "$TOP/tools/testing/xe/rig/lib/root.sh"; echo "$dr_suite"; } |
		sha256sum | cut -c1-16)
	dr_root=$CACHE/$dr_prefix-$dr_key
	mkdir -p "$CACHE"
	exec 9>"$CACHE/$dr_prefix.lock"
	flock -w 1800 9 || die "another run has been making the root for half an hour"
	[ -d "$dr_root" ] || make_root "$@"
	touch "$dr_root"
	echo "$dr_root"
}

# make_root <file>...: for debian_root
make_root()
{
	"$TOP/scripts/deps" image >&2
	mr_site=$(mirror)
	[ -n "$mr_site" ] || die "apt knows no mirror; run apt-get update first"
	say "making the $dr_suite root in the cache (some minutes)" >&2
	mr_work=$(mktemp -d "$CACHE/$dr_prefix.XXXXXX")
	trap 'rm -rf "$mr_work"' EXIT INT TERM
	mr_log=$OUT/$dr_prefix.log
	mkdir -p "$OUT" "$mr_work/root"
	# The Release file of a mirror that is updated rarely may have expired.
	mmdebstrap --variant=minbase --include="$dr_packages" \
		--aptopt='Acquire::Check-Valid-Until "false"' \
		"$dr_suite" "$mr_work/root.tar" "$mr_site" >"$mr_log" 2>&1 ||
		{ tail -n 20 "$mr_log" >&2; die "mmdebstrap failed; all of its output: out/$dr_prefix.log"; }
	tar -C "$mr_work/root" --exclude='./dev/*' -xf "$mr_work/root.tar"
	mkdir -p "$mr_work/root/usr/lib/modules"
	for mr_file; do
		[ -e "$mr_work/root/$mr_file" ] || die "the new root has no $mr_file"
	done
	chmod 755 "$mr_work/root"
	mv "$mr_work/root" "$dr_root"
}
