# SPDX-License-Identifier: GPL-2.0
"""From what igt_runner stored to passed, failed, skipped, vacuous: pure decisions."""

import fnmatch
import re

import igt_lists
import kernel_log
from where import DEBIAN

# Not run at all, as far as igt_runner's result goes.
NOT_RUN = (None, "notrun")
STAMP = re.compile(r"^(<\d+> ?)?\[ *\d+\.\d+\] ?")


class Expectations:
    """The files fails, flakes, skips, vacuous, log for one kernel and device."""

    def __init__(self, kernel, device):
        kernel = "svm" if kernel in DEBIAN else kernel      # the same driver
        kernel = kernel if kernel in ("svm", "stock", "peer") else "other"

        def for_us(name):
            return [(row[2], row[3]) for row in igt_lists.rows(name, 3)
                    if fnmatch.fnmatch(kernel, row[0]) and fnmatch.fnmatch(device, row[1])]
        self.fails, self.flakes, self.skips = map(for_us, ("fails", "flakes", "skips"))
        self.vacuous = [row for row in igt_lists.rows("vacuous", 3)
                        if fnmatch.fnmatch(device, row[0])]
        self.log = list(igt_lists.rows("log", 2))

    @staticmethod
    def reason(table, test):
        """Why a test is in one of the tables, or None."""
        return next((why for glob, why in table if fnmatch.fnmatchcase(test, glob)), None)

    def why_vacuous(self, test):
        """Why passing means nothing, or None."""
        _, binary, sub = (test.split("@") + [""])[:3]
        return next((why for _, name, globs, why in self.vacuous
                     if name == binary and igt_lists.matches(sub, globs)), None)

    def log_allowed(self, test):
        """Regexps of kernel messages the test is there to provoke."""
        return [pattern for glob, pattern, _ in self.log if fnmatch.fnmatchcase(test, glob)]


class Verdict:
    """One test: kind is pass, fail, skip, vacuous, xfail, flake, and why."""

    def __init__(self, kind, why="", seconds=0.0, log=()):
        self.kind, self.why, self.seconds = kind, why, seconds
        self.log = list(log)     # findings of the kernel log during the test


def bare(line):
    """A kernel log line without level and time."""
    return STAMP.sub("", line.strip())


def raw_verdict(entry, allowed):
    """What the test itself and its share of the kernel log say."""
    result = entry.get("result")
    time = entry.get("time", {})
    seconds = time.get("end", 0) - time.get("start", 0)
    log = kernel_log.findings(entry.get("dmesg", ""), allowed)
    lines = [bare(line) for _, line in log]
    if result in ("pass", "dmesg-warn"):
        if log:
            return Verdict("fail", f"kernel log: {lines[0]}", seconds, lines)
        return Verdict("pass", "", seconds)
    if result == "skip":
        if log:
            return Verdict("fail", f"skipped, but kernel log: {lines[0]}", seconds, lines)
        return Verdict("skip", first(entry, "Test requirement:"), seconds)
    why = {"incomplete": "the guest did not survive it"}.get(result, result)
    detail = first(entry, "Failed assertion:", "Received signal") or \
        (entry.get("err", "").strip().splitlines() or [""])[0]
    return Verdict("fail", f"{why}: {detail}" if detail else why, seconds, lines)


def first(entry, *marks):
    """First line of the output with one of the marks."""
    for stream in ("err", "out"):
        for line in entry.get(stream, "").splitlines():
            for mark in marks:
                if mark in line:
                    return line[line.index(mark):].strip()
    return ""


def verdict(test, entry, expectations):
    """Raw verdict, then what was expected."""
    one = raw_verdict(entry, expectations.log_allowed(test))
    known = expectations.reason(expectations.fails, test)
    flaky = expectations.reason(expectations.flakes, test)
    if known and one.kind == "fail":
        one.kind, one.why = "xfail", f"{known} ({one.why})"
    elif known and one.kind == "pass":
        one.kind, one.why = "fail", f"passes, but igt/fails says: {known}"
    elif flaky and one.kind == "fail":
        one.kind, one.why = "flake", f"{flaky} ({one.why})"
    elif one.kind == "pass":
        why = expectations.why_vacuous(test)
        if why:
            one.kind, one.why = "vacuous", why
    return one
