# SPDX-License-Identifier: GPL-2.0
"""Rule: decisions from text alone (TAP, kernel log, lists, verdicts) are right."""

import argparse
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
# pylint: disable=wrong-import-position
import declared  # noqa: E402
import guest  # noqa: E402
import igt_lists  # noqa: E402
import igt_verdict  # noqa: E402
import kernel_log  # noqa: E402
import probes  # noqa: E402
import races  # noqa: E402
import tap  # noqa: E402
import where  # noqa: E402


def kinds(text, status):
    """Verdicts of a program."""
    return [test.kind for test in tap.of_program("p", text, status)]


class Probes(unittest.TestCase):
    """Ioctls that may fail."""

    @staticmethod
    def of(text, device="lnl"):
        """A file with this text."""
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(text)
            file.flush()
            return probes.Probes(file.name, device)

    def test_allowed(self):
        """The call of the program on the device, and no other."""
        some = self.of("# why\n\nbmg\t*\tA EINVAL\tnew\n*\tone_*\tB flags=0x1 EINVAL\tnew\n")
        self.assertTrue(some.allows("one_thing", "B flags=0x1 EINVAL"))
        self.assertFalse(some.allows("two_things", "B flags=0x1 EINVAL"))
        self.assertFalse(some.allows("one_thing", "B flags=0x1 ENOENT"))
        self.assertFalse(some.allows("one_thing", "A EINVAL"))

    def test_unused(self):
        """What nothing needed is named."""
        some = self.of("bmg\t*\tA EINVAL\tnew\n*\t*\tB EINVAL\tnew\n", "bmg")
        self.assertTrue(some.allows("one", "A EINVAL"))
        self.assertEqual(some.unused(), ["B EINVAL in *"])

    def test_reason(self):
        """A row without one is refused."""
        for text in ("*\t*\tA EINVAL\n", "*\t*\tA EINVAL\t \n", "* * A EINVAL why\n"):
            with self.assertRaises(where.RigError):
                self.of(text)


class Declared(unittest.TestCase):
    """The first comment of a selftest."""

    @staticmethod
    def of(*lines):
        """A program with these lines in its comment, and some that do not count."""
        with tempfile.NamedTemporaryFile("w", suffix=".c") as file:
            file.write("/*\n * What holds.\n *\n" + "".join(f" * {line}\n" for line in lines) +
                       " */\n/*\n * Needs: nothing\n */\n")
            file.flush()
            return declared.Declaration(file.name)

    def test_nothing(self):
        """A plain program."""
        plain = self.of("Note: it is plain")
        self.assertTrue(plain.runs_with({}))
        self.assertFalse(plain.alone())

    def test_fragment(self):
        """One that every test needs, and one of a variant."""
        one = self.of("Needs: field", "Needs: failslab for by_failure", "Timeout: 900")
        self.assertFalse(one.runs_with({"kasan": {}}))
        self.assertTrue(one.runs_with({"field": {}}))
        self.assertEqual(one.left_out({"field": {}}), ["by_failure"])
        self.assertEqual(one.left_out({"failslab": {}}), [])
        self.assertEqual(one.timeout, 900)
        self.assertFalse(self.of("Not: kasan").runs_with({"kasan": {}}))
        self.assertTrue(self.of("Not: kasan").runs_with({"field": {}}))
        self.assertFalse(one.alone())

    def test_fragments(self):
        """Both of two, and one of two."""
        both, one = self.of("Needs: iommu failslab"), self.of("Needs: iommu or dmadebug")
        self.assertFalse(both.runs_with({"iommu": {}}))
        self.assertFalse(both.runs_with({"failslab": {}}))
        self.assertTrue(both.runs_with({"failslab": {}, "iommu": {}}))
        self.assertFalse(one.runs_with({"failslab": {}}))
        self.assertTrue(one.runs_with({"iommu": {}}))
        self.assertTrue(one.runs_with({"dmadebug": {}, "kasan": {}}))

    def test_guest_of_its_own(self):
        """Booted for it, with a device, with errors."""
        for line in ("Boot: xe.svm=0", "Qemu: -device nvme", "Logs: failed|late"):
            self.assertTrue(self.of(line).alone(), line)

    def test_desktop(self):
        """What it does to a desktop; without a word of that it is not harmless."""
        self.assertIsNone(self.of("Timeout: 900").desktop)
        self.assertEqual(self.of("Desktop: harmless").desktop, "harmless")
        ends = self.of("Desktop: may end it, unbinds the driver")
        self.assertEqual((ends.desktop, ends.why), ("may end it", "unbinds the driver"))

    def test_err_nonsense(self):
        """What cannot be meant."""
        for line in ("Needs: no_such_fragment", "Needs: field or no_such_fragment", "Timeout: long", "Logs: (",
                     "Desktop: harmles", "Desktop: harmless, or not", "Desktop: may end it"):
            with self.assertRaises(where.RigError):
                self.of(line)


