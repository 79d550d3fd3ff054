# SPDX-License-Identifier: GPL-2.0
"""What in a kernel log makes a run fail, whatever its job reported."""

import re

import races

# One row per kind of trouble: name, pattern.
SPLATS = [(name, re.compile(pattern)) for name, pattern in (
    ("panic", r"Kernel panic - not syncing"),
    ("oops", r"BUG: unable to handle|Oops:|general protection fault|kernel BUG at|stack segment"),
    ("warning", r"WARNING: (CPU: \d+ PID:|\S+:\d+ at )|------------\[ cut here \]"),
    ("lockdep", r"WARNING: (possible|inconsistent|suspicious|bad unlock|held lock|lock held)"
                r"|INFO: (possible|suspicious)|BUG: .*lock|BUG: Invalid wait context"
                r"|DEBUG_LOCKS_WARN_ON|turning off the locking correctness validator"),
    ("atomic", r"BUG: (sleeping function|scheduling while atomic|workqueue leaked)"),
    ("sanitizer", r"BUG: K(A|C)SAN|UBSAN:|BUG: Bad page|BUG: Bad rss|list_(add|del) corruption"
                  r"|ODEBUG:"),
    ("stall", r"rcu: INFO: .* (detected|self-detected) stall|watchdog: BUG: soft lockup"
              r"|INFO: task .* blocked for more than"),
    ("leak", r"suspected memory leak|Memory manager not clean|stuck BO|not freed"),
    ("gpu", r"igt-watch: "),
    # A device that has lost its driver is called by the name of its bus.
    ("xe", r"\b(?:xe|pci 0000:\S+ \[drm\]).*\*ERROR\*|xe 0000:.*(Assertion|drm_WARN)"),
)]

# Reports that are wrong, with the reason. All that is known of each must be there.
#
# lockdep keeps all locks of one ww_acquire_ctx as one, under the address of the first that was
# taken. When CONFIG_DEBUG_WW_MUTEX_SLOWPATH feigns contention, drm_exec takes the lock of an object
# before that of its VM, gives it back, drops the object, and then the lock of the VM; lockdep takes
# the lock of the VM, still held, for that of the object. It turns itself off with that.
WRONG = [re.compile(pattern, re.S) for pattern in (
    r"WARNING: held lock freed!\n"
    r"(?:(?!stack backtrace).)*?is freeing memory"
    r"(?:(?!stack backtrace).)*?\(reservation_ww_class_mutex\)\S+, at: drm_exec_lock_contended"
    r"(?:(?!stack backtrace).)*?\d locks held by"
    r"(?:(?!stack backtrace).)*?\(reservation_ww_class_acquire\)"
    r".{,2500}?drm_exec_unlock_all\+.{,200}?drm_exec_fini\+.{,200}?xe_vma_destroy_unlocked\+",
)]

# A panic wrapped into the same report as the oops before it is one finding, the first.
CUT = re.compile(r"------------\[ cut here \]|---\[ end trace")


def findings(text, expected=()):
    """List of (kind, line); lines that match one of `expected` (regexps) are let through.

    So are data races outside the series, see races.py, and reports that are known to be wrong.
    """
    for wrong in WRONG:
        text = wrong.sub("", text)
    allowed = [re.compile(pattern) for pattern in expected]
    mine = races.sort(text)[0] if races.REPORT.search(text) else []
    found = []
    if "kcsan: " in text and "kcsan: enabled" not in text:
        found.append(("rig", "KCSAN is there and watches nothing"))
    for line in text.splitlines():
        if CUT.search(line) or any(pattern.search(line) for pattern in allowed):
            continue
        race = races.REPORT.search(line)
        if race and race.group(1).strip() not in mine:
            continue
        for kind, pattern in SPLATS:
            if pattern.search(line):
                found.append((kind, line.strip()))
                break
    return found


def version(text):
    """What the kernel calls itself in its first lines; empty if it never came up."""
    found = re.search(r"Linux version (\S+)", text)
    return found.group(1) if found else ""


def read(path):
    """A log file; empty if there is none. Lines of dmesg -r lose their level."""
    try:
        with open(path, errors="replace") as file:
            return re.sub(r"^<\d+>", "", file.read().replace("\r", ""), flags=re.M)
    except OSError:
        return ""
