# SPDX-License-Identifier: GPL-2.0
"""Rule: a mistake that no test notices, or a mutation that shows nothing, is reported."""

import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../lib"))
# pylint: disable=wrong-import-position
import campaign  # noqa: E402
import mutation  # noqa: E402
import where  # noqa: E402

DRIVER = "int lock;\nint flush;\n"
TEST = "TEST_F_TIMEOUT(race, pages_go, 9)\nTEST_F(race, right_goes)\nTEST(alone)\n"
PATCH = """\
The flush is forgotten.

Breaks: C6
{lines}

diff --git a/driver.c b/driver.c
--- a/driver.c
+++ b/driver.c
@@ -1,2 +1 @@
 int lock;
-int {word};
"""
GOOD = {"prog: race.a.pages_go": "pass", "prog: race.b.pages_go": "pass",
        "prog: race.right_goes": "pass", "prog: global.alone": "pass"}


class Bench:
    """A workshop with a toy tree, and programs that end as a test wants."""

    def __init__(self, tree, mistaken):
        self.tree, self.mistaken = tree, mistaken
        self.kept, self.runs, self.suites = {}, [], []
        self.only_planted = True

    def apply(self, one, *options):
        """In the toy tree."""
        self.restore()
        return subprocess.run(["git", "-C", self.tree, "apply", *options, one.path], check=False,
                              text=True, capture_output=True).stderr.strip()

    def refuses(self, one):
        """Does it apply?"""
        return self.apply(one, "--check")

    def plant(self, one):
        """The mistake."""
        assert not self.apply(one)

    def restore(self):
        """The driver as it is."""
        with open(os.path.join(self.tree, "driver.c"), "w") as file:
            file.write(DRIVER)

    def key(self, suite, programs, *more):
        """All there is to know here."""
        return repr((suite, programs, more))

    def recall(self, key):
        """What was kept."""
        return self.kept.get(key)

    def keep(self, key, seen):
        """For recall."""
        self.kept[key] = seen

    def run(self, name, suite, programs, device, kconf):
        """Ends as planned: without the mistake all is well."""
        self.runs.append((name, device, kconf))
        self.suites.append((suite, tuple(programs)))
        with open(os.path.join(self.tree, "driver.c")) as file:
            planted = file.read() != DRIVER
        if isinstance(self.mistaken, Exception) and planted == self.only_planted:
            raise self.mistaken
        tests, complaints = self.mistaken if planted else (GOOD, [])
        return {"tests": {**GOOD, **tests}, "complaints": complaints, "run": "out/run/x",
                "seconds": 1, "date": "then"}


