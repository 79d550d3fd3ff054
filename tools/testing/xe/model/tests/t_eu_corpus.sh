#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Rule: every instruction that Intel's compiler makes of eu_corpus.cl is decoded as iga64 decodes it.
#
# usage: PRINT=PROGRAM t_eu_corpus.sh
#
# PRINT is t_eu_decode, which prints the instructions of a file. Compiler and iga64 come from a root that
# tools/testing/xe/rig/runtime/compiler makes; without one the rows are skipped. Prints TAP.
set -eu
case ${1-} in -h | --help) sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0;; esac
: "${PRINT:?names the program that prints, see --help}"

here=$(cd "$(dirname "$0")" && pwd)
root=$(find "${XDG_CACHE_HOME:-$HOME/.cache}/xe-svm" -maxdepth 1 -name 'compiler-*[0-9a-f]' 2>/dev/null | head -n 1)
devices='lnl bmg'
if [ -z "$root" ]; then
	row=0
	for device in $devices; do
		row=$((row + 1))
		echo "not ok $row - corpus_of_$device # SKIP no iga64: run tools/testing/xe/rig/runtime/compiler"
	done
	exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT INT TERM

# in_root <program> <word>...: with the root's loader and libraries, without entering it
in_root()
{
	program=$root/usr/bin/$1
	shift
	"$root/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu" "$program" "$@"
}

# sections <elf> <directory>: a file for each kernel's code
sections()
{
	readelf -SW "$1" | sed -n 's/^ *\[ *[0-9]*\] \.text\.//p' |
		while read -r name _ _ offset size _; do
			tail -c +$((0x$offset + 1)) "$1" | head -c $((0x$size)) >"$2/$name"
		done
}

# of_iga <file>: its words, without fields that the model ignores, and without macros of division, whose registers differ
of_iga()
{
	in_root iga64 "$1" -p=2 -d -n -Xno-print-bfnexprs -Xprint-hex-floats | grep -v '^L[0-9]*:' |
		sed 's,//.*,,; s/{[^}]*}//; s/[[:space:]][[:space:]]*/ /g; s/^ //; s/ $//; s/goto\.b/goto/' |
		sed 's/^\((W) \)\{0,1\}sync\.\([a-z]*\) .*/sync.\2/' | grep -vE 'madm|invm|rsqtm'
}

row=0 status=0
for device in $devices; do
	row=$((row + 1))
	mkdir -p "$tmp/$device/code"
	compiler=$(find "$root/usr/bin" -name 'ocloc-*' -printf '%f\n' | head -n 1)
	(cd "$tmp/$device" && in_root "$compiler" compile -file "$here/eu_corpus.cl" -device "$device" -out_dir . \
		-options -cl-std=CL3.0 >log 2>&1) || { sed 's/^/# /' "$tmp/$device/log"; status=1; }
	sections "$(find "$tmp/$device" -name '*.bin')" "$tmp/$device/code"
	for code in "$tmp/$device/code"/*; do
		of_iga "$code" >>"$tmp/$device/expected"
		"$PRINT" "$code" | grep -vE 'madm|invm|rsqtm' >>"$tmp/$device/seen"
	done
	if [ "$(wc -l <"$tmp/$device/expected")" -gt 1000 ] &&
		diff "$tmp/$device/expected" "$tmp/$device/seen" >"$tmp/$device/differences"; then
		echo "ok $row - corpus_of_$device"
		continue
	fi
	status=1
	head -n 20 "$tmp/$device/differences" | sed 's/^/# /'
	echo "not ok $row - corpus_of_$device"
done
exit $status