class Tap(unittest.TestCase):
    """Programs say what happened, or failed to."""

    def test_counted(self):
        """Three kinds of line."""
        text = "TAP version 13\n1..3\nok 1 a\nnot ok 2 b\nok 3 c # SKIP no GPU\n"
        self.assertEqual(kinds(text, 1), ["pass", "fail", "skip"])

    def test_err_died_early(self):
        """Fewer than planned."""
        self.assertEqual(kinds("1..2\nok 1 a\n", 0), ["pass", "fail"])

    def test_err_no_plan(self):
        """Nothing at all."""
        self.assertEqual(kinds("", 0), ["fail"])
        self.assertEqual(kinds("1..0\n", 0), ["fail"])

    def test_err_status(self):
        """TAP is fine, the exit status is not."""
        self.assertEqual(kinds("1..1\nok 1 a\n", 139), ["pass", "fail"])
        self.assertEqual(kinds("1..1\nok 1 a\n", 124), ["pass", "fail"])
        self.assertEqual(kinds("1..1\nok 1 a\n", None), ["pass", "fail"])

    def test_whole_program_skips(self):
        """Exit 4 without tests."""
        self.assertEqual(kinds("no device\n", 4), ["skip"])


class KernelLog(unittest.TestCase):
    """One real line of every kind is found; ordinary ones are not."""

    BAD = {
        "panic": "Kernel panic - not syncing: Fatal exception",
        "oops": "BUG: unable to handle page fault for address: ffff",
        "warning": "WARNING: CPU: 1 PID: 33 at drivers/gpu/drm/xe/xe_pt.c:5 f+0x1/0x2",
        "lockdep": "WARNING: possible circular locking dependency detected",
        "atomic": "BUG: sleeping function called from invalid context at mm/x.c:1",
        "sanitizer": "BUG: KASAN: slab-use-after-free in f+0x1/0x2",
        "stall": "INFO: task kworker/0:1:10 blocked for more than 60 seconds.",
        "xe": "xe 0000:00:02.0: [drm] *ERROR* GT0: TLB invalidation fence timeout",
        "gpu": "igt-watch: 512: 0 at 0x7f0000004ff8 instead of 0xabcd, page frame 0x1234",
    }

    def test_found(self):
        """Kind by kind."""
        for kind, line in self.BAD.items():
            self.assertEqual([k for k, _ in kernel_log.findings(f"[ 1.0] {line}\n")], [kind])

    def test_lockdep_gives_up(self):
        """What comes after that is not checked, so it is a finding as well."""
        line = "[ 1.0] turning off the locking correctness validator."
        self.assertEqual([k for k, _ in kernel_log.findings(line)], ["lockdep"])

    def test_unbound(self):
        """A device without its driver complains by another name."""
        line = "[ 1.0] pci 0000:00:02.0: [drm] *ERROR* TLB invalidation failed, keeping 1 pages"
        self.assertEqual([k for k, _ in kernel_log.findings(line)], ["xe"])

    def test_err_ordinary(self):
        """No false alarm."""
        for line in ("xe 0000:00:02.0: [drm] GT0: Engine reset: engine_class=rcs",
                     "[drm] Initialized xe 1.1.0 for 0000:00:02.0 on minor 0",
                     "Linux version 6.12 ... BUG_ON list debugging"):
            self.assertEqual(kernel_log.findings(f"[ 1.0] {line}\n"), [])

    WRONG = """[ 42.4] WARNING: held lock freed!
[ 42.4] a/401 is freeing memory ff00-ffff, with a lock still held there!
[ 42.4] ff1a (reservation_ww_class_mutex){+.+.}-{3:3}, at: drm_exec_lock_contended+0x247/0x310
[ 42.4] 3 locks held by a/401:
[ 42.4]  #0: ee90 (&vm->lock){++++}-{3:3}, at: xe_vm_close_and_put+0x3ad/0x1c80
[ 42.4]  #1: dd80 (reservation_ww_class_acquire){+.+.}-{0:0}, at: xe_vma_destroy_unlocked+0x84/0xf0
[ 42.4]  #2: ff1a (reservation_ww_class_mutex){+.+.}-{3:3}, at: drm_exec_lock_contended+0x247/0x310
[ 42.4] stack backtrace:
[ 42.4]  ttm_bo_release+0x6da/0xa90
[ 42.4]  drm_exec_unlock_all+0x131/0x190
[ 42.4]  drm_exec_fini+0xa/0x1b0
[ 42.4]  xe_vma_destroy_unlocked+0xb6/0xf0
"""

    def test_wrong_report(self):
        """What lockdep says where it is mistaken, and what looks like that."""
        self.assertEqual(kernel_log.findings(self.WRONG), [])
        for true, other in (("drm_exec_unlock_all", "xe_bo_put"),
                            ("mutex){+.+.}-{3:3}, at: drm_exec_lock_contended", "mutex), at: lock"),
                            ("held lock freed", "bad unlock balance")):
            text = self.WRONG.replace(true, other)
            self.assertEqual([k for k, _ in kernel_log.findings(text)], ["lockdep"], other)

    def test_expected(self):
        """Let through by name only."""
        text = "xe 0000:00:02.0: [drm] *ERROR* a\nxe 0000:00:02.0: [drm] *ERROR* b\n"
        self.assertEqual(len(kernel_log.findings(text, ["ERROR. a"])), 1)


