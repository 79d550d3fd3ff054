# SPDX-License-Identifier: GPL-2.0
"""QEMU and the model as child processes: start, look, end. Nothing here waits unbounded."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from where import OUT, RIG, RigError, verb_output


# Children die with the verb that started them, however it ends.
WITH_ME = ["setpriv", "--pdeathsig", "KILL", "--"]


def describe_exit(code):
    """Words for a return code of subprocess."""
    if code is None:
        return "still running"
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit status {code}"


def note_pid(run, name, process):
    """<run>/<name>.pid, for people and for the tests of the rig."""
    with open(os.path.join(run, f"{name}.pid"), "w") as file:
        file.write(f"{process.pid}\n")


def end(process, grace):
    """Make a child end: wait, SIGTERM, SIGKILL. True if it ended by itself in time."""
    if process is None:
        return True
    for seconds, action in ((grace, None), (3, process.terminate), (3, process.kill)):
        if action:
            action()
        try:
            process.wait(timeout=seconds)
            return action is None
        except subprocess.TimeoutExpired:
            continue
    return False


class Model:
    """The emulated GPU."""

    START_LIMIT = 15

    def __init__(self, run, options, build="model"):
        self.run = run
        self.log = os.path.join(run, "model.log")
        self.counters_file = os.path.join(run, "counters")
        self.binary = os.path.join(OUT, build, "xe-model")
        self.sockets = tempfile.mkdtemp(prefix="xe-rig-")  # short: a socket path has 108 bytes
        self.socket = os.path.join(self.sockets, "gpu")
        self.options = options
        self.process = None

    def start(self):
        """Return when the socket is there."""
        if not os.access(self.binary, os.X_OK):
            raise RigError(f"no {self.binary}: see scripts/model --help")
        argv = [self.binary, "--socket", self.socket, "--log", self.log,
                "--counters", self.counters_file] + self.options
        with open(os.path.join(self.run, "model.argv"), "w") as file:
            file.write("\n".join(argv) + "\n")
        with open(os.path.join(self.run, "model.out"), "wb") as out:
            self.process = subprocess.Popen(WITH_ME + argv, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=subprocess.STDOUT)
        note_pid(self.run, "model", self.process)
        limit = time.monotonic() + self.START_LIMIT
        while not os.path.exists(self.socket):
            if self.process.poll() is not None:
                raise RigError(f"the model did not start: {describe_exit(self.process.returncode)}"
                               f": {self.last_words()}")
            if time.monotonic() > limit:
                raise RigError(f"the model made no socket in {self.START_LIMIT} s")
            time.sleep(0.02)

    def last_words(self):
        """The last line it wrote."""
        for name in ("model.out", "model.log"):
            try:
                with open(os.path.join(self.run, name), errors="replace") as file:
                    lines = file.read().strip().splitlines()
                if lines:
                    return lines[-1]
            except OSError:
                pass
        return "it printed nothing"

    def answers(self, limit=5):
        """Ask it to rewrite its counters; False if it does not in time."""
        before = self.counters_stamp()
        self.process.send_signal(signal.SIGUSR1)
        until = time.monotonic() + limit
        while time.monotonic() < until:
            if self.counters_stamp() != before:
                return True
            time.sleep(0.05)
        return False

    def counters_stamp(self):
        """Changes with every rewrite of the counters."""
        try:
            stat = os.stat(self.counters_file)
            return (stat.st_mtime_ns, stat.st_ino)
        except OSError:
            return None

    def counters(self):
        """Name -> value, as written last."""
        values = {}
        try:
            with open(self.counters_file) as file:
                for line in file:
                    name, _, value = line.partition(" ")
                    if value.strip().isdigit():
                        values[name] = int(value)
        except OSError:
            pass
        return values

    def end(self, grace):
        """It ends by itself when QEMU goes."""
        by_itself = end(self.process, grace)
        shutil.rmtree(self.sockets, ignore_errors=True)
        return by_itself


class Qemu:
    """The guest's machine, from the forky root but without chroot."""

    def __init__(self, run, kernel, initramfs, config):
        self.run = run
        self.root = verb_output(os.path.join(RIG, "bin", "image"))
        self.kernel = kernel
        self.initramfs = initramfs
        self.config = config
        self.console = os.path.join(run, "console.log")
        self.sockets = tempfile.mkdtemp(prefix="xe-rig-")
        self.monitor = os.path.join(self.sockets, "qmp")
        self.process = None

    def argv(self, share, gpu_socket):
        """The whole command line; also written to the run's directory."""
        lib = os.path.join(self.root, "usr/lib/x86_64-linux-gnu")
        config = self.config
        accel = "kvm" if config.accel == "kvm" else \
            f"tcg,thread={'single' if config.icount else 'multi'},tb-size=256"
        argv = [os.path.join(lib, "ld-linux-x86-64.so.2"), "--library-path", lib,
                os.path.join(self.root, "usr/bin/qemu-system-x86_64"),
                "-L", os.path.join(self.root, "usr/share/qemu"),
                "-L", os.path.join(self.root, "usr/share/seabios"),
                "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                "-machine", "q35,memory-backend=ram", "-accel", accel, "-cpu", "max",
                "-smp", str(config.smp), "-m", config.memory,
                "-object", f"memory-backend-memfd,id=ram,size={config.memory},share=on",
                "-serial", f"file:{self.console}",
                "-qmp", f"unix:{self.monitor},server=on,wait=off",
                "-kernel", self.kernel, "-initrd", self.initramfs,
                "-append", config.command_line()]
        if config.icount:   # 1 ns of guest time per instruction; an idle guest waits in real time
            argv += ["-icount", "shift=0,sleep=on"]
        argv += config.qemu
        for slot, tag, path, extra in ((16, "root", config.root or self.root, ",readonly=on"),
                                       (17, "share", share, "")):
            if path:
                # behind a port, so that it need not be reset when the guest sleeps, of
                # which the guest's 9p knows nothing
                argv += ["-fsdev", f"local,id={tag},path={path},security_model=none{extra}",
                         "-device", f"pcie-root-port,id=port-{tag},chassis={slot},addr={slot:#x}",
                         "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag},bus=port-{tag},"
                                    "x-pcie-pm-no-soft-reset=on"]
        if gpu_socket:      # where an integrated GPU is: 00:02.0
            argv += ["-device", json.dumps({
                "driver": "vfio-user-pci", "addr": "2", "x-msg-timeout": 600000,
                "socket": {"type": "unix", "path": gpu_socket}})]
        return argv

    def start(self, share, gpu_socket):
        """Start it; whether the guest boots is seen elsewhere."""
        argv = self.argv(share, gpu_socket)
        with open(os.path.join(self.run, "qemu.argv"), "w") as file:
            file.write("\n".join(argv) + "\n")
        environment = dict(os.environ, QEMU_MODULE_DIR=os.path.join(
            self.root, "usr/lib/x86_64-linux-gnu/qemu"))
        with open(os.path.join(self.run, "qemu.out"), "wb") as out:
            self.process = subprocess.Popen(WITH_ME + ["nice", "-n", str(self.config.nice)] + argv,
                                            stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=subprocess.STDOUT, env=environment)
        note_pid(self.run, "qemu", self.process)

    def last_words(self):
        """The last line QEMU itself wrote."""
        with open(os.path.join(self.run, "qemu.out"), errors="replace") as file:
            lines = file.read().strip().splitlines()
        return lines[-1] if lines else "it printed nothing"

    def nmi(self):
        """Make a hung guest print where its CPUs are; best effort, bounded."""
        try:
            with socket.socket(socket.AF_UNIX) as monitor:
                monitor.settimeout(2)
                monitor.connect(self.monitor)
                monitor.recv(4096)
                for command in ("qmp_capabilities", "inject-nmi"):
                    monitor.sendall(json.dumps({"execute": command}).encode())
                    monitor.recv(4096)
                time.sleep(2)
        except OSError:
            pass

    def end(self, grace):
        """Wait a little, then kill."""
        by_itself = end(self.process, grace)
        shutil.rmtree(self.sockets, ignore_errors=True)
        return by_itself
