# SPDX-License-Identifier: GPL-2.0
"""The model's trace (`--trace`), and the life of a page fault put together from it.

A trace is lines of `nanoseconds name a b` (hex), after `# engine <n> <name>` and `# knob <n>
<name>`. What a and b mean: `xe-model --list-counters`.
"""

import collections
import dataclasses

PAGE_FAULT, ANSWER = 0x6002, 0x6003
INVALIDATE, INVALIDATED = 0x7000, 0x7001
ANSWER_REFUSED = 2
GUC_SOURCE = (25, 24)        # bank 0, by GT
ACCESS = {"FAULT_READ": "read", "FAULT_WRITE": "write", "FAULT_ATOMIC": "atomic"}
KIND = {"FAULT_NOT_PRESENT": "no entry", "FAULT_NO_WRITE": "not writable",
        "FAULT_NO_ATOMIC": "no atomics"}
END = {"FAULT_SERVED": "served", "FAULT_REFUSED": "refused", "FAULT_ABORTED": "aborted"}
NEVER = "not answered"

Record = collections.namedtuple("Record", "time name a b")


def records(path, names=None):
    """All records of the file; names gets {"engine": {number: name}, "knob": ...}."""
    with open(path, errors="replace") as file:
        for line in file:
            words = line.split()
            if len(words) == 4 and words[0] == "#" and names is not None:
                names.setdefault(words[1], {})[int(words[2])] = words[3]
            elif len(words) == 4 and words[0].isdigit():
                yield Record(int(words[0]), words[1], int(words[2], 16), int(words[3], 16))


def message_cookie(record):
    """Of a page fault on its way to the host, or of the answer."""
    first, second = record.b & 0xffffffff, record.b >> 32
    if record.a & 0xffff == PAGE_FAULT:
        return first >> 28 | (second & 0xfff) << 4
    return second >> 16


def is_event(record, action):
    """A message of GuC of its own accord, not a response, whose low bits mean something else."""
    return record.name == "G2H" and record.a & 0xffff == action and record.a >> 28 & 7 == 1


def message_gt(record):
    """Whose GuC a message is from or for."""
    return record.a >> 32


@dataclasses.dataclass
class Fault:
    """From the access to what became of it; times are None while it has not come to that."""

    number: int
    page: int
    asid: int
    cookie: int
    met: int
    engine: str = "?"
    access: str = "?"
    kind: str = "?"
    level: int = 0
    reported: int = None     # message in the host's ring
    answered: int = None     # answer taken from the ring
    settled: int = None
    end: str = NEVER
    again: int = None        # number of the next fault on this page

    def gt(self):
        """Of its engine."""
        return self.cookie >> 15

    def title(self):
        """One line."""
        return f"fault {self.number}: {self.access} of 0x{self.page:012x} by {self.engine}, asid " \
               f"{self.asid}, {self.kind} (level {self.level}), cookie 0x{self.cookie:04x}: {self.end}"


class Faults:
    """All faults of a trace, in the order in which they were met."""

    def __init__(self, path):
        self.path, self.names = path, {}
        self.faults, self.counts = [], collections.Counter()
        self.acks = []                  # ns from a TLB invalidation to its acknowledgement
        self.first = self.last = None
        self.open, self.last_of_page, self.seqnos = {}, {}, {}
        for record in records(path, self.names):
            self.first = record.time if self.first is None else self.first
            self.last = record.time
            self.counts[record.name] += 1
            self.take(record)

    def engine(self, number):
        """Its name."""
        return self.names.get("engine", {}).get(number, f"engine {number}")

    def take(self, record):
        """One step of one fault, perhaps."""
        if record.name == "FAULT":
            self.meet(record)
        elif record.name in ACCESS or record.name in KIND:
            self.describe(record)
        elif record.name in END:
            self.settle(record)
        elif record.name == "H2G" and record.a & 0xffff == INVALIDATE:
            self.seqnos[message_gt(record), record.b & 0xffffffff] = record.time
        elif is_event(record, INVALIDATED):
            sent = self.seqnos.pop((message_gt(record), record.b & 0xffffffff), None)
            if sent is not None:
                self.acks.append(record.time - sent)
        elif is_event(record, PAGE_FAULT) or (record.name == "H2G" and
                                              record.a & 0xffff == ANSWER):
            fault = self.open.get(message_cookie(record))
            if fault:
                setattr(fault, "reported" if record.name == "G2H" else "answered", record.time)
        elif record.name in ("GPU_RESET", "GUC_RESET"):
            for fault in list(self.open.values()):
                if fault.gt() == record.a:
                    fault.settled, fault.end = record.time, "lost in a reset"
                    del self.open[fault.cookie]

    def meet(self, record):
        """A new one."""
        fault = Fault(len(self.faults), record.a & ~0xfff, record.b >> 32, record.b & 0xffff,
                      record.time)
        before = self.last_of_page.get((fault.asid, fault.page))
        if before:
            before.again = fault.number
        self.last_of_page[fault.asid, fault.page] = fault
        self.open[fault.cookie] = fault
        self.faults.append(fault)

    def describe(self, record):
        """What it was."""
        fault = self.open.get(record.b & 0xffff)
        if not fault:
            return
        fault.engine = self.engine(record.b >> 32)
        if record.name in ACCESS:
            fault.access = ACCESS[record.name]
        else:
            fault.kind, fault.level = KIND[record.name], record.a

    def settle(self, record):
        """Its end."""
        fault = self.open.pop(record.b & 0xffff, None)
        if fault:
            fault.settled, fault.end = record.time, END[record.name]

    def story(self, fault):
        """Lines: the fault's own steps, and what else happened meanwhile."""
        story = Story(self, fault)
        for record in records(self.path):
            if record.time > (fault.settled if fault.settled is not None else self.last):
                break
            if record.time >= fault.met:
                story.take(record)
        return story.lines()


