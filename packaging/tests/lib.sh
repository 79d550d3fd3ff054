# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
# Shared by the tests of the packages; they run in a throw-away Debian root. /package has the
# packages and the toy. A test that is called with the word `without` takes the cure out
# that it tests, and must then fail.

KERNEL=$(cd /lib/modules && echo 6.12.*)
CURED=${1:-with}
PACKAGE=/package/xe-svm-dkms.deb
CHECK=/package/xe-svm-check.deb

fail() { echo "FAILED: $*"; exit 9; }
without() { [ "$CURED" = without ]; }

# unpack <package>: the driver in it gives way to the toy, and the kernel is listed.
unpack()
{
	dpkg --unpack "$1"
	find_source
	if [ ! -e /package/real ]; then
		rm -rf "$SRC/drivers/gpu/drm/i915"
		find "$SRC/drivers/gpu/drm/xe" -type f ! -name xe_svm_package.c -delete
		find "$SRC/snapshots" -type f -delete
		cp /package/toy/* "$SRC/drivers/gpu/drm/xe"
	fi
	list "$KERNEL"
}

find_source()
{
	SRC=$(echo /usr/src/xe-svm-*)
	VERSION=${SRC#/usr/src/xe-svm-}
}

# list <kernel>: the only one this package lists as tested
list()
{
	KERNELS=$(echo "$1" | sed 's/[.+]/\\&/g') perl -pi -e \
		's/^(BUILD_EXCLUSIVE_KERNEL=).*/$1"^($ENV{KERNELS})\$"/' "$SRC/dkms.conf"
}

# list_also <kernel>: one more
list_also()
{
	KERNELS=$(printf '%s\n' "$KERNEL" "$1" | sed 's/[.+]/\\&/g' | paste -sd'|') perl -pi -e \
		's/^(BUILD_EXCLUSIVE_KERNEL=).*/$1"^($ENV{KERNELS})\$"/' "$SRC/dkms.conf"
}

configure() { dpkg --configure xe-svm-dkms; }

# firmware enabled|disabled: a mokutil that stands for that of a machine with Secure Boot
firmware()
{
	cat >/usr/bin/mokutil <<-END
	#!/bin/sh
	case \$1 in
	--sb-state)	echo "SecureBoot $1" ;;
	--test-key)	cmp -s "\$2" /root/enrolled && echo "\$2 is already enrolled" || echo "\$2 is not enrolled" ;;
	esac
	END
	chmod 755 /usr/bin/mokutil
}

# enroll <certificate>: and no other
enroll() { cp "$1" /root/enrolled; }

# key_pair <path without suffix>: as DKMS makes it
key_pair()
{
	openssl req -new -x509 -nodes -days 1 -subj /CN=test -newkey rsa:2048 \
		-keyout "$1.key" -outform DER -out "$1.pub" 2>/dev/null
}

# is_signed_by <certificate>: the xe of the kernel
is_signed_by()
{
	wanted=$(openssl x509 -in "$1" -noout -serial)
	found=serial=$(modinfo -k "$KERNEL" -F sig_key xe | tr -d :)
	[ "$found" = "$wanted" ] || fail "xe is signed with $found, not with $wanted"
}

# move_away: Debian's module, as DKMS of Debian 13 does it
move_away()
{
	debians=$(modinfo -k "$KERNEL" -n xe)
	backup=/var/lib/dkms/xe-svm/original_module/$KERNEL/x86_64
	mkdir -p "$backup"
	mv "$debians" "$backup"
	echo "$debians" >"$backup/${debians##*/}.origin"
}

# another_kernel <release>: with an initramfs, and without a package
another_kernel()
{
	mkdir "/lib/modules/$1"
	cp -r "/lib/modules/$KERNEL"/modules.* "/lib/modules/$1"
	cp "/boot/config-$KERNEL" "/boot/config-$1"
	cp "/boot/vmlinuz-$KERNEL" "/boot/vmlinuz-$1"
	update-initramfs -c -k "$1"
	update-initramfs -u -k "$KERNEL"
	initramfs_has "$KERNEL" stock
}

# has <kernel> ours|stock: which xe does modprobe find there?
has()
{
	found=$(modinfo -k "$1" -n xe) || fail "Linux $1 has no xe"
	version=$(modinfo -k "$1" -F version xe) || fail "Linux $1 has a broken xe: $found"
	case $2:$version:$found in
	"ours:$VERSION:"*/updates/dkms/*) ;;
	stock::*/kernel/*) ;;
	*) fail "Linux $1 has $found, version '$version', not $2" ;;
	esac
}

# initramfs_has <kernel> ours|stock
initramfs_has()
{
	found=$(lsinitramfs "/boot/initrd.img-$1" | grep '/xe\.ko' || :)
	case $2:$found in
	ours:*/updates/dkms/xe.ko*) ;;
	stock:*/kernel/*/xe.ko*) ;;
	*) fail "the initramfs of $1 has '$found', not $2" ;;
	esac
}

# is_installed <package>
is_installed()
{
	status=$(dpkg-query -W -f '${db:Status-Status}' "$1")
	[ "$status" = installed ] || fail "$1 is $status"
}

# says <file> <words>
says() { grep -q "$2" "$1" || fail "no word of '$2'"; }

# upgrade_kernel: install one of another flavour, as apt does it
upgrade_kernel()
{
	dpkg -i /debs/linux-*.deb >/tmp/output 2>&1 || { cat /tmp/output; fail "the kernel's installation"; }
	cat /tmp/output
	other=$(cd /lib/modules && echo 6.12.*cloud*)
	is_installed "linux-image-$other"
	[ -e "/boot/initrd.img-$other" ] || fail "Linux $other has no initramfs"
}

# naive: as packages do it that let dkms build for new kernels by itself
naive()
{
	echo AUTOINSTALL=yes >>"$SRC/dkms.conf"
	rm -f /etc/kernel/*.d/dkms-xe-svm
}

# gpu <vendor> <device> <driver>: the only display of this machine, for xe-svm-check
gpu()
{
	display=/sys/bus/pci/devices/0000:00:02.0
	rm -rf /sys/bus/pci
	mkdir -p "$display"
	echo "$1" >"$display/vendor"
	echo "$2" >"$display/device"
	echo 0x030000 >"$display/class"
	[ -z "$3" ] || ln -s "../../drivers/$3" "$display/driver"
}

# judges <status> <verdict>: xe-svm-check, on the screen and in the report
judges()
{
	status=0
	rm -f /tmp/report.tar.gz
	xe-svm-check --output /tmp/report.tar.gz >/tmp/output 2>&1 || status=$?
	cat /tmp/output
	[ "$status" = "$1" ] || fail "exit status $status, not $1"
	says /tmp/output "$2"
	tar -xzOf /tmp/report.tar.gz ./verdict.txt >/tmp/verdict || fail "there is no report"
	says /tmp/verdict "^It .*$2"
}
