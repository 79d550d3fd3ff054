# SPDX-License-Identifier: GPL-2.0
"""What a selftest declares in its first comment, a line each:

 * Needs: field                  a fragment of data/kconfig/, without which every test skips
 * Needs: iommu failslab         both of them
 * Needs: iommu or dmadebug      one of them
 * Needs: failslab for NAME      the same, for one variant of its fixture
 * Not: kasan                    a fragment with which it could not tell right from wrong
 * Boot: numa=fake=2             words of the kernel's command line, in a guest of its own
 * Qemu: -device nvme,...        arguments of QEMU, in a guest of its own
 * Logs: REGEX                   what it makes the kernel log, in a guest of its own
 * Timeout: 900                  seconds, in place of --timeout
 * Desktop: harmless             on somebody's desktop, on a real GPU; or one of DESKTOP below,
                                 the last three with the reason: may end it, unbinds the driver

A program without a line of the last kind is not run on a desktop at all.
"""

import os
import re

import where

KEYS = ("Needs", "Not", "Boot", "Qemu", "Logs", "Timeout", "Desktop")
# What a program is for somebody's desktop, and whether it takes a reason.
DESKTOP = {
    "harmless": False,
    "harmless without RAM disks": False,    # some of its tests write to them, and skip without
    "emulated GPU only": False,             # all of its tests skip on any other
    "quiet machine": True,                  # counts or measures what other programs do, too
    "may disturb it": True,                 # changes settings of the whole machine
    "may end it": True,                     # takes the GPU from other programs
}
LINE = re.compile(r"^ \* ([A-Z][a-z]+): *(\S.*)$")


def has_one(axes, choices):
    """Are all fragments of one of the choices there?"""
    return any(set(choice) <= set(axes) for choice in choices)


class Declaration:
    """Of one program."""

    def __init__(self, path):
        self.needs, self.without, self.variants = None, None, {}
        self.append, self.qemu, self.logs, self.timeout = "", "", None, None
        self.desktop, self.why = None, ""
        with open(path, encoding="utf-8") as file:
            comment = file.read().split("*/", 1)[0]
        for line in comment.splitlines():
            found = LINE.match(line)
            if found and found[1] in KEYS:
                self.take(path, *found.groups())

    def take(self, path, key, value):
        """One line."""
        if key in ("Needs", "Not"):
            names, _, variant = value.partition(" for ")
            choices = [choice.split() for choice in names.split(" or ")]
            for axis in (axis for choice in choices for axis in choice):
                if not os.path.exists(os.path.join(where.RIG, "data", "kconfig", f"{axis}.config")):
                    raise where.RigError(f"{path}: {key}: {axis}: there is no "
                                         f"data/kconfig/{axis}.config")
            if key == "Not":
                self.without = choices
            elif variant:
                self.variants[variant] = choices
            else:
                self.needs = choices
        elif key == "Boot":
            self.append = value
        elif key == "Qemu":
            self.qemu = value
        elif key == "Timeout":
            if not value.isdigit():
                raise where.RigError(f"{path}: Timeout: {value} is no number of seconds")
            self.timeout = int(value)
        elif key == "Desktop":
            self.desktop, _, self.why = (part.strip() for part in value.partition(","))
            if DESKTOP.get(self.desktop) != bool(self.why):
                raise where.RigError(f"{path}: Desktop: {value}: expected one of "
                                     f"{', '.join(DESKTOP)}; a reason for the last three only")
        else:
            try:
                self.logs = re.compile(value).pattern
            except re.error as error:
                raise where.RigError(f"{path}: Logs: {value}: {error}") from error

    def runs_with(self, axes):
        """Does a kernel with these fragments run any of it?"""
        return (self.needs is None or has_one(axes, self.needs)) and \
            not (self.without and has_one(axes, self.without))

    def reason(self):
        """Why a kernel may run none of it."""
        def words(choices):
            return " or ".join(" ".join(choice) for choice in choices)
        needs = [f"needs KCONF={words(self.needs)}"] if self.needs else []
        return ", ".join(needs + ([f"not with KCONF={words(self.without)}"] if self.without else []))

    def left_out(self, axes):
        """Variants that such a kernel cannot run."""
        return [variant for variant, choices in self.variants.items() if not has_one(axes, choices)]

    def alone(self):
        """Does it take a guest of its own?"""
        return bool(self.append or self.qemu or self.logs)


def of_programs(source, names):
    """{name: Declaration}"""
    return {name: Declaration(os.path.join(source, f"{name}.c")) for name in names}
