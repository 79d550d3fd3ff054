# SPDX-License-Identifier: GPL-2.0
"""One guest, one job: start model and QEMU, watch all three, collect, judge.

Whatever dies or hangs, run() returns in bounded time with an Outcome that says what.
"""

import argparse
import dataclasses
import os
import shutil
import subprocess
import time

import accelerator
import kernel_log
from processes import Model, Qemu, describe_exit
from where import DEBIAN, MADE, RIG, RigError, axes, kernel_image, shown, slowness, verb_output


# A second of a guest that counts instructions takes many of the host, more so of a busy one.
ICOUNT_SLOWNESS = 4


@dataclasses.dataclass
class Config:
    """What to boot. Immutable once the guest runs."""

    kernel: str = "svm"
    fragments: list = dataclasses.field(default_factory=list)   # of its configuration
    device: str = "lnl"          # lnl, bmg, none
    smp: int = 2
    memory: str = "4G"
    limit: int = 600             # seconds for the job
    silence: int = 60            # seconds without a heartbeat until the guest counts as hung
    append: str = ""             # more kernel command line
    strict: bool = False         # translations outlive a context load
    model: list = dataclasses.field(default_factory=list)     # more model options
    expected: list = dataclasses.field(default_factory=list)  # log lines to let through
    accel: str = ""
    slowness: float = dataclasses.field(default_factory=slowness)  # stretches every limit
    trace: bool = False          # of the model
    asan: bool = False           # the model that checks its own use of memory
    test_bar: bool = True        # counters and knobs that no real GPU has
    icount: bool = False         # guest time counts instructions
    qemu: list = dataclasses.field(default_factory=list)      # more options of QEMU
    nice: int = 0                # how far the guest gives way to the model
    root: str = ""               # what the guest mounts; the root of rig/bin/image by default

    def __post_init__(self):
        if self.icount:
            if self.accel == "kvm":
                raise RigError("--icount counts in TCG; it cannot be had with --accel kvm")
            self.accel, self.smp = "tcg", 1
            self.slowness *= ICOUNT_SLOWNESS
        for note in axes().values():    # a kernel that needs a machine of its own
            self.append = f"{note.get('Append', '')} {self.append}".strip()
            self.qemu = note.get("Qemu", "").split() + self.qemu

    def command_line(self):
        """Of the guest kernel."""
        return " ".join((
            "console=ttyS0 loglevel=7 log_buf_len=8M panic=-1 oops=panic",
            "unknown_nmi_panic=1 nokaslr no_timer_check" + (" norandmaps" if self.icount else ""),
            "xe.huc_firmware_path= xe.gsc_firmware_path=",
            "xe.force_probe=e20b" if self.device == "bmg" else "",
            f"rig_limit={self.limit * self.slowness:.0f}", self.append)).strip()


@dataclasses.dataclass
class Outcome:
    """How a run ended."""

    trouble: str = ""            # what of model, QEMU or guest died or hung; empty: none
    status: int = None           # of the job; None: it did not end
    timeout: bool = False        # the job was ended by its limit
    findings: list = dataclasses.field(default_factory=list)
    counters: dict = dataclasses.field(default_factory=dict)
    model_status: int = None
    output: str = ""
    version: str = ""            # of the kernel that ran, as it says itself

    def complaints(self):
        """Everything that makes the run fail, one line each."""
        lines = [self.trouble] if self.trouble else []
        if self.timeout:
            lines.append("the job exceeded its time limit")
        elif self.status:
            lines.append(f"the job failed: exit status {self.status}")
        lines += [f"kernel log: {kind}: {line}" for kind, line in self.findings[:10]]
        for name, words in (("UNIMPLEMENTED", "unimplemented event(s) in the model"),
                            ("ORACLE", "oracle hit(s) in the model: accesses a correct driver"
                                       " never causes")):
            if self.counters.get(name):
                lines.append(f"{self.counters[name]} {words}")
        if self.model_status and not lines:
            lines.append(f"the model: {describe_exit(self.model_status)}")
        return lines

    def exit_status(self):
        """0 fine, 1 the job failed, 3 something died or hung, 4 log or model complained."""
        if self.trouble or self.timeout:
            return 3
        if self.status:
            return 1
        return 4 if self.complaints() else 0


