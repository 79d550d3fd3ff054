# SPDX-License-Identifier: GPL-2.0
"""Rule: the guest that probes for KVM boots if an accelerator works, and only then."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
# pylint: disable=wrong-import-position
import accelerator  # noqa: E402
import where  # noqa: E402


class Probe(unittest.TestCase):
    """By TCG, which works everywhere: /dev/kvm is not there on every machine."""

    kernel = where.kernel_image(os.environ.get("KERNEL", "svm"))
    initramfs = where.verb_output(os.path.join(where.RIG, "bin", "initramfs"))

    def test_boots(self):
        """The guest says that it is up, and powers off."""
        self.assertTrue(accelerator.boots(self.kernel, self.initramfs, "tcg"))

    def test_err_no_kernel(self):
        """What is no kernel does not come up."""
        self.assertFalse(accelerator.boots(self.initramfs, self.initramfs, "tcg"))


unittest.main()