class Campaigns(unittest.TestCase):
    """From files to the last line."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()      # pylint: disable=consider-using-with
        self.addCleanup(holder.cleanup)
        self.dir = holder.name
        with open(os.path.join(self.dir, "prog.c"), "w") as file:
            file.write(TEST)
        self.lines = []

    def file(self, lines, word="flush", name="01-x"):
        """A mutation."""
        path = os.path.join(self.dir, f"{name}.patch")
        with open(path, "w") as file:
            file.write(PATCH.format(lines=lines, word=word))
        return path

    def campaign(self, lines, tests=None, complaints=(), word="flush", bench=None):
        """Run one mutation; returns (exit status, output, workshop)."""
        bench = bench or Bench(self.dir, (tests or {}, list(complaints)))
        self.lines = []
        one = campaign.Campaign(bench, {"selftest": self.dir, "runtime": os.path.join(self.dir, "runtime")},
                                say=lambda text, **more: self.lines.append(text))
        one.load([self.file(lines, word)])
        one.run()
        return one.report(), "\n".join(self.lines), bench

    def test_noticed(self):
        """Every row that was named fails, in one variant at least."""
        status, output, _ = self.campaign("Fails: prog.pages_go\nFails: prog.right_goes",
                                          {"prog: race.b.pages_go": "fail",
                                           "prog: race.right_goes": "fail"})
        self.assertEqual(status, 0, output)
        self.assertIn("1 noticed, 0 not noticed", output)
        self.assertEqual(output.splitlines()[-1], "1 passed, 0 failed, 0 skipped")

    def test_on_the_runtime(self):
        """Programs of the runtime are searched, and run, where they are."""
        lines = "Fails: prog.pages_go\nRuns: runtime"
        status, output, _ = self.campaign(lines)
        self.assertEqual(status, 1)
        self.assertIn("there is no test prog.pages_go", output)
        os.mkdir(os.path.join(self.dir, "runtime"))
        os.rename(os.path.join(self.dir, "prog.c"), os.path.join(self.dir, "runtime/prog.c"))
        status, output, bench = self.campaign(lines, {"prog: race.a.pages_go": "fail"})
        self.assertEqual(status, 0, output)
        self.assertEqual(set(bench.suites), {("runtime", ("prog",))})

    def test_of_the_model(self):
        """A mistake of the emulated GPU breaks no guarantee of the driver, one of the driver does."""
        path = self.file("Fails: prog.pages_go\nOf: model")
        with self.assertRaisesRegex(mutation.Malformed, "^Of: model takes no Breaks:$"):
            mutation.Mutation(path)
        with open(path) as file:
            text = file.read()
        with open(path, "w") as file:
            file.write(text.replace("Breaks: C6\n", ""))
        self.assertEqual(mutation.Mutation(path).victim, "model")
        for lines in ("Of: kernel", "Runs: igt"):
            with self.assertRaises(mutation.Malformed):
                mutation.Mutation(self.file(f"Fails: prog.pages_go\n{lines}"))

    def test_not_noticed(self):
        """Nobody fails; or another row; or one of two; or another variant; or it skips."""
        other = {"prog: race.right_goes": "fail"}
        for lines, tests in (("Fails: prog.pages_go", {}), ("Fails: prog.pages_go", other),
                             ("Fails: prog.pages_go\nFails: prog.right_goes", other),
                             ("Fails: prog.a.pages_go", {"prog: race.b.pages_go": "fail"}),
                             ("Fails: prog.alone", {"prog: global.alone": "skip"}),
                             ("Fails: prog", other), ("Fails: prog: oracle hit", other)):
            status, output, _ = self.campaign(lines, tests, ["kernel log: WARN"])
            self.assertEqual(status, 1, output)
            self.assertIn("NOT NOTICED", output)
            self.assertIn("0 noticed, 1 not noticed", output)
            self.assertIn("0 passed, 1 failed, 0 skipped", output)

    def test_program_and_rig(self):
        """A program that dies, and a complaint about kernel log or model."""
        status, output, _ = self.campaign("Fails: prog", {"prog": "fail"})
        self.assertEqual(status, 0, output)
        status, output, _ = self.campaign("Fails: prog: oracle hit", {}, ["2 oracle hit(s)"])
        self.assertEqual(status, 0, output)

    def test_err_does_not_apply(self):
        """Reported with the message of git, and a failure; nothing is run."""
        status, output, bench = self.campaign("Fails: prog.pages_go", word="flushes")
        self.assertEqual(status, 1)
        self.assertRegex(output, "01-x: FAILED: does not apply any more: .*driver.c")
        self.assertIn("0 passed, 1 failed, 0 skipped", output)
        self.assertEqual(bench.runs, [])

    def test_err_malformed(self):
        """Rows that do not exist, lines that are missing or make no sense."""
        for lines, why in (("Fails: prog.gone", "no test prog.gone"),
                           ("Fails: gone.pages_go", "no test gone.pages_go"),
                           ("", "names no row"), ("Fails: prog pages", "expected program.row"),
                           ("Fails: prog: (", "unterminated"),
                           ("Breaks: X1\nFails: prog.alone", "names no guarantee")):
            status, output, _ = self.campaign(lines)
            self.assertEqual(status, 1, lines)
            self.assertIn(why, output)

    def test_err_does_not_build(self):
        """A kernel that does not build shows nothing."""
        status, output, _ = self.campaign("Fails: prog.pages_go",
                                          bench=Bench(self.dir, where.RigError("does not build")))
        self.assertEqual(status, 1)
        self.assertIn("01-x: FAILED: does not build", output)
        self.assertEqual(output.splitlines()[-1], "0 passed, 1 failed, 0 skipped")

    def test_err_does_not_run_without(self):
        """Neither does one whose programs do not run without it."""
        bench = Bench(self.dir, where.RigError("no program ran"))
        bench.only_planted = False
        status, output, _ = self.campaign("Fails: prog.pages_go", bench=bench)
        self.assertEqual(status, 1)
        self.assertIn("01-x: FAILED: without a mistake: no program ran", output)
        self.assertIn("0 passed, 1 failed, 0 skipped", output)

    def test_err_fails_anyway(self):
        """A row that fails or skips without the mistake is no witness."""
        for kind in ("fail", "skip"):
            bench = Bench(self.dir, ({"prog: race.right_goes": "fail"}, []))
            bench.keep(bench.key("selftest", ["prog"], "lnl", ()), {
                "tests": {**GOOD, "prog: race.right_goes": kind}, "complaints": [], "date": "then"})
            status, output, _ = self.campaign("Fails: prog.right_goes", bench=bench)
            self.assertEqual(status, 1)
            self.assertIn("without a mistake", output)

    def test_resumed(self):
        """What was seen is not run again."""
        lines = "Fails: prog.alone\nKconf: kasan\nDevice: bmg"
        _, _, bench = self.campaign(lines, {"prog: global.alone": "fail"})
        ran = list(bench.runs)
        self.assertEqual([(name, device, tuple(kconf)) for name, device, kconf in ran],
                         [("without-mistake", "bmg", ("kasan",)), ("01-x", "bmg", ("kasan",))])
        status, output, _ = self.campaign(lines, bench=bench)
        self.assertEqual(status, 0, output)
        self.assertEqual(bench.runs, ran)


class Mutations(unittest.TestCase):
    """The mutations of mutations/."""

    def test_all_are_well_formed(self):
        """Each parses, and names rows that exist; numbers are used once."""
        sources = {"selftest": os.path.join(where.TOP, "tools/testing/selftests/drivers/gpu/xe_svm"),
                   "runtime": os.path.join(where.TOP, "tools/testing/xe/runtime")}
        names = sorted(os.listdir(os.path.join(where.RIG, "mutations")))
        for name in names:
            one = mutation.Mutation(os.path.join(where.RIG, "mutations", name))
            self.assertEqual(one.missing_rows(sources), [], name)
        numbers = [name.split("-")[0] for name in names]
        self.assertEqual(len(set(numbers)), len(numbers))
        self.assertTrue(names)


if __name__ == "__main__":
    unittest.main(verbosity=2)
