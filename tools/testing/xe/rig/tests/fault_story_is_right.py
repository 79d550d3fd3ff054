# SPDX-License-Identifier: GPL-2.0
"""Rule: the report of a page fault matches the trace, and a trace without an end has none."""

import os
import subprocess
import sys
import tempfile
import unittest

RIG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(RIG, "lib"))
# pylint: disable=wrong-import-position
import fault_story  # noqa: E402

NAMES = "# engine 0 rcs0\n# engine 2 bcs0\n# knob 6 reorder_fault\n"


def met(time, page, asid, cookie, access="READ", engine=2):
    """What the model writes when an access faults."""
    who = engine << 32 | cookie
    return f"{time} FAULT {page:x} {asid << 32 | cookie:x}\n" \
           f"{time} FAULT_{access} {page:x} {who:x}\n{time} FAULT_NOT_PRESENT 1 {who:x}\n"


def reported(time, cookie, asid):
    """The message to the host."""
    return f"{time} G2H 90006002 {(cookie >> 4 | asid << 12) << 32 | (cookie & 15) << 28:x}\n"


def answered(time, cookie, page, refused=False):
    """The host's answer, and what it does."""
    end = "REFUSED" if refused else "SERVED"
    return f"{time} H2G 20006003 {cookie << 48 | (3 if refused else 1):x}\n" \
           f"{time + 5} FAULT_{end} {page:x} {cookie:x}\n"


PAGE = 0x7f0012345000


