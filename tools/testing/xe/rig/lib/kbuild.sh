# SPDX-License-Identifier: GPL-2.0
# How a kernel is built here. Sourced after where.sh.
#
# O= is a direct subdirectory of the source tree: kbuild then uses relative paths
# (srctree=..), so that ccache finds the objects of one tree when it builds another.
# User, host, time and version are fixed: the same sources give the same image.

export CCACHE_DIR="${CCACHE_DIR:-$CACHE/ccache}"
export CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE="${CCACHE_MAXSIZE:-5G}"
export KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 1970'
export KBUILD_BUILD_USER=xe-svm KBUILD_BUILD_HOST=rig KBUILD_BUILD_VERSION=1
KCONF_DIR=$TOP/tools/testing/xe/rig/data/kconfig

# kmake <tree> <build directory's name> <make arguments>
kmake()
{
	km_tree=$1 km_dir=$2
	shift 2
	mkdir -p "$km_tree/$km_dir" "$CCACHE_DIR"
	km_git=$(git -C "$km_tree" rev-parse --git-path info/exclude 2>/dev/null) || km_git=
	[ -z "$km_git" ] || (cd "$km_tree" && mkdir -p "$(dirname "$km_git")" &&
		{ grep -qxs '/build-\*' "$km_git" || echo '/build-*' >>"$km_git"; })
	make -C "$km_tree" O="$km_dir" -j"$(nproc)" LOCALVERSION= \
		CC='ccache gcc' HOSTCC='ccache gcc' "$@"
}

# contents <tree> <variant>: a hash of what is there, edits included; a peer's never
# changes, its path has the version in it
contents()
{
	case $2 in
	peer | peer-*)
		echo "$1"
		return
		;;
	esac
	{
		git -C "$1" rev-parse 'HEAD^{tree}'
		git -C "$1" diff HEAD
		(cd "$1" && git ls-files -o --exclude-standard -z | xargs -0 -r sha256sum)
	} | sha256sum | cut -c1-32
}

# describe <tree> <variant>: what results say they were made with
describe()
{
	case $2 in
	peer | peer-*)	"$TOP/scripts/peer" --version ;;
	stock | stock-*) git -C "$1" log -1 --format='%s, unpatched' base ;;
	*)	echo "$(git -C "$1" log -1 --format=%s base) and" \
			"$(git -C "$1" rev-list --count base..HEAD) patches" ;;
	esac
}

# kaxes <names>: the files of these fragments, and of those they bring with them, each once
kaxes()
{
	ka_files=
	for ka_name in $1; do
		[ -f "$KCONF_DIR/$ka_name.config" ] ||
			die "KCONF=$ka_name: there are $(cd "$KCONF_DIR" && echo *.config)"
		for ka_part in "$ka_name" $(sed -n 's/^# With: //p' "$KCONF_DIR/$ka_name.config"); do
			case "$ka_files " in
			*"/$ka_part.config "*) ;;
			*) ka_files="$ka_files $KCONF_DIR/$ka_part.config" ;;
			esac
		done
	done
	echo "$ka_files"
}

# kfragments <tree> <build directory's name> <fragment file>...: make a .config from
# nothing but the fragments, and fail if one of their lines did not survive.
kfragments()
{
	kf_tree=$1 kf_dir=$2
	shift 2
	mkdir -p "$kf_tree/$kf_dir"
	cat "$@" >"$kf_tree/$kf_dir/.fragments"
	kmake "$kf_tree" "$kf_dir" -s KCONFIG_ALLCONFIG=.fragments allnoconfig >/dev/null
	kf_lost=$(sed -n 's/^\(CONFIG_[A-Za-z0-9_]*=.*\)/\1/p' "$kf_tree/$kf_dir/.fragments" |
		awk -F= '{ last[$1] = $0 } END { for (k in last) if (last[k] !~ /=n$/) print last[k] }' |
		grep -vxFf "$kf_tree/$kf_dir/.config" || :)
	[ -z "$kf_lost" ] || die "the configuration lost: $(echo "$kf_lost" | tr '\n' ' ')"
}

# kmodules <tree> <build directory's name>: into modules/ of it, as in /lib/modules
kmodules()
{
	rm -rf "$1/$2/modules" "$1/$2/modules.new"
	kmake "$1" "$2" -s modules
	kmake "$1" "$2" -s INSTALL_MOD_PATH=modules.new modules_install
	rm -f "$1/$2"/modules.new/lib/modules/*/build
	mv "$1/$2/modules.new/lib/modules" "$1/$2/modules"
}

# kdriver <tree> <build directory's name>: compile the configured driver; fail on a
# warning (not by -Werror: with other flags ccache knows no object), and on a symbol of
# its own that nothing defines (there is no link to tell).
kdriver()
{
	kd_said=$(kmake "$1" "$2" -s drivers/gpu/drm/xe/ 2>&1) || {
		echo "$kd_said" >&2
		return 1
	}
	case $kd_said in
	*' warning: '*)
		echo "$kd_said" >&2
		return 1
		;;
	esac
	kd_missing=$(nm "$1/$2/drivers/gpu/drm/xe/built-in.a" 2>/dev/null | awk '
		$1 == "U" { wanted[$2] = 1 }
		NF == 3 { there[$3] = 1 }
		END { for (s in wanted) if (s ~ /^xe_/ && !(s in there)) print s }')
	[ -z "$kd_missing" ] || {
		echo "nothing defines: $kd_missing" >&2
		return 1
	}
}
