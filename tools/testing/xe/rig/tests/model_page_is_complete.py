# SPDX-License-Identifier: GPL-2.0
"""Rule: MODEL.md names every knob and every counter it names exists."""

import os
import re
import unittest

MODEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../model")


def read(name):
    """A file of the model."""
    with open(os.path.join(MODEL, name)) as file:
        return file.read()


class Page(unittest.TestCase):
    """The page and the tables."""

    page = read("MODEL.md")

    def test_knobs(self):
        """All of them, spelt out."""
        knobs = re.findall(r"^KNOB\((\w+),", read("inject/knobs.def"), re.M)
        self.assertGreater(len(knobs), 10)
        self.assertEqual([], [knob for knob in knobs if f"`{knob}`" not in self.page])

    def test_counters(self):
        """Words in capitals with an underscore are counters, registers, commands or actions."""
        counters = set(re.findall(r"^EV\((\w+),", read("obs/events.def"), re.M))
        named = set(re.findall(r"\(([A-Z]+(?:_[A-Z]+)+)\)", self.page))
        self.assertGreater(len(named), 3)
        self.assertEqual(set(), named - counters)


unittest.main()
