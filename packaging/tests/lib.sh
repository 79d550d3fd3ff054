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

configure() { dpkg --configure xe-svm-dkms; }

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
	rm -f /etc/kernel/postinst.d/dkms-xe-svm /etc/kernel/header_postinst.d/dkms-xe-svm
}