class Verdicts(unittest.TestCase):
    """Results of igt_runner to ours."""

    def setUp(self):
        self.known = igt_verdict.Expectations("svm", "lnl")

    def kind(self, result, test="igt@b@s", **entry):
        """Of one entry."""
        return igt_verdict.verdict(test, dict(entry, result=result), self.known).kind

    def test_results(self):
        """All that igt_runner knows."""
        for result, kind in (("pass", "pass"), ("skip", "skip"), ("fail", "fail"),
                             ("crash", "fail"), ("timeout", "fail"), ("abort", "fail"),
                             ("incomplete", "fail"), ("warn", "fail"), ("dmesg-fail", "fail")):
            self.assertEqual(self.kind(result), kind, result)

    def test_kernel_log_counts(self):
        """A pass with a splat is none; a harmless warning is not a splat."""
        self.assertEqual(self.kind("pass", dmesg="<3> [1.0] xe 1: *ERROR* x"), "fail")
        self.assertEqual(self.kind("dmesg-warn", dmesg="<4> [1.0] harmless"), "pass")
        self.assertEqual(self.kind("dmesg-warn", dmesg="<3> [1.0] Oops: 0"), "fail")

    def test_vacuous(self):
        """Does nothing, counts for nothing; failing still counts."""
        name = "igt@xe_exec_system_allocator@once-mmap-remap-eocheck"
        self.assertEqual(self.kind("pass", name), "vacuous")
        self.assertEqual(self.kind("fail", name), "fail")
        for sub in ("threads-many-mmap-file", "process-many-malloc-fork-read",
                    "many-malloc-multi-fault", "threads-shared-vm-many-stride-malloc-multi-fault"):
            self.assertEqual(self.kind("pass", f"igt@xe_exec_system_allocator@{sub}"), "vacuous")
        for sub in ("once-malloc", "many-large-malloc-multi-fault", "process-many-mmap-file",
                    "many-64k-malloc-multi-fault", "twice-mmap-remap-eocheck"):
            self.assertEqual(self.kind("pass", f"igt@xe_exec_system_allocator@{sub}"), "pass")

    def test_expected_failure(self):
        """A failure as expected is fine, a pass is not."""
        self.known.fails = [("igt@b@s", "a reason")]
        self.assertEqual(self.kind("fail"), "xfail")
        self.assertEqual(self.kind("pass"), "fail")


class Lists(unittest.TestCase):
    """Globs of IGT."""

    def test_last_match_wins(self):
        """Negation."""
        self.assertTrue(igt_lists.matches("query-a", "query-*,!query-b"))
        self.assertFalse(igt_lists.matches("query-b", "query-*,!query-b"))
        self.assertTrue(igt_lists.matches("query-b", "!query-b,query-*"))

    def test_every_list_can_be_found(self):
        """A union names lists that exist and are none themselves; a list is its only part."""
        for name in os.listdir(igt_lists.LISTS):
            for part in igt_lists.parts(name):
                self.assertEqual(igt_lists.parts(part), [part])
        self.assertEqual(igt_lists.parts("b"), ["b2", "b3", "b4", "b5"])

    def test_err_half_a_union(self):
        """Lists and tests in one file: whose settings?"""
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("list a1\nxe_query *\n")
            file.flush()
            with self.assertRaises(where.RigError):
                igt_lists.parts(file.name)