class Story:
    """One fault's window of the trace."""

    MEANWHILE = {"MMIO_READ": "register reads", "MMIO_WRITE": "register writes",
                 "FAULT": "other faults", "H2G": "other requests of the host",
                 "G2H": "other messages to the host", "CONTEXT_LOAD": "context loads"}

    def __init__(self, faults, fault):
        self.faults, self.fault = faults, fault
        self.steps, self.meanwhile = [], collections.Counter()
        self.reported = set()

    def step(self, record, text, once=None):
        """A line; once: only the first of its kind."""
        if once and once in self.reported:
            return
        self.reported.add(once)
        self.steps.append((record.time, text))

    def take(self, record):
        """Is it a step of this fault?"""
        if not self.own(record) and record.name in self.MEANWHILE:
            self.meanwhile[self.MEANWHILE[record.name]] += 1

    def own(self, record):
        """True: yes."""
        cookie, name = self.fault.cookie, record.name
        if name == "FAULT" and record.b & 0xffff == cookie:
            self.step(record, "met by the access, which waits", "met")
        elif is_event(record, PAGE_FAULT) and message_cookie(record) == cookie:
            self.step(record, "reported: in the ring to the host", "reported")
        elif name == "H2G" and record.a & 0xffff == ANSWER and message_cookie(record) == cookie:
            refused = record.b & ANSWER_REFUSED
            self.step(record, f"answered by the host: {'give up' if refused else 'go on'}")
        elif name in END and record.b & 0xffff == cookie:
            self.step(record, {"FAULT_SERVED": "the access goes on",
                               "FAULT_REFUSED": "the context is killed (CAT error)",
                               "FAULT_ABORTED": "its queue was disabled or reset"}[name])
        elif name == "FAULT_COPY" and record.a == cookie:
            self.step(record, f"reported twice (injected), the copy as cookie 0x{record.b:04x}")
        elif name == "FAULT_ANSWER_PASSED" and record.a == cookie:
            self.step(record, "its answer let another one go first (injected)")
        else:
            return self.around(record)
        return True

    def around(self, record):
        """What is not its own, but has to do with it."""
        if record.name == "MSI" and "reported" in self.reported:
            self.step(record, "interrupt sent", "interrupt")
        elif record.name == "IRQ_IDENTITY" and record.a == GUC_SOURCE[self.fault.gt()] and "reported" in self.reported:
            self.step(record, "the host takes GuC's interrupt", "taken")
        elif record.name == "INJECT_FIRE":
            knob = self.faults.names.get("knob", {}).get(record.a, record.a)
            self.step(record, f"knob {knob} fires")
        elif record.name == "TLB_INVAL_RANGE" and self.covers(record):
            size = 4096 << (record.b & 0xff)
            self.step(record, f"TLB invalidation of {size >> 10} KiB around it")
        elif self.ends_all(record):
            self.step(record, record.name.lower().replace("_", " "))
        else:
            return False
        return True

    def ends_all(self, record):
        """What all translations or contexts of its GT are lost to."""
        if record.name == "TLB_INVAL_REGISTER":
            return record.b == self.fault.gt()
        return record.name in ("TLB_INVAL_FULL", "GPU_RESET", "GUC_RESET") and record.a == self.fault.gt()

    def covers(self, record):
        """A range invalidation of this address space around the page, in the GT of its engine."""
        size = 4096 << (record.b & 0xff)
        start = record.a & ~(size - 1)
        return record.b >> 32 == self.fault.asid and \
            record.b >> 8 & 0xff == self.fault.gt() and start <= self.fault.page < start + size

    def lines(self):
        """The whole of it."""
        fault, yield_lines = self.fault, [self.fault.title()]
        before = fault.met
        for time, text in self.steps:
            yield_lines.append(f"  {(time - fault.met) / 1000:12.1f} us  "
                               f"{(time - before) / 1000:+12.1f}  {text}")
            before = time
        if fault.settled is None:
            yield_lines.append("  never answered in this trace")
        if self.meanwhile:
            yield_lines.append("  meanwhile: " + ", ".join(
                f"{number} {what}" for what, number in sorted(self.meanwhile.items())))
        if fault.again is not None:
            wait = self.faults.faults[fault.again].met - (fault.settled or fault.met)
            yield_lines.append(f"  the page faults again, {wait / 1000:.1f} us later: "
                               f"fault {fault.again}")
        return yield_lines
