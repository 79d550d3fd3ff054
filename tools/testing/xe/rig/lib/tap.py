# SPDX-License-Identifier: GPL-2.0
"""TAP as the kselftest harness prints it, parsed."""

import dataclasses
import glob
import os
import re

PLAN = re.compile(r"^1\.\.(\d+)")
LINE = re.compile(r"^(not ok|ok) (\d+)[ -]*(.*?)(?:\s*# (SKIP|TODO|XFAIL)\b\s*(.*))?$")


@dataclasses.dataclass
class Test:
    """One line of TAP: kind is pass, fail or skip; detail is what was printed before it."""

    name: str
    kind: str
    detail: list


def parse(text):
    """(plan or None, tests)."""
    plan, tests, detail = None, [], []
    for line in text.splitlines():
        found = PLAN.match(line)
        if found:
            plan = int(found.group(1))
            continue
        found = LINE.match(line)
        if not found:
            detail.append(line)
            continue
        verdict, _, name, directive, reason = found.groups()
        if directive == "SKIP":
            kind = "skip"
            detail.append(reason or "no reason given")
        else:
            kind = "pass" if verdict == "ok" else "fail"
        tests.append(Test(name, kind, detail))
        detail = []
    return plan, tests


def of_program(name, text, status):
    """Tests of one program; what its exit status says and its TAP does not is a test too."""
    plan, tests = parse(text)
    for test in tests:
        test.name = f"{name}: {test.name}"
    failed = any(test.kind == "fail" for test in tests)
    trouble = None
    if status is None:
        trouble = "did not end: the guest did not survive it"
    elif status in (124, 137):
        trouble = "exceeded its time limit"
    elif status == 4 and not tests:
        tests.append(Test(name, "skip", text.strip().splitlines()[-1:] or ["no reason given"]))
    elif plan is None:
        trouble = f"printed no plan, exit status {status}"
    elif plan != len(tests):
        trouble = f"planned {plan} tests, ran {len(tests)}, exit status {status}"
    elif status not in (0, 4) and not failed:
        trouble = f"no test failed, but exit status {status}"
    elif plan == 0:
        trouble = "has no tests"
    if trouble:
        tests.append(Test(name, "fail", [trouble]))
    return tests


def read(path):
    """A file's contents, empty if there is none."""
    try:
        with open(path, errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def of_run(run):
    """{name: Test} of all guests of a run; programs in trouble have a row of their own."""
    found = {}
    for path in sorted(glob.glob(os.path.join(run, "vm*/share/tap/*"))):
        if path.endswith(".status"):
            continue
        status = read(path + ".status").strip()
        for test in of_program(os.path.basename(path), read(path),
                               int(status) if status.isdigit() else None):
            found[test.name] = test
    return found
