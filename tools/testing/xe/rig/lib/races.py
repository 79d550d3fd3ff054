# SPDX-License-Identifier: GPL-2.0
"""Whose is a data race? Reports of KCSAN, distinguished by the functions they name.

A kernel under KCSAN reports races of its own all over the place. A race is a finding if a
function of the series is among the first frames of either access, or one of the driver's
that the file races of the rig does not know, with a reason. All others are reported.
"""

import collections
import fnmatch
import functools
import glob
import os
import re

from where import RIG, TREE_XE, TOP

REPORT = re.compile(r"BUG: KCSAN: data-race in (.*)")
END = re.compile(r"={20,}")
ACCESS = re.compile(r"\b(?:read|write|assert)\b.* to 0x")
FRAME = re.compile(r"^\s*(?:\[[^\]]*\]\s*)+(\w+)(?:\.\w+)*\+0x")
# Helpers that are not inlined stand between an access and who asked for it.
FRAMES = 3
KNOWN = os.path.join(RIG, "data", "races")
DEFINITION = re.compile(r"^\+?(?:[a-z]\w*[\w \t*]*?\b(\w+)|(xe_svm_\w+))\(", re.M)


def defined(text):
    """Names of the functions that C source defines."""
    return {name or other for name, other in DEFINITION.findall(text)}


def read(pattern):
    """Contents of all files of a pattern."""
    text = ""
    for path in glob.glob(pattern):
        with open(path, errors="replace") as file:
            text += file.read()
    return text


@functools.lru_cache
def functions_of_series():
    """Names of functions that the series brings: those of its files and of its patches."""
    patches = read(os.path.join(TOP, "patches/*/*.patch"))
    return defined(read(os.path.join(TOP, "drivers/gpu/drm/xe/*.[ch]")) +
                   "".join(line for line in patches.splitlines(True) if line.startswith("+")))


@functools.lru_cache
def functions_of_driver():
    """Names of all functions of xe, the series' among them; none without out/tree."""
    return defined(read(os.path.join(TREE_XE, "*.[ch]")))


def known_races(text):
    """Rows of the file races: (two globs, sorted; reason)."""
    rows = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            pair, reason = line.split("#", 1)
            rows.append((pair_of(pair), reason.strip()))
    return rows


def pair_of(title):
    """The two functions of a title, sorted; the one of a race with itself twice."""
    names = [re.sub(r"\.\w+", "", word) for word in re.findall(r"[^\s/]+", title)
             if not word.startswith("[")]
    return sorted((names * 2)[:2]) if len(names) < 2 else sorted(names[:2])


def reason_of(title, rows):
    """Why a race is known, or None."""
    pair = pair_of(title)
    for globs, why in rows:
        for one, other in (globs, globs[::-1]):
            if fnmatch.fnmatchcase(pair[0], one) and fnmatch.fnmatchcase(pair[1], other):
                return why
    return None


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


def sort(text, known=None):
    """(titles of races that are findings, Counter of what to tell of all others)."""
    rows = known_races(read(KNOWN)) if known is None else known
    mine, others = [], collections.Counter()
    for title, names in reports(text):
        why = reason_of(title, rows)
        if names & functions_of_series() or (names & functions_of_driver() and not why):
            mine.append(title)
        else:
            others[f"{title}: {why}" if why else title] += 1
    return mine, others
