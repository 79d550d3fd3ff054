# SPDX-License-Identifier: GPL-2.0
"""A campaign of mutations: which of them are noticed, by a workshop that builds and runs."""

import collections

import mutation
from where import RigError

# Programs that share a guest where there is no mistake.
TOGETHER = 8


class Campaign:
    """workshop: refuses(), plant(), restore(), key(), recall(), keep(), run() of rig/bin/mutate."""

    def __init__(self, workshop, sources, again=False, say=print):
        self.workshop, self.sources, self.again = workshop, sources, again
        self.say = lambda text: say(text, flush=True)
        self.mutations = []
        self.noticed, self.unnoticed, self.broken = [], [], []
        self.checked, self.ran = 0, False

    def load(self, paths):
        """Parse all, try to apply all: faults of a file are reported at once."""
        for path in paths:
            name = path.rsplit("/", 1)[-1].removesuffix(".patch")
            try:
                one = mutation.Mutation(path)
            except (mutation.Malformed, OSError, UnicodeDecodeError) as error:
                self.fail(name, str(error))
                continue
            missing = one.missing_rows(self.sources)
            refused = "" if missing else self.workshop.refuses(one)
            if missing:
                self.fail(name, f"there is no test {', '.join(missing)}")
            elif refused:
                self.fail(name, f"does not apply any more: {refused}")
            else:
                self.mutations.append(one)
        self.checked = len(self.mutations)

    def fail(self, name, why):
        """A mutation that shows nothing."""
        self.broken.append(name)
        self.say(f"{name}: FAILED: {why}")

    def see(self, one):
        """Run its programs with the mistake planted, or recall how that went."""
        key = self.workshop.key(one.suite, one.programs(), one.device, one.kconf, one.text)
        seen = None if self.again else self.workshop.recall(key)
        if seen:
            return seen, f"seen {seen['date']}"
        seen = self.workshop.run(one.name, one.suite, one.programs(), one.device, one.kconf)
        # A mutation that is not noticed is run again: the host may have been busy
        if not mutation.unnoticed(one, seen["tests"], seen["complaints"]):
            self.workshop.keep(key, seen)
        return seen, f"{seen['seconds']} s"

    def control(self, suite, device, kconf, programs):
        """How programs end without a mistake: (tests, complaints)."""
        seen, left = {}, []
        for name in programs:
            seen[name] = self.workshop.recall(self.workshop.key(suite, [name], device, kconf))
            if self.again or not seen[name]:
                left.append(name)
        for part in (left[at:at + TOGETHER] for at in range(0, len(left), TOGETHER)):
            self.say(f"without a mistake: {' '.join(part)}")
            together = self.workshop.run("without-mistake", suite, part, device, kconf)
            for name in part:
                tests = {test: kind for test, kind in together["tests"].items()
                         if test.split(":")[0] == name}
                seen[name] = dict(together, tests=tests)
                if tests and "fail" not in tests.values():
                    self.workshop.keep(self.workshop.key(suite, [name], device, kconf), seen[name])
        return ({test: kind for one in seen.values() for test, kind in one["tests"].items()},
                [line for one in seen.values() for line in one["complaints"]])

    def controls(self):
        """The same for all mutations: {(suite, device, kconf): ...}; a text where they did not run."""
        programs = collections.defaultdict(set)
        for one in self.mutations:
            programs[one.suite, one.device, tuple(one.kconf)].update(one.programs())
        self.workshop.restore()
        found = {}
        for group, names in programs.items():
            try:
                found[group] = self.control(*group, sorted(names))
            except RigError as error:
                found[group] = f"without a mistake: {error}"
        return found

    def run(self):
        """All of them."""
        self.ran = True
        controls = self.controls()
        for number, one in enumerate(self.mutations, 1):
            self.say(f"[{number}/{len(self.mutations)}] {one.name}: {', '.join(one.programs())}")
            control = controls[one.suite, one.device, tuple(one.kconf)]
            disturbed = [control] if isinstance(control, str) else \
                mutation.disturbances(one, *control)
            if disturbed:
                self.fail(one.name, "; ".join(disturbed))
                continue
            try:
                self.run_one(one)
            except RigError as error:
                self.fail(one.name, str(error))
        self.workshop.restore()

    def run_one(self, one):
        """Plant it, build, run, judge."""
        self.workshop.plant(one)
        seen, how = self.see(one)
        left = mutation.unnoticed(one, seen["tests"], seen["complaints"])
        if left:
            self.unnoticed.append(one.name)
            self.say(f"    NOT NOTICED ({how}, logs: {seen['run']}/): {one.what}")
            for line in left:
                self.say(f"    {line}")
            return
        self.noticed.append(one.name)
        failed = sum(kind == "fail" for kind in seen["tests"].values())
        self.say(f"    noticed ({how}): {failed} of {len(seen['tests'])} rows fail")

    def report(self):
        """The sums; returns the exit status."""
        failed = len(self.unnoticed) + len(self.broken)
        if self.ran:
            self.say(f"{len(self.noticed)} noticed, {len(self.unnoticed)} not noticed")
        for title, names in (("not noticed", self.unnoticed), ("failed", self.broken)):
            if names:
                self.say(f"{title}: {' '.join(names)}")
        passed = len(self.noticed) if self.ran else self.checked
        self.say(f"{passed} passed, {failed} failed, 0 skipped")
        return 0 if passed and not failed else 1
