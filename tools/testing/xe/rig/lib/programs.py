# SPDX-License-Identifier: GPL-2.0
"""Programs that print TAP, run by a shell job in the guest: what bin/selftest and runtime/run share."""

import fnmatch
import os

import figures
import guest
import tap
import where


def chosen(there, wanted):
    """Those of the programs that match a glob of wanted."""
    names = [name for name in there if any(fnmatch.fnmatch(name, one) for one in wanted)]
    if not names:
        raise where.RigError(f"no program matches {' '.join(wanted)}")
    return names


class Session:
    """One call of a verb: names of programs, compiled in a directory, with their declarations."""

    def __init__(self, options, word):
        self.options = options
        self.programs = ""
        self.names = []
        self.declared = {}
        self.dir = where.new_run(word)
        self.tests, self.complaints = [], []
        self.started = 0

    def timeout(self, name):
        """Seconds on a kernel that is not slow."""
        return self.declared[name].timeout or self.options.timeout

    def limits(self, names, slowness):
        """Cases of the shell, for programs with a limit of their own."""
        return "".join(f"{name}) limit={round(self.timeout(name) * slowness)} ;; "
                       for name in names if self.declared[name].timeout)

    def machine(self, run, config, names):
        """A guest with these programs in its share."""
        config.limit = 60 + sum(self.timeout(name) + 10 for name in names)
        machine = guest.Guest(run, config)
        os.makedirs(os.path.join(machine.share, "programs"))
        for name in names:
            machine.put(os.path.join(self.programs, name), f"programs/{name}")
        return machine

    def progress(self, text):
        """A name per program."""
        for name in text.split():
            self.started += 1
            print(f"[{self.started}/{len(self.names)}] {name}", flush=True)

    def collect_one(self, path, name):
        """TAP of one program, and its exit status."""
        status = tap.read(os.path.join(path, f"{name}.status")).strip()
        self.tests += tap.of_program(name, tap.read(os.path.join(path, name)),
                                     int(status) if status.isdigit() else None)

    def report(self):
        """Everything that is not a plain pass, then the sums. Returns the exit status."""
        for test in self.tests:
            if test.kind != "pass":
                print(f"{test.kind.upper():5}{test.name}")
                for line in test.detail[-12:]:
                    print(f"     {line}")
        for line in self.complaints:
            print(f"rig: {line}")
        print("\n".join(figures.lines(*figures.of_run(self.dir))))
        print(f"logs: {where.shown(self.dir)}/")
        passed, failed, skipped = (sum(test.kind == kind for test in self.tests)
                                   for kind in ("pass", "fail", "skip"))
        print(f"{passed} passed, {failed} failed, {skipped} skipped")
        return 0 if passed and not failed and not self.complaints else 1
