# SPDX-License-Identifier: GPL-2.0
"""Ioctls that may fail, each with its reason: lines of device, program, call and reason, tabs between."""

import fnmatch

from where import RigError, shown


class Probes:
    """Those of one device."""

    def __init__(self, path, device):
        self.rows, self.used = [], set()
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith("#"):
                continue
            cells = line.split("\t")
            if len(cells) != 4 or not all(cell.strip() for cell in cells):
                raise RigError(f"{shown(path)}:{number}: expected device, program, call and reason, tabs between")
            if cells[0] in ("*", device):
                self.rows.append((cells[1], cells[2]))

    def allows(self, program, call):
        """May it? And remember that it did."""
        rows = [row for row in self.rows if fnmatch.fnmatch(program, row[0]) and row[1] == call]
        self.used.update(rows)
        return bool(rows)

    def unused(self):
        """Rows that nothing needed."""
        return [f"{call} in {program}" for program, call in self.rows if (program, call) not in self.used]
