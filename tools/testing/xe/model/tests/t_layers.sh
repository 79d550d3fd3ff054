#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The rule of model.h: a directory includes and calls only what is to its right; no circles.
#
# usage: OBJ=DIR t_layers.sh
#
# OBJ holds the objects of the model. Prints TAP, with the arrows that are wrong.
set -eu
case ${1-} in -h | --help) sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0;; esac
: "${OBJ:?names the directory of the objects, see --help}"

here=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT INT TERM

# sources <dir>: of the model itself, relative; tests, fuzzers and the firmware may use all of it
sources()
{
	(cd "$1" && find . -name '*.[ch]' ! -path './tests/*' ! -path './fuzz/*' ! -path './fw/*') |
		sed 's,^\./,,' | sort
}

# An arrow is a line: the user, the used, and how; files without their suffix.
# includes <dir>: the arrows of its #include lines
includes()
{
	sources "$1" | (cd "$1" && xargs grep -H '^#include "') |
		sed 's/\.[ch]:#include "\(.*\)\.[a-z]*"$/ \1 includes/'
}

# calls <obj>: the arrows of its symbols; an object without a source is an old one
calls()
{
	sources "$here" | sed -n 's/\.c$/.o/p' | (cd "$1" && xargs nm -A -P -g) | awk '
		{ sub(/\.o:$/, "", $1) }
		$3 == "U" { users[++n] = $1; wanted[n] = $2; next }
		{ home[$2] = $1 }
		END {
			for (i = 1; i <= n; i++)
				if (wanted[i] in home)
					print users[i], home[wanted[i]], wanted[i]
		}'
}

written=$(sed -n '/ rule: /,/^ \*$/s/^ \*\( rule: \)\{0,1\}//p' "$here/model.h" | tr -d '\n ')
rule=$(echo "$written" | sed 's/->/ /g')

# to_the_left: arrows of stdin that go there, and those of files without a place in the rule
to_the_left()
{
	awk -v rule="$rule" '
		function place(file)
		{
			sub(/\/.*/, "", file)
			return file in rank ? rank[file] : 0
		}
		BEGIN { for (n = split(rule, word); n; n--) rank[word[n]] = n }
		!place($1) || !place($2) || place($1) > place($2)'
}

# circle: the files of a circle, if the arrows of stdin have one
circle()
{
	awk '$1 != $2 { print $1, $2 }' | sort -u | tsort 2>&1 >/dev/null | grep -v loop || :
}

rows=0 status=0
# row <name> <findings>
row()
{
	rows=$((rows + 1))
	[ -z "$2" ] || { status=1; echo "$2" | sed 's/^/# /'; printf 'not '; }
	echo "ok $rows - $1"
}

# found <arrow> <arrows>: a complaint if it is not among them
found()
{
	case $2 in *"$1"*) ;; *) echo "not found: $1" ;; esac
}

includes "$here" >"$tmp/includes"
calls "$OBJ" >"$tmp/calls"
row includes_go_to_the_right "$(to_the_left <"$tmp/includes")"
row calls_go_to_the_right "$(to_the_left <"$tmp/calls")"
row no_files_form_a_circle "$(cat "$tmp/includes" "$tmp/calls" | circle)"

# Every word of the rule is used, and the check of calls sees one.
row every_place_is_taken "$(for place in $rule; do
	awk '{ print $1; print $2 }' "$tmp/includes" | grep -q "^$place\(/\|\$\)" || echo "$place"
done)"
row page_has_the_same_law "$(found "$written" "$(tr -d '\n ' <"$here/MODEL.md")")"
row calls_are_seen "$(found 'mmio/uc guc/load guc_doorbell' "$(cat "$tmp/calls")")"

# Each check finds a planted mistake.
mkdir "$tmp/src"
(cd "$here" && tar -cf - .) | tar -xf - -C "$tmp/src"
echo '#include "mmio/irq.h"' >>"$tmp/src/mem/mem.c"
row finds_an_include_to_the_left \
	"$(found 'mem/mem mmio/irq' "$(includes "$tmp/src" | to_the_left)")"
echo '#include "guc/state.h"' >>"$tmp/src/guc/abi.h"
row finds_a_circle "$(found guc/abi "$(includes "$tmp/src" | circle)")"
mkdir "$tmp/src/new"
echo '#include "model.h"' >"$tmp/src/new/room.c"
row finds_a_directory_without_a_place "$(found new/room "$(includes "$tmp/src" | to_the_left)")"
cp -r "$OBJ" "$tmp/obj"
objcopy --redefine-sym obs_oracle=irq_raise "$tmp/obj/mem/mem.o"
row finds_a_call_to_the_left \
	"$(found 'mem/mem mmio/irq irq_raise' "$(calls "$tmp/obj" | to_the_left)")"
exit $status
