# SPDX-License-Identifier: GPL-2.0
"""What jobs and page faults cost, from the model's counters of one or many guests."""

import collections
import os


def of_run(path):
    """The counters of all guests below path, summed; and the number of guests."""
    total, guests = collections.Counter(), 0
    for top, _, files in os.walk(path):
        if "counters" not in files or "model.log" not in files:
            continue
        guests += 1
        with open(os.path.join(top, "counters")) as file:
            for line in file:
                name, _, value = line.partition(" ")
                total[name] += int(value)
    return total, guests


def each(total, count, names):
    """'1.5 register reads, ...' per one of count."""
    return ", ".join(f"{total[name] / count:.1f} {words}" for name, words in names)


def lines(total, guests):
    """For people. Probe and suspend of the guests are in them: only many jobs make a mean."""
    jobs, faults = total["USER_INTERRUPT"], total["FAULT"]
    ended = total["FAULT_SERVED"] + total["FAULT_REFUSED"]
    traps = total["MMIO_READ"] + total["MMIO_WRITE"]
    text = [f"gpu: {jobs} jobs, {faults} page faults, {total['H2G_TLB_INVAL']} TLB invalidations, "
            f"{traps} trapped register accesses in {guests} guest(s)"]
    if jobs:
        text.append("gpu: per job: " + each(total, jobs, (
            ("MMIO_READ", "register reads"), ("MMIO_WRITE", "writes"), ("H2G", "requests"),
            ("G2H", "messages"), ("MSI", "interrupts"))) +
            f"; {total['RUN_NS'] / jobs / 1000:.0f} us of the GPU")
    if total['VFU_MESSAGE']:
        text.append(f"gpu: per request of QEMU: {total['SERVE_NS'] / total['VFU_MESSAGE'] / 1000:.1f} us in the model")
    if ended:
        text.append(f"gpu: per page fault: {total['FAULT_NS'] / ended / 1000:.0f} us from access to "
                    f"answer, {total['FAULT_REFUSED']} refused")
    return text
