# SPDX-License-Identifier: GPL-2.0
"""Rule: Debian's own kernels are booted with the modules they need, and judged like ours."""

import lzma
import os
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
# pylint: disable=wrong-import-position
import guest  # noqa: E402
import igt_verdict  # noqa: E402
import where  # noqa: E402

RELEASE = "6.12.999+deb12-amd64"
FIRST, LAST = b"netfs", b"9pnet_virtio"
# As depmod writes it: what a module needs directly comes first.
DEPENDENCIES = """\
kernel/fs/netfs/netfs.ko.xz:
kernel/net/9p/9pnet.ko:
kernel/net/9p/9pnet_virtio.ko.xz: kernel/net/9p/9pnet.ko
kernel/fs/9p/9p.ko: kernel/net/9p/9pnet.ko kernel/fs/netfs/netfs.ko.xz
kernel/drivers/block/brd.ko:
"""


def kernel_in(directory):
    """Something like out/kernel/debian12; returns its image."""
    modules = os.path.join(directory, "modules", RELEASE)
    for line in DEPENDENCIES.splitlines():
        path = os.path.join(modules, line.split(":")[0])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        data = {"netfs.ko.xz": FIRST, "9pnet_virtio.ko.xz": LAST}.get(os.path.basename(path), b"plain")
        with open(path, "wb") as file:
            file.write(lzma.compress(data) if path.endswith(".xz") else data)
    with open(os.path.join(modules, "modules.dep"), "w") as file:
        file.write(DEPENDENCIES)
    os.symlink(f"/usr/src/linux-headers-{RELEASE}", os.path.join(modules, "build"))
    image = os.path.join(directory, "bzImage")
    with open(image, "w"):
        return image


class Temporary(unittest.TestCase):
    """A directory for each test."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()      # pylint: disable=consider-using-with
        self.addCleanup(holder.cleanup)
        self.dir = holder.name


class Names(Temporary):
    """KERNEL=debian12 and KERNEL=debian13."""

    def setUp(self):
        super().setUp()
        patch = mock.patch.object(where, "OUT", self.dir)
        patch.start()
        self.addCleanup(patch.stop)

    def test_made(self):
        """Found where scripts/deb-kernel puts it."""
        for name in where.DEBIAN:
            os.makedirs(os.path.join(self.dir, "kernel", name))
            image = kernel_in(os.path.join(self.dir, "kernel", name))
            self.assertEqual(where.kernel_image(name), image)

    def test_err_not_made(self):
        """The message says how to make it; other names are no kernels."""
        for name in where.DEBIAN:
            with self.assertRaisesRegex(where.RigError, f"make kernel KERNEL={name} makes it"):
                where.kernel_image(name)
        with self.assertRaisesRegex(where.RigError, "expected svm, .*debian12, debian13, a bzImage"):
            where.kernel_image("debian11")

    def test_judged_like_ours(self):
        """It runs the patched driver: the expectations are those of svm, not of a stranger."""
        of_svm = vars(igt_verdict.Expectations("svm", "bmg"))
        for name in where.DEBIAN:
            self.assertEqual(vars(igt_verdict.Expectations(name, "bmg")), of_svm)


class Boot(Temporary):
    """What a guest is made of, without booting it."""

    def guest(self, kernel, image):
        """A guest of a kernel whose image is elsewhere; and how its initramfs was asked for."""
        with mock.patch.object(guest, "kernel_image", return_value=image), \
                mock.patch.object(guest, "Qemu"), \
                mock.patch.object(guest, "verb_output", return_value="initramfs") as verb:
            config = guest.Config(kernel=kernel, device="none", accel="tcg")
            return guest.Guest(os.path.join(self.dir, "run"), config), verb.call_args.args[1:]

    def test_time(self):
        """Debian's image needs longer until the first process."""
        for kernel, seconds in (("svm", 90), ("stock", 90), ("debian12", 240), ("debian13", 240)):
            self.assertEqual(self.guest(kernel, "/nowhere/bzImage")[0].boot_limit, seconds, kernel)

    def test_modules(self):
        """They go into the share with links to headers that are not there, and to initramfs."""
        image = kernel_in(self.dir)
        machine, asked = self.guest("debian12", image)
        self.assertEqual([os.path.normpath(path) for path in asked],
                         [os.path.join(self.dir, "modules")])
        shared = os.path.join(machine.share, "modules", RELEASE)
        self.assertTrue(os.path.islink(os.path.join(shared, "build")))
        self.assertTrue(os.path.exists(os.path.join(shared, "modules.dep")))

    def test_err_none(self):
        """A kernel with all built in: the initramfs is the usual one."""
        self.assertEqual(self.guest("svm", "/nowhere/bzImage")[1], ())


class Initramfs(Temporary):
    """The modules without which the guest's first process reaches nothing."""

    def unpacked(self, *modules):
        """{name below /modules: contents} of an initramfs made with these words."""
        path = where.verb_output(os.path.join(where.RIG, "bin", "initramfs"), *modules)
        target = os.path.join(self.dir, "unpacked")
        os.makedirs(target)
        subprocess.run(f"gzip -dc '{path}' | cpio -idm --quiet --no-absolute-filenames '*modules/*'",
                       shell=True, check=True, cwd=target, stderr=subprocess.DEVNULL)
        if modules:
            os.unlink(path)
        found = {}
        for name in sorted(os.listdir(os.path.join(target, "modules"))
                           if os.path.isdir(os.path.join(target, "modules")) else []):
            with open(os.path.join(target, "modules", name), "rb") as file:
                found[name] = file.read()
        return found

    def test_order(self):
        """In the order of loading, uncompressed; what the root can bring is left there."""
        kernel_in(self.dir)
        found = self.unpacked(os.path.join(self.dir, "modules"))
        self.assertEqual([name.split("-", 1)[1] for name in found],
                         ["netfs.ko", "9pnet.ko", "9p.ko", "9pnet_virtio.ko"])
        self.assertEqual((list(found.values())[0], list(found.values())[-1]), (FIRST, LAST))

    def test_err_none(self):
        """Without modules there are none."""
        self.assertEqual(self.unpacked(), {})


unittest.main()
