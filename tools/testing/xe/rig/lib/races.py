# SPDX-License-Identifier: GPL-2.0
"""Whose is a data race? Reports of KCSAN, told apart by the functions they name.

A kernel under KCSAN reports races of its own all over the place. A race is ours if a
function of the series is among the first frames of either access.
"""

import collections
import glob
import os
import re

from where import TOP

REPORT = re.compile(r"BUG: KCSAN: data-race in (.*)")
END = re.compile(r"={20,}")
ACCESS = re.compile(r"\b(?:read|write|assert)\b.* to 0x")
FRAME = re.compile(r"^\s*(?:\[[^\]]*\]\s*)+(\w+)(?:\.\w+)*\+0x")
# Helpers that are not inlined stand between an access and who asked for it.
FRAMES = 3
DEFINITION = re.compile(r"^\+?(?:[a-z]\w*[\w \t*]*?\b(\w+)|(xe_svm_\w+))\(", re.M)


def functions_of_series():
    """Names of functions that the series brings: those of its files and of its patches."""
    text = ""
    for path in glob.glob(os.path.join(TOP, "drivers/gpu/drm/xe/*.[ch]")):
        with open(path) as file:
            text += file.read()
    for path in glob.glob(os.path.join(TOP, "patches/*.patch")):
        with open(path) as file:
            text += "".join(line for line in file if line.startswith("+"))
    return {name or other for name, other in DEFINITION.findall(text)}


def reports(text):
    """List of (title, functions that count) of each report in a kernel log."""
    found, title, names, depth = [], None, set(), 0
    for line in text.splitlines():
        start = REPORT.search(line)
        if start:
            title, depth = start.group(1).strip(), FRAMES
            names = set(re.findall(r"\w+", title))
        elif title and END.search(line):
            found.append((title, names))
            title = None
        elif title and ACCESS.search(line):
            depth = 0
        elif title and FRAME.search(line):
            depth += 1
            if depth <= FRAMES:
                names.add(FRAME.search(line).group(1))
    if title:
        found.append((title, names))
    return found


def sort(text, ours=None):
    """(titles of races in the series, Counter of titles of all others)."""
    ours = functions_of_series() if ours is None else ours
    mine, others = [], collections.Counter()
    for title, names in reports(text):
        if names & ours:
            mine.append(title)
        else:
            others[title] += 1
    return mine, others
