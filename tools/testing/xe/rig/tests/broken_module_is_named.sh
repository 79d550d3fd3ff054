# SPDX-License-Identifier: GPL-2.0
# Rule: a module that the guest's first process cannot load ends the run at once, by its name.
kernel=$TOP/out/rig-tests/$TEST.kernel
image=$TOP/out/kernel/$KERNEL/bzImage
[ -e "$image" ] || skip "KERNEL=$KERNEL is no kernel of this checkout"
rm -rf "$kernel"
mkdir -p "$kernel/modules/6.12.999/kernel"
cp "$image" "$kernel/bzImage"
echo nonsense >"$kernel/modules/6.12.999/kernel/9p.ko"
echo "kernel/9p.ko:" >"$kernel/modules/6.12.999/modules.dep"
expect 3 'last line: .*cannot load /modules/11-9p.ko' \
	"$RIG/bin/boot" --kernel "$kernel/bzImage" --no-gpu -- true
rm -rf "$kernel"