class Guest:
    """Use: Guest(run, config).run_job(script). Files of the job are put into .share."""

    BOOT_LIMIT = 90
    BOOT_LIMIT_DEBIAN = 240      # its image does a lot before the first process
    OFF_LIMIT = 40               # after the job

    def __init__(self, run, config):
        self.dir = run
        self.config = config
        self.share = os.path.join(run, "share")
        os.makedirs(self.share, exist_ok=True)
        self.kernel = kernel_image(config.kernel, config.fragments)
        self.boot_limit = self.BOOT_LIMIT_DEBIAN if config.kernel in DEBIAN else self.BOOT_LIMIT
        modules = self.bring_modules()
        self.initramfs = verb_output(os.path.join(RIG, "bin", "initramfs"), *modules)
        config.accel = config.accel or accelerator.choose(self.kernel, self.initramfs)
        self.qemu = Qemu(run, self.kernel, self.initramfs, config)
        self.model = None
        if config.device != "none":
            flags = ["--strict"] * config.strict + ["--test-bar"] * config.test_bar
            self.model = Model(run, ["--device", config.device] + flags +
                               (["--trace", os.path.join(run, "trace")] if config.trace else []) +
                               config.model, "model-asan" if config.asan else os.environ.get("RIG_MODEL", "model"))
        self.outcome = Outcome()
        self.seen = 0            # bytes of output handed on

    def bring_modules(self):
        """Beside the image, or at the top of the build directory of a kernel tree.

        Returns the directory in a list, an empty one if there is none.
        """
        for place in (".", "../../.."):
            modules = os.path.join(os.path.dirname(self.kernel), place, "modules")
            if os.path.isdir(modules):
                # Links to the headers, which Debian's kernels have, lead nowhere here.
                shutil.copytree(modules, os.path.join(self.share, "modules"), symlinks=True)
                return [modules]
        return []

    def put(self, path, name=None):
        """Copy a file into the share; the job finds it at /mnt/<name>."""
        shutil.copy(path, os.path.join(self.share, name or os.path.basename(path)))

    def run_job(self, script, on_output=None):
        """Run the shell script in the guest; on_output gets text as it comes."""
        if self.config.icount:
            self.put(os.path.join(RIG, "guest", "instructions"))
        with open(os.path.join(self.share, "job"), "w") as file:
            file.write(script)
        try:
            if self.model:
                self.model.start()
            self.qemu.start(self.share, self.model and self.model.socket)
            self.outcome.trouble = self.watch(on_output) or ""
        finally:
            self.stop()
        self.hand_on(on_output)
        self.judge()
        return self.outcome

    def watch(self, on_output):
        """Until QEMU is gone or something is wrong; returns what."""
        start = time.monotonic()
        total = (self.boot_limit + self.config.limit + self.OFF_LIMIT) * self.config.slowness
        while True:
            self.hand_on(on_output)
            if self.qemu.process.poll() is not None:
                return self.after_qemu()
            if self.model and self.model.process.poll() is not None:
                if not self.goes_down():
                    return f"the model died: {describe_exit(self.model.process.returncode)}: " \
                           f"{self.model.last_words()}"
            trouble = self.silence(start)
            if trouble:
                return trouble
            if time.monotonic() - start > total:
                return f"the guest did not end in {total:.0f} s"
            time.sleep(0.05)

    def goes_down(self):
        """The model ends when QEMU closes the socket: was that it?"""
        try:
            self.qemu.process.wait(timeout=5)
            return True
        except subprocess.TimeoutExpired:
            return False

    def after_qemu(self):
        """QEMU is gone: was the guest done?"""
        if self.result("status"):
            return None
        if self.model:
            try:
                self.model.process.wait(timeout=3)
            except subprocess.TimeoutExpired:
                pass
            code = self.model.process.returncode
            if code is not None and (code < 0 or code not in (0, 3, 4)):
                return f"the model died: {describe_exit(code)}: {self.model.last_words()}"
        code = self.qemu.process.returncode
        if code:
            return f"QEMU died: {describe_exit(code)}: {self.qemu.last_words()}"
        lines = kernel_log.read(self.qemu.console).strip().splitlines()
        # The guest's first process says what it could not do before it turns the machine off.
        last = [line for line in lines if line.startswith("rig: init:")][-1:] or lines[-1:]
        panic = kernel_log.findings(kernel_log.read(self.qemu.console))
        if panic:
            return f"the guest crashed: {panic[0][1]}"
        return f"the guest went away without ending its job; last line: {' '.join(last)}"

    def silence(self, start):
        """Heartbeat missing: who hangs?"""
        try:
            quiet = time.time() - os.stat(os.path.join(self.share, "heartbeat")).st_mtime
            limit, what = self.config.silence, "no sign of life"
        except OSError:
            quiet, limit, what = time.monotonic() - start, self.boot_limit, "no boot"
        limit *= self.config.slowness
        if quiet < limit:
            return None
        if self.model and not self.model.answers():
            return f"the model hangs: {what} of the guest in {limit:.0f} s, and it does not answer"
        self.qemu.nmi()
        return f"the guest hangs: {what} in {limit:.0f} s"

    def stop(self):
        """End everything; QEMU first, the model follows by itself."""
        if self.qemu.process:
            self.qemu.end(0.2)
        else:
            shutil.rmtree(self.qemu.sockets, ignore_errors=True)
        if not self.model:
            return
        if not self.model.process:
            shutil.rmtree(self.model.sockets, ignore_errors=True)
        elif not self.model.end(1 if self.outcome.trouble else 10) and not self.outcome.trouble:
            self.outcome.trouble = "the model did not end after QEMU had gone"

    def result(self, name):
        """A one-line file of the share."""
        try:
            with open(os.path.join(self.share, name)) as file:
                return file.read().strip()
        except OSError:
            return ""

    def hand_on(self, on_output):
        """Pass new output of the job to the caller."""
        try:
            with open(os.path.join(self.share, "output"), "rb") as file:
                file.seek(self.seen)
                data = file.read()
        except OSError:
            return
        self.seen += len(data)
        if data and on_output:
            on_output(data.decode(errors="replace"))

    def judge(self):
        """Fill the outcome from what was collected."""
        outcome = self.outcome
        status = self.result("status")
        outcome.timeout = status == "timeout"
        outcome.status = int(status) if status.isdigit() else None
        if outcome.status is None and not outcome.timeout and not outcome.trouble:
            outcome.trouble = "the job left no status"
        console = kernel_log.read(self.qemu.console)
        log = kernel_log.read(os.path.join(self.share, "kmsg")) or console
        outcome.version = kernel_log.version(console)
        outcome.findings = kernel_log.findings(log, self.config.expected)
        with open(os.path.join(self.share, "output"), "a+", errors="replace") as file:
            file.seek(0)
            outcome.output = file.read()
        if self.model:
            outcome.counters = self.model.counters()
            outcome.model_status = self.model.process and self.model.process.returncode


