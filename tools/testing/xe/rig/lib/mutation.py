# SPDX-License-Identifier: GPL-2.0
"""A mutation: a patch that plants one mistake in the driver or in the emulated GPU, and the rows that must then fail.

Its first lines, up to the diff, say what the mistake is, and

Breaks: C8                    the guarantees of Documentation/gpu/xe/xe_svm.rst it breaks; not of the emulated GPU
Fails: program.row            a row of a selftest; program.variant.row names one variant
Fails: program                the program dies, hangs or runs fewer tests than planned
Fails: program: REGEX         a complaint of the rig: of kernel log or model
Kconf: kasan                  fragments of data/kconfig/ for the kernel
Device: bmg                   the GPU; lnl without this line
Runs: runtime                 the programs are those of tools/testing/xe/runtime; selftests without this line
Of: model                     the mistake is one of tools/testing/xe/model; of the driver without this line

with at least one line of the first two kinds. Pure parsing and judging.
"""

import dataclasses
import os
import re

KEYS = ("Breaks", "Fails", "Kconf", "Device", "Runs", "Of")
KEY = re.compile(rf"^({'|'.join(KEYS)}): *(\S.*?) *$")
ROW = re.compile(r"^(\w+)(?:\.([\w.]+))?$")
COMPLAINT = re.compile(r"^(\w+): +(\S.*)$")
GUARANTEE = re.compile(r"^[CP][0-9]+$")
TEST = re.compile(r"^TEST(?:_F)?(?:_TIMEOUT|_SIGNAL)?\((?:\w+, *)?(\w+)", re.M)


class Malformed(Exception):
    """The first lines of a mutation lack something; the text says what."""


@dataclasses.dataclass
class Fail:
    """One thing that must go wrong: a row, a program as a whole, or a complaint."""

    program: str
    row: str = ""
    complaint: str = ""

    def __str__(self):
        if self.complaint:
            return f"{self.program}: {self.complaint}"
        return f"{self.program}.{self.row}" if self.row else self.program

    def kinds(self, tests):
        """How the tests it names ended; {name: pass, fail or skip}, names as of lib/tap.py."""
        if not self.row:
            return [kind for name, kind in tests.items() if name == self.program]
        return [kind for name, kind in tests.items()
                if name.startswith(f"{self.program}: ") and
                f".{name.split(': ', 1)[1]}".endswith(f".{self.row}")]

    def missed(self, tests, complaints):
        """Why this did not go wrong, or an empty text."""
        if self.complaint:
            return "" if any(re.search(self.complaint, line) for line in complaints) else \
                "the rig did not complain"
        kinds = self.kinds(tests)
        if "fail" in kinds:
            return ""
        if not self.row:
            return "the program ended as planned"
        if kinds:
            return {"pass": "passed", "skip": "was skipped"}[kinds[0]]
        return "the program ended before it" if self.program in tests else "did not run"

    def disturbed(self, tests, complaints):
        """Why this cannot show anything: what is wrong with the driver as it is."""
        if self.complaint:
            return "" if self.missed(tests, complaints) else "the rig complains"
        kinds = self.kinds(tests)
        if not self.row:
            return "the program dies" if kinds else ""
        if "pass" in kinds and "fail" not in kinds:
            return ""
        return {"fail": "fails", "skip": "is skipped"}[kinds[0]] if kinds else "does not run"


def parse_fail(text):
    """One line of Fails."""
    found = ROW.match(text)
    if found:
        return Fail(found[1], found[2] or "")
    found = COMPLAINT.match(text)
    if not found:
        raise Malformed(f"Fails: {text}: expected program.row, program, or program: REGEX")
    try:
        return Fail(found[1], complaint=re.compile(found[2]).pattern)
    except re.error as error:
        raise Malformed(f"Fails: {text}: {error}") from error


class Mutation:
    """One file."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path).removesuffix(".patch")
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        head, diff, _ = self.text.partition("\ndiff --git ")
        if not diff:
            raise Malformed("there is no diff")
        lines = [KEY.match(line) for line in head.splitlines()]
        values = {key: [found[2] for found in lines if found and found[1] == key]
                  for key in KEYS}
        self.what = head.split("\n\n", 1)[0].strip()
        self.breaks = " ".join(values["Breaks"]).split()
        self.fails = [parse_fail(text) for text in values["Fails"]]
        self.kconf = " ".join(values["Kconf"]).split()
        self.device = (values["Device"] or ["lnl"])[0]
        self.suite = (values["Runs"] or ["selftest"])[0]
        self.victim = (values["Of"] or ["driver"])[0]
        self.check()

    def check(self):
        """Is everything there?"""
        if not self.what or KEY.match(self.what):
            raise Malformed("the first lines do not say what the mistake is")
        if self.suite not in ("selftest", "runtime") or self.victim not in ("driver", "model"):
            raise Malformed("expected Runs: selftest or runtime, Of: driver or model")
        if self.breaks and self.victim == "model":
            raise Malformed("Of: model takes no Breaks:")
        if (not self.breaks and self.victim == "driver") or not all(GUARANTEE.match(name) for name in self.breaks):
            raise Malformed("Breaks: names no guarantee, as C1 or P2")
        if not self.fails:
            raise Malformed("Fails: names no row")

    def programs(self):
        """Those to run, each once."""
        return sorted({fail.program for fail in self.fails})

    def missing_rows(self, sources):
        """Rows that no program has; sources are the directories of the programs, by suite."""
        return [str(fail) for fail in self.fails if not has_row(sources[self.suite], fail)]


def has_row(source, fail):
    """Is there such a test?"""
    try:
        with open(os.path.join(source, f"{fail.program}.c"), encoding="utf-8") as file:
            rows = TEST.findall(file.read())
    except OSError:
        return False
    return not fail.row or fail.row.split(".")[-1] in rows


def unnoticed(mutation, tests, complaints):
    """What should have gone wrong and did not, a line each; empty: the mistake was noticed."""
    return [f"{fail}: {why}" for fail in mutation.fails
            for why in (fail.missed(tests, complaints),) if why]


def disturbances(mutation, tests, complaints):
    """What goes wrong without the mistake, a line each."""
    return [f"{fail}: {why} without a mistake" for fail in mutation.fails
            for why in (fail.disturbed(tests, complaints),) if why]