class Story(unittest.TestCase):
    """Traces of a few lines."""

    def setUp(self):
        self.file = tempfile.NamedTemporaryFile("w", suffix="trace")
        self.addCleanup(self.file.close)

    def faults(self, *parts):
        """Read a trace of these parts."""
        self.file.write(NAMES + "".join(parts))
        self.file.flush()
        return fault_story.Faults(self.file.name)

    def test_served(self):
        """Each step once, in order, with its time."""
        faults = self.faults("900 MMIO_READ 10 0\n", met(1000, PAGE, 7, 0x1234), reported(3000, 0x1234, 7),
                             "3500 MSI 0 0\n", "4000 MMIO_READ 10 0\n", "5000 IRQ_IDENTITY 19 0\n",
                             answered(9000, 0x1234, PAGE), "9900 MMIO_READ 10 0\n")
        fault, = faults.faults
        self.assertEqual((fault.met, fault.reported, fault.answered, fault.settled, fault.end),
                         (1000, 3000, 9000, 9005, "served"))
        story = faults.story(fault)
        self.assertIn("read of 0x7f0012345000 by bcs0, asid 7, no entry (level 1), cookie 0x1234", story[0])
        words = ("met", "reported", "interrupt sent", "takes GuC's interrupt", "go on", "access goes on",
                 "meanwhile: 1 register reads")
        self.assertEqual(len(story), 1 + len(words))
        for word, line in zip(words, story[1:]):
            self.assertIn(word, line)
        self.assertIn("8.0 us          +4.0", story[5])

    def test_err_refused(self):
        """The other answer."""
        faults = self.faults(met(0, PAGE, 7, 1, "WRITE", 0), reported(5, 1, 7), answered(10, 1, PAGE, True))
        self.assertEqual(faults.faults[0].end, "refused")
        self.assertIn("write of", faults.faults[0].title())
        self.assertIn("give up", faults.story(faults.faults[0])[3])

    def test_err_never_answered(self):
        """A trace that ends first; and a fault lost in a reset."""
        faults = self.faults(met(0, PAGE, 7, 1), reported(5, 1, 7))
        self.assertEqual(faults.faults[0].end, fault_story.NEVER)
        self.assertIn("never answered", faults.story(faults.faults[0])[-1])
        faults = self.faults("9 GPU_RESET 0 0\n")
        self.assertEqual(faults.faults[0].end, "lost in a reset")

    def test_order(self):
        """Two at once, answered the other way round, each with its own times."""
        faults = self.faults(met(0, PAGE, 7, 1), met(1, PAGE + 4096, 7, 2), "2 INJECT_FIRE 6 1\n",
                             reported(3, 2, 7), reported(4, 1, 7), answered(20, 2, PAGE + 4096),
                             answered(40, 1, PAGE))
        self.assertEqual([(f.reported, f.settled) for f in faults.faults], [(4, 45), (3, 25)])
        self.assertIn("knob reorder_fault fires", "\n".join(faults.story(faults.faults[0])))

    def test_cookie_again(self):
        """A cookie comes back for another fault; a page faults twice."""
        faults = self.faults(met(0, PAGE, 7, 1), answered(10, 1, PAGE), met(30, PAGE, 7, 1),
                             answered(40, 1, PAGE))
        self.assertEqual([f.settled for f in faults.faults], [15, 45])
        self.assertEqual(faults.faults[0].again, 1)
        self.assertIn("faults again", faults.story(faults.faults[0])[-1])

    def test_invalidation(self):
        """Reported when it covers the page in the same address space, not otherwise."""
        ranges = [(PAGE & ~0x1fffff, 7, 9), (PAGE, 8, 0), (PAGE + 4096, 7, 0)]
        lines = [f"{5 + i} TLB_INVAL_RANGE {start:x} {asid << 32 | order:x}\n"
                 for i, (start, asid, order) in enumerate(ranges)]
        faults = self.faults(met(0, PAGE, 7, 1), *lines, answered(10, 1, PAGE))
        text = "\n".join(faults.story(faults.faults[0]))
        self.assertEqual(text.count("TLB invalidation"), 1)
        self.assertIn("TLB invalidation of 2048 KiB", text)

    def test_acknowledgements(self):
        """By sequence number; a response with the same low bits is none."""
        faults = self.faults("0 H2G 20007000 5\n", "3 G2H f0007001 5\n", "10 G2H 90007001 5\n")
        self.assertEqual(faults.acks, [10])

    def test_two_gts(self):
        """A sequence number, a reset and an interrupt belong to one GT, which is in a cookie's bit 15."""
        faults = self.faults("0 H2G 20007000 5\n", "1 H2G 120007000 5\n", "3 G2H 190007001 5\n",
                             "10 G2H 90007001 5\n")
        self.assertEqual(faults.acks, [2, 10])
        faults = self.faults(met(20, PAGE, 7, 1), met(21, PAGE, 7, 0x8001, "WRITE", 4), reported(22, 1, 7),
                             reported(23, 0x8001, 7), "24 IRQ_IDENTITY 18 0\n",
                             f"25 TLB_INVAL_RANGE {PAGE:x} {7 << 32 | 1 << 8:x}\n",
                             "26 GPU_RESET 1 0\n", answered(30, 1, PAGE))
        self.assertEqual([fault.end for fault in faults.faults], ["served", "lost in a reset"])
        main, media = ("\n".join(faults.story(fault)) for fault in faults.faults)
        self.assertNotIn("takes GuC's interrupt", main)
        self.assertNotIn("TLB invalidation of", main)
        self.assertIn("takes GuC's interrupt", media)
        self.assertIn("TLB invalidation of 4 KiB", media)

    def test_program(self):
        """Choosing, summing up, and its exit status."""
        self.faults(met(0, PAGE, 7, 1), reported(5, 1, 7), answered(10, 1, PAGE), met(20, PAGE, 7, 2))

        def run(*args):
            done = subprocess.run([os.path.join(RIG, "bin", "trace"), *args], stdout=subprocess.PIPE, text=True,
                                  stderr=subprocess.DEVNULL, check=False)
            return done.returncode, done.stdout
        self.assertIn("2 page faults", run(self.file.name)[1])
        self.assertIn("1 served, 1 not answered", run(self.file.name)[1])
        self.assertEqual(run(self.file.name, "--address", hex(PAGE + 5))[1].count("fault "), 3)
        self.assertEqual(run(self.file.name, "--cookie", "2")[1].count(": not answered"), 1)
        self.assertEqual(run(self.file.name, "--fault", "2")[0], 1)
        self.assertEqual(run("/nonexistent")[0], 2)


unittest.main()
