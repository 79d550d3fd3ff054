# SPDX-License-Identifier: GPL-2.0
"""Rule: from figures to medians, ratios, verdicts, table and chart, no value is lost, changed or invented."""

import os
import sys
import unittest
import xml.dom.minidom

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../lib"))
# pylint: disable=wrong-import-position
import bench_table  # noqa: E402
from bench_table import Row  # noqa: E402


class Figures(unittest.TestCase):
    """What programs print."""

    def test_lines(self):
        """Three words or more; anything else is for people."""
        text = "a_1 2.5 us\nwarming up\nb -1e+06 bytes per GiB\nC 1 us\nd x us\ne 1\n"
        self.assertEqual(bench_table.figures(text), {"a_1": (2.5, "us"), "b": (-1e6, "bytes per GiB")})

    def test_median(self):
        """Of the boots, each kernel by itself; a kernel without samples has no figure."""
        row, other = bench_table.fill([Row("k", "q"), Row("l", "q")],
                                      {"k": [(9.0, "us"), (1.0, "us"), (2.0, "us")]}, {"l": [(4.0, "us")]})
        self.assertEqual((row.ours, row.peer, row.unit), (2.0, None, "us"))
        self.assertEqual((other.ours, other.peer), (None, 4.0))


class Verdicts(unittest.TestCase):
    """Row by row."""

    def verdict(self, goal, ours, peer=None):
        """Of one row."""
        return Row("k", "q", goal, "us", ours, peer).verdict

    def test_ratio(self):
        """Ours by the peer's, not the other way round."""
        self.assertEqual(Row("k", "q", ours=1.0, peer=4.0).ratio, 0.25)
        self.assertEqual(self.verdict("ratio <= 0.5", 5.0, 10.0), "met")
        self.assertEqual(self.verdict("ratio <= 0.5", 5.1, 10.0), "not met")
        self.assertEqual(self.verdict("ratio <= 0.5", 10.0, 5.0), "not met")

    def test_ours(self):
        """The bound is in, on both sides; the peer has no say."""
        self.assertEqual(self.verdict("ours <= 10", 10.0, 1.0), "met")
        self.assertEqual(self.verdict("ours <= 10", 10.01), "not met")
        self.assertEqual(self.verdict("ours >= 1.8", 1.8), "met")
        self.assertEqual(self.verdict("ours >= 1.8", 1.79), "not met")

    def test_zero(self):
        """Nothing is divided by nothing; two nothings are alike."""
        self.assertIsNone(Row("k", "q", ours=1.0, peer=0.0).ratio)
        self.assertEqual(Row("k", "q", ours=0.0, peer=0.0).ratio, 1.0)
        self.assertEqual(self.verdict("ours <= 0", 0.0), "met")

    def test_err_missing(self):
        """What was not measured meets nothing."""
        self.assertEqual(self.verdict("ours <= 10", None), "not measured")
        self.assertEqual(self.verdict("ratio <= 0.5", None, 4.0), "not measured")
        self.assertEqual(self.verdict("ratio <= 0.5", 1.0), "no peer")

    def test_sums(self):
        """Rows without a goal are not counted."""
        rows = [Row("a", "q", "ours <= 1", ours=1.0), Row("b", "q", "ours <= 1", ours=2.0),
                Row("c", "q", "ratio <= 1", ours=2.0), Row("d", "q", ours=2.0)]
        self.assertEqual(bench_table.sums(rows), "1 of 3 goals met, 1 not met, 1 not decided")


class Shown(unittest.TestCase):
    """Table and chart."""

    ROWS = [Row("less", "how <much>", "ratio <= 0.5", "us", 1234.0, 4936.0), Row("none", "what", "ours <= 1")]

    def test_table(self):
        """A line a row, figures where they belong."""
        lines = bench_table.table(self.ROWS).splitlines()
        self.assertEqual(lines[2], "| how <much> | us | 1,234 | 4,936 | 0.25 | ratio <= 0.5 | met |")
        self.assertEqual(lines[3], "| what |  | - | - | - | ours <= 1 | not measured |")

    def test_numbers(self):
        """Small ones keep their digits."""
        self.assertEqual([bench_table.number(value) for value in (0.0, 0.00105, 0.999, 12.34, 353561.0, None)],
                         ["0", "0.00105", "0.999", "12.3", "353,561", "-"])

    def test_chart(self):
        """XML with a bar for each ratio, to the left of 1 where ours is less."""
        rows = self.ROWS + [Row("more", "q", ours=3.0, peer=1.0)]
        image = xml.dom.minidom.parseString(bench_table.chart(rows, "a & b"))
        bars = [bar for bar in image.getElementsByTagName("rect") if bar.getElementsByTagName("title")]
        one = bench_table.place(1)
        spans = [(int(bar.getAttribute("x")), int(bar.getAttribute("width"))) for bar in bars]
        self.assertEqual(len(bars), 2)
        self.assertAlmostEqual(sum(spans[0]), one, delta=1.5)
        self.assertAlmostEqual(spans[1][0], one, delta=1.5)
        self.assertLess(bench_table.place(0.1), bench_table.place(0.2))


class Questions(unittest.TestCase):
    """questions.toml."""

    def test_ours_are_understood(self):
        """The file in the tree, and a program for each of its sections and the other way round.

        A program that reports no figure (fault_rounds, for rig/bin/profile) has no question.
        """
        bench = os.path.join(HERE, "../bench")
        with open(os.path.join(bench, "questions.toml")) as file:
            programs = bench_table.questions(file.read())
        sources = set()
        for name in os.listdir(bench):
            if name.endswith(".c"):
                with open(os.path.join(bench, name)) as file:
                    if "\treport(" in file.read():
                        sources.add(name[:-2])
        self.assertEqual(sources, set(programs))

    def test_err_nonsense(self):
        """A goal or guest nobody understands, a key that is asked for twice."""
        for text in ('[p]\nguest = "moon"\nrows = []',
                     '[p]\nguest = "plain"\nrows = [{key="a", asks="q", goal="ours < 1"}]',
                     '[p]\nguest = "plain"\nrows = [{key="a", asks="q"}, {key="a", asks="q"}]'):
            self.assertRaises(bench_table.BadQuestion, bench_table.questions, text)


unittest.main()