class Options(unittest.TestCase):
    """What the user says wins over what the run would do."""

    def strict(self, *argv, default):
        """Does the model get --strict?"""
        parser = argparse.ArgumentParser()
        guest.add_options(parser)
        return guest.config_of(parser.parse_args(argv), default).strict

    def test_strict(self):
        """By default as the run decides."""
        self.assertTrue(self.strict(default=True))
        self.assertFalse(self.strict(default=False))
        self.assertFalse(self.strict("--no-strict", default=True))
        self.assertTrue(self.strict("--strict", default=False))

    def test_memory(self):
        """Sizes compare by value."""
        self.assertEqual(max("8G", "4096M", "12G", key=guest.memory_size), "12G")
        with self.assertRaises(where.RigError):
            guest.memory_size("4")


def race(first, *frames):
    """A report of KCSAN with these frames in one access."""
    trace = "".join(f"[ 1.0]  {frame}+0x1/0x2\n" for frame in frames)
    return (f"[ 1.0] {'=' * 66}\n[ 1.0] BUG: KCSAN: data-race in {first} / {frames[0]}\n"
            f"[ 1.0] write to 0xff00 of 8 bytes by task 1 on cpu 0:\n{trace}"
            f"[ 1.0] {'=' * 66}\n")


class Races(unittest.TestCase):
    """A data race counts if the series makes one of the accesses, or xe and nobody says why."""

    DRIVERS = race("xe_gt_reset_async", "gt_reset_worker")
    KNOWN = "# a comment\ngt_reset_worker / xe_gt_reset_*  # a reason\n"

    def setUp(self):
        self.driver = races.functions_of_driver
        races.functions_of_driver = lambda: {"gt_reset_worker", "xe_svm_close"}

    def tearDown(self):
        races.functions_of_driver = self.driver

    def test_a_checker_that_is_off_is_told(self):
        """No report says nothing where nobody looks."""
        strict = "[ 1.0] kcsan: strict mode configured\n"
        self.assertEqual([kind for kind, _ in kernel_log.findings(strict)], ["rig"])
        self.assertEqual(kernel_log.findings("[ 1.0] kcsan: enabled early\n" + strict), [])

    def test_ours(self):
        """At the top of the stack, or behind a helper, also when the compiler made a copy."""
        for text in (race("xe_svm_close", "kfree"), race("a", "mas_walk", "xe_svm_close.isra.0")):
            self.assertEqual(len(kernel_log.findings(text)), 1)

    def test_others(self):
        """Elsewhere, if only called by us in the end: listed, no finding."""
        text = race("a", "b", "c", "d", "xe_svm_close")
        self.assertEqual(kernel_log.findings(text), [])
        self.assertEqual(races.sort(text), ([], {"a / b": 1}))

    def test_known(self):
        """Of the driver, with a reason, whichever access came first."""
        rows = races.known_races(self.KNOWN)
        listed = {"xe_gt_reset_async / gt_reset_worker: a reason": 1}
        self.assertEqual(races.sort(self.DRIVERS, rows), ([], listed))
        self.assertEqual(races.reason_of("gt_reset_worker [xe] / xe_gt_reset_async.isra.0", rows),
                         "a reason")

    def test_err_unknown(self):
        """Of the driver, without a reason; a reason excuses no race of the series."""
        self.assertEqual(len(races.sort(self.DRIVERS, [])[0]), 1)
        rows = races.known_races("xe_svm_close / kfree # a reason\n")
        self.assertEqual(len(races.sort(race("xe_svm_close", "kfree"), rows)[0]), 1)

    def test_err_without_a_reason(self):
        """The file says why, line by line."""
        for _, why in races.known_races(races.read(races.KNOWN)):
            self.assertTrue(why)
        with self.assertRaises(ValueError):
            races.known_races("a / b\n")

    def test_err_functions_are_known(self):
        """The series is not without functions, and stock ones are not its own."""
        names = races.functions_of_series()
        self.assertTrue({"xe_svm_fault_service", "xe_svm_extents_find", "xe_pt_hold"} <= names)
        self.assertFalse({"xe_vm_lookup", "if", "return"} & names)


unittest.main()
