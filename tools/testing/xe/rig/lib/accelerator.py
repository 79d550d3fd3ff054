# SPDX-License-Identifier: GPL-2.0
"""KVM or TCG? Only a real boot tells: a /dev/kvm without hardware behind it exists.

The answer is kept per boot of this machine.
"""

import os
import tempfile
import time

import processes
from where import CACHE

BOOT_LIMIT = 20


class Probe:
    """The smallest guest: boots to the init script and powers off. What Qemu asks of a configuration."""

    smp, memory, icount, qemu, nice, root = 2, "512M", False, [], 0, None

    def __init__(self, accel):
        self.accel = accel

    @staticmethod
    def command_line():
        """Of the guest kernel."""
        return "console=ttyS0 panic=-1 rig_probe=1"


def boots(kernel, initramfs, accel):
    """Boot with that accelerator, time-boxed."""
    with tempfile.TemporaryDirectory(prefix="xe-rig-probe-") as run:
        qemu = processes.Qemu(run, kernel, initramfs, Probe(accel))
        qemu.start(None, None)
        limit = time.monotonic() + BOOT_LIMIT
        while qemu.process.poll() is None and time.monotonic() < limit and \
                "internal error" not in qemu.last_words():
            time.sleep(0.1)
        qemu.end(0)
        try:
            with open(qemu.console, errors="replace") as file:
                return "rig: guest is up" in file.read() and qemu.process.returncode == 0
        except OSError:
            return False


def works(kernel, initramfs):
    """Is KVM there, and does a guest boot on it?"""
    return os.access("/dev/kvm", os.R_OK | os.W_OK) and boots(kernel, initramfs, "kvm")


def choose(kernel, initramfs):
    """kvm or tcg."""
    with open("/proc/sys/kernel/random/boot_id") as file:
        key = file.read().strip()
    os.makedirs(CACHE, exist_ok=True)
    path = os.path.join(CACHE, f"accelerator-{key}")
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        answer = "kvm" if works(kernel, initramfs) else "tcg"
    with open(f"{path}.{os.getpid()}", "w") as file:
        file.write(answer + "\n")
    os.replace(f"{path}.{os.getpid()}", path)
    return answer
