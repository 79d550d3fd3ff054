# SPDX-License-Identifier: GPL-2.0
"""From `key value unit` lines of benchmarks to medians, ratios, verdicts, a table and a chart. Text in, text out."""

import dataclasses
import math
import re
import statistics
import tomllib

LINE = re.compile(r"([a-z][a-z0-9_]*) (-?[0-9][0-9.e+-]*) (\S.*)")
GOAL = re.compile(r"(ours|ratio) (<=|>=) ([0-9.]+)")


@dataclasses.dataclass
class Row:
    """A question and its figures; ours and peer are None where nothing was measured."""

    key: str
    asks: str
    goal: str = ""
    unit: str = ""
    ours: float = None
    peer: float = None
    ours_only: bool = False

    @property
    def ratio(self):
        """Ours by the peer's; None where one is missing or nothing can be divided by it."""
        if self.ours is None or self.peer is None:
            return None
        if self.ours == self.peer:
            return 1.0
        return self.ours / self.peer if self.peer else None

    @property
    def verdict(self):
        """met, not met, or why neither is known."""
        if not self.goal:
            return ""
        what, sign, bound = GOAL.fullmatch(self.goal).groups()
        if self.ours is None:
            return "not measured"
        value = self.ours if what == "ours" else self.ratio
        if value is None:
            return "no peer"
        return "met" if (value <= float(bound) if sign == "<=" else value >= float(bound)) else "not met"


class BadQuestion(Exception):
    """questions.toml says what nobody understands."""


def questions(text):
    """program -> (guest, its rows); raises BadQuestion."""
    programs, seen = {}, set()
    for name, about in tomllib.loads(text).items():
        if about.get("guest") not in ("plain", "icount"):
            raise BadQuestion(f"{name}: guest is plain or icount")
        rows = [Row(**row) for row in about["rows"]]
        for row in rows:
            if row.goal and not GOAL.fullmatch(row.goal):
                raise BadQuestion(f"{row.key}: no goal: {row.goal}")
            if row.key in seen:
                raise BadQuestion(f"{row.key}: asked twice")
            seen.add(row.key)
        programs[name] = (about["guest"], rows)
    return programs


def figures(text):
    """key -> (value, unit) of a program's output; lines of any other form are for people."""
    found = {}
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        if match:
            found[match[1]] = (float(match[2]), match[3])
    return found


def median(samples):
    """Of the (value, unit) of several boots."""
    return statistics.median(value for value, _ in samples), samples[0][1]


def fill(rows, ours, peer):
    """Put the samples (key -> list of (value, unit)) into rows."""
    for row in rows:
        if ours.get(row.key):
            row.ours, row.unit = median(ours[row.key])
        if peer.get(row.key):
            row.peer, row.unit = median(peer[row.key])
    return rows


def number(value):
    """Four digits that mean something, thousands apart."""
    if value is None:
        return "-"
    if value and abs(value) < 1000:
        return f"{value:.3g}"
    return f"{value:,.0f}"


def table(rows):
    """Markdown."""
    lines = ["| question | unit | ours | peer | ratio | goal | |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        lines.append(f"| {row.asks} | {row.unit} | {number(row.ours)} | {number(row.peer)} | "
                     f"{number(row.ratio)} | {row.goal} | {row.verdict} |")
    return "\n".join(lines)


def sums(rows):
    """One line: how many goals are met."""
    verdicts = [row.verdict for row in rows if row.goal]
    text = f"{verdicts.count('met')} of {len(verdicts)} goals met, {verdicts.count('not met')} not met"
    open_ones = len(verdicts) - verdicts.count("met") - verdicts.count("not met")
    return text + (f", {open_ones} not decided" if open_ones else "")


WIDTH, LABEL, RATIO, LINE_HEIGHT, TOP = 1010, 420, 140, 22, 40
LOW, HIGH = -4, 1          # decades of the ratio's axis
COLORS = {"met": "#2a7", "not met": "#c52", "": "#89a", "no peer": "#89a", "not measured": "#89a"}


def place(ratio):
    """x of a ratio on the chart; what lies outside of the axis is at its end."""
    decade = math.log10(ratio) if ratio > 0 else LOW
    share = (min(max(decade, LOW), HIGH) - LOW) / (HIGH - LOW)
    return LABEL + share * (WIDTH - LABEL - RATIO)


def escaped(text):
    """For XML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def chart(rows, title):
    """SVG: a bar for each ratio, logarithmic; the line is 1, where both are alike."""
    rows = [row for row in rows if row.ratio is not None]
    height = TOP + LINE_HEIGHT * (len(rows) + 1)
    one = place(1)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             f'font-family="sans-serif" font-size="12">',
             f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
             f'<text x="8" y="18" font-size="14">{escaped(title)}</text>']
    for decade in range(LOW, HIGH + 1):
        x = place(10 ** decade)
        parts.append(f'<line x1="{x:.0f}" y1="{TOP - 6}" x2="{x:.0f}" y2="{height - 14}" '
                     f'stroke="{"#000" if decade == 0 else "#ddd"}"/>')
        parts.append(f'<text x="{x:.0f}" y="{height - 2}" text-anchor="middle">{10.0 ** decade:g}</text>')
    for index, row in enumerate(rows):
        y = TOP + index * LINE_HEIGHT
        left, right = sorted((place(row.ratio), one))
        parts.append(f'<text x="{LABEL - 8}" y="{y + 13}" text-anchor="end">{escaped(row.key)}</text>')
        parts.append(f'<rect x="{left:.0f}" y="{y + 2}" width="{max(right - left, 2):.0f}" height="14" '
                     f'fill="{COLORS[row.verdict]}"><title>{escaped(row.asks)}</title></rect>')
        parts.append(f'<text x="{WIDTH - RATIO + 6}" y="{y + 13}">{number(row.ratio)} {row.verdict}</text>')
    return "\n".join(parts + ["</svg>", ""])