SWITCH = {"1": True, "0": False}


def add_options(parser):
    """The options every verb with a guest has."""
    parser.add_argument("--kernel", default=os.environ.get("KERNEL") or "svm",
                        help=f"{', '.join(MADE)}, a bzImage or a built kernel tree (default: svm)")
    parser.add_argument("--device", default=os.environ.get("DEVICE") or "lnl",
                        choices=("lnl", "bmg", "none"), help="the GPU (default: lnl)")
    parser.add_argument("--limit", type=int, default=600, help="seconds for the job")
    parser.add_argument("--silence", type=int, default=60,
                        help="seconds without a heartbeat until the guest counts as hung")
    parser.add_argument("--root", default="", metavar="DIR", help="the guest's root (default: rig/bin/image's)")
    parser.add_argument("--smp", type=int, default=2, help="vCPUs")
    parser.add_argument("--memory", default="4G", help="guest RAM")
    parser.add_argument("--append", default="", help="more kernel command line")
    parser.add_argument("--accel", default="", choices=("", "tcg", "kvm"),
                        help="default: kvm if a boot on it works, else tcg")
    parser.add_argument("--strict", action=argparse.BooleanOptionalAction,
                        default=SWITCH.get(os.environ.get("STRICT")),
                        help="the model keeps translations over a context load; default: what is "
                             "run decides; STRICT=1 and STRICT=0 do the same")
    parser.add_argument("--icount", action="store_true",
                        help="one CPU, one ns of guest time per instruction: figures that repeat; "
                             "/mnt/instructions COMMAND prints how many COMMAND took")
    parser.add_argument("--model", default="", metavar="'OPTION...'",
                        help="more options for the model, with =: --model='--inject drop_reply=1 --seed 7'")
    parser.add_argument("--trace", action="store_true",
                        help="keep the model's trace beside its log; rig/bin/trace reads it")
    parser.add_argument("--asan", action="store_true",
                        help="the model that stops at wrong uses of memory: scripts/model --asan")
    parser.add_argument("--test-bar", action=argparse.BooleanOptionalAction, default=True,
                        help="BAR4 of the model, by which tests see its counters; a real GPU has none")
    parser.add_argument("--expect", action="append", default=[], metavar="REGEXP",
                        help="kernel log lines that are no finding")


def memory_size(text):
    """4G as QEMU takes it, in bytes."""
    number, unit = text[:-1], text[-1:].upper()
    if unit not in "MG" or not number.isdigit():
        raise RigError(f"memory of {text!r}: expected a number and M or G")
    return int(number) << {"M": 20, "G": 30}[unit]


def config_of(options, strict=False):
    """The Config of parsed options; strict says what is meant without --strict."""
    strict = strict if options.strict is None else options.strict
    return Config(strict=strict, kernel=options.kernel, device=options.device, limit=options.limit,
                  silence=options.silence, smp=options.smp, memory=options.memory, append=options.append,
                  accel=options.accel, icount=options.icount, model=options.model.split(),
                  expected=options.expect, trace=options.trace, asan=options.asan, test_bar=options.test_bar, root=options.root)


def report(outcome, run, out=print):
    """Print what went wrong and where to look."""
    complaints = outcome.complaints()
    for line in complaints:
        out(f"rig: {line}")
    if complaints:
        out(f"rig: logs: {shown(run)}/")


__all__ = ["Config", "Guest", "Outcome", "RigError", "add_options", "config_of", "memory_size", "report"]
