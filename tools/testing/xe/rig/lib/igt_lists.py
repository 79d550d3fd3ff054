# SPDX-License-Identifier: GPL-2.0
"""Lists of IGT tests: named files of globs, expanded with the real binaries.

A line of a list is `<binary> <globs>`: a comma list, the last match wins, `!` negates.
`count N` says how many tests that was in IGT 2.5; `memory 8G`, `timeout N`, `strict` and
`kconf FRAGMENT` say how to run it. A list of `list NAME` lines is the union of others,
each run with its own settings. Lines like igt@binary@subtest are taken as they are.
"""

import dataclasses
import fnmatch
import os
import subprocess

from where import RIG, RigError, verb_output

LISTS = os.path.join(RIG, "igt", "lists")
ROWS = os.path.join(RIG, "igt")


@dataclasses.dataclass
class TestList:
    """An expanded list. Immutable after expand()."""

    name: str
    tests: list
    memory: str = "4G"
    timeout: int = 300           # per test, seconds
    strict: bool = False         # the list wants the model's --strict on the patched kernel
    fragments: list = dataclasses.field(default_factory=list)    # KCONF= it needs
    note: str = ""


def matches(name, globs):
    """The comma list of globs of IGT: last match wins."""
    result = False
    for glob in globs.split(","):
        negated, pattern = glob.startswith("!"), glob.lstrip("!")
        if fnmatch.fnmatchcase(name, pattern):
            result = not negated
    return result


class Binaries:
    """The test programs in the root, asked on the host for their subtests."""

    def __init__(self):
        self.root = verb_output(os.path.join(RIG, "bin", "image"))
        self.lib = os.path.join(self.root, "usr/lib/x86_64-linux-gnu")
        self.known = {}

    def run(self, path, *argv):
        """Run a program of the root without chroot."""
        return subprocess.run([os.path.join(self.lib, "ld-linux-x86-64.so.2"), "--library-path",
                               self.lib, os.path.join(self.root, path), *argv],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=120, check=False)

    def subtests(self, binary):
        """In the order the binary lists them."""
        if binary not in self.known:
            path = f"usr/libexec/igt-gpu-tools/{binary}"
            if not os.path.exists(os.path.join(self.root, path)):
                raise RigError(f"IGT has no {binary}")
            self.known[binary] = self.run(path, "--list-subtests").stdout.split()
        return self.known[binary]


def read_lines(path):
    """Lines without comments and blanks."""
    with open(path) as file:
        for line in file:
            line = line.partition("#")[0].strip()
            if line:
                yield line


def find(name):
    """LIST= of the user: a name in igt/lists or a file."""
    path = os.path.join(LISTS, name)
    if "/" in name or not os.path.exists(path):
        path = name
    if not os.path.isfile(path):
        raise RigError(f"no list {name}: there are {' '.join(sorted(os.listdir(LISTS)))}, "
                       "or give a file of igt_runner test names")
    return path


def parts(name):
    """The lists to run for LIST=: its parts if it is a union, else itself."""
    lines = [line.split() for line in read_lines(find(name))]
    unions = [line[1] for line in lines if line[0] == "list" and len(line) == 2]
    if unions and len(unions) != len(lines):
        raise RigError(f"{name}: a union of lists has `list NAME` lines only")
    return unions or [name]


def expand(name):
    """One list that is no union."""
    path = find(name)
    binaries = Binaries()
    result, count = TestList(os.path.basename(name), []), None
    for line in read_lines(path):
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        if word == "count":
            count = int(rest)
        elif word == "memory":
            result.memory = rest
        elif word == "strict":
            result.strict = True
        elif word == "kconf":
            result.fragments.append(rest)
        elif word == "timeout":
            result.timeout = int(rest)
        elif word.startswith("igt@"):
            result.tests.append(word)
        else:
            found = [f"igt@{word}@{sub}" for sub in binaries.subtests(word) if matches(sub, rest)]
            if not found:
                raise RigError(f"{name}: nothing in {word} matches {rest}")
            result.tests += found
    result.tests = list(dict.fromkeys(result.tests))
    if not result.tests:
        raise RigError(f"the list {name} is empty")
    if count not in (None, len(result.tests)):
        result.note = f"the list has {len(result.tests)} tests, in IGT 2.5 it had {count}"
    return result


def rows(name, columns):
    """An expectation file: rows of columns, every one with a reason after #."""
    path = os.path.join(ROWS, name)
    with open(path) as file:
        for number, line in enumerate(file, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            fields, _, reason = line.rpartition(" # ")
            fields = fields.split(None, columns - 1)
            if len(fields) != columns or len(reason.strip()) < 10:
                raise RigError(f"{os.path.relpath(path, RIG)}:{number}: expected {columns} "
                               "columns, then ' # ' and a reason")
            yield [field.strip() for field in fields] + [reason.strip()]
