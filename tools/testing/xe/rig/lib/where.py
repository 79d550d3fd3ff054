# SPDX-License-Identifier: GPL-2.0
"""Where things are, for the verbs written in Python; the twin of where.sh."""

import math
import os
import re
import signal
import subprocess
import sys
import time

RIG = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.normpath(os.path.join(RIG, "../../../.."))
OUT = os.path.join(TOP, "out")
TREE_XE = os.path.join(OUT, "tree/drivers/gpu/drm/xe")
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or
                     os.path.join(os.environ["HOME"], ".cache"), "xe-svm")
# Debian's own images, with our driver as a module of the package (scripts/deb-kernel).
DEBIAN = ("debian12", "debian13")
MADE = ("svm", "stock", "peer") + DEBIAN


class RigError(Exception):
    """The rig itself cannot do what was asked; the text says what to do about it."""


def verb_output(*argv):
    """Run a verb of this repository that prints one path, return the path."""
    try:
        done = subprocess.run(argv, cwd=TOP, stdout=subprocess.PIPE, text=True, check=False)
    except OSError as error:
        raise RigError(f"{os.path.relpath(argv[0], TOP)}: {error.strerror}") from error
    if done.returncode:
        raise RigError(f"{os.path.relpath(argv[0], TOP)} failed")
    return done.stdout.strip().splitlines()[-1]


def kernel_image(name, more=()):
    """KERNEL= as users write it: one of MADE, a bzImage, or a built kernel tree.

    svm-lockdep is svm with the fragment lockdep; KCONF=lockdep asks for the same, `more`
    names fragments the caller needs as well.
    """
    fragments = os.environ.get("KCONF", "").split() + list(more)
    if "/" not in name and not os.path.exists(name):
        image = os.path.join(OUT, "kernel", "-".join([name] + fragments), "bzImage")
        hint = f"make kernel KERNEL={name} makes it" if name in MADE else \
            f"expected {', '.join(MADE)}, a bzImage or a kernel tree"
    elif os.path.isdir(name):
        build = "-".join(["build-rig"] + fragments)
        image = os.path.join(name, build, "arch/x86/boot/bzImage")
        if not fragments and not os.path.exists(image):
            image = os.path.join(name, "arch/x86/boot/bzImage")
        hint = f"make kernel KERNEL={name} makes it"
    else:
        image, hint = name, "no such file"
    if not os.path.exists(image):
        raise RigError(f"no kernel image for KERNEL={name}: {hint}")
    return os.path.abspath(image)


def build_kernel(name, more):
    """Have the kernel with the fragments a list needs; quick when it is there."""
    fragments = os.environ.get("KCONF", "").split() + list(more)
    done = subprocess.run([os.path.join(TOP, "scripts", "kernel")], cwd=TOP, check=False,
                          env=dict(os.environ, KERNEL=name, KCONF=" ".join(fragments)))
    if done.returncode:
        raise RigError(f"KERNEL={name} KCONF='{' '.join(fragments)}' does not build")


def kernel_source(image):
    """What scripts/kernel noted about an image it built; empty for any other."""
    try:
        with open(os.path.join(os.path.dirname(image), "source")) as file:
            return file.read().strip()
    except OSError:
        return ""


def axes():
    """Fragments of the kernel that KCONF asks for, and of those what they say of themselves."""
    names, notes = os.environ.get("KCONF", "").split(), {}
    for name in names:          # grows by what the fragments bring with them
        try:
            with open(os.path.join(RIG, "data", "kconfig", f"{name}.config")) as file:
                notes[name] = dict(re.findall(r"^# (\w+): (.*)", file.read(), re.M))
        except OSError:
            continue
        names += [other for other in notes[name].get("With", "").split() if other not in names]
    return notes


def slowness():
    """How many times slower the kernel that KCONF asks for is."""
    return math.prod(float(note.get("Slower", 1)) for note in axes().values())


def new_run(verb):
    """Make out/run/<verb>-<when>-<pid>, or RIG_RUN of it; point out/run/last at it."""
    name = os.environ.get("RIG_RUN") or \
        f"{verb}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    path = os.path.join(OUT, "run", name)
    os.makedirs(path)
    link = os.path.join(OUT, "run", "last")
    try:
        temporary = f"{link}.{os.getpid()}"
        os.symlink(name, temporary)
        os.replace(temporary, link)
    except OSError:
        pass
    return path


def shown(path):
    """A path as the user can type it."""
    relative = os.path.relpath(path, os.getcwd())
    return relative if not relative.startswith("../..") else path


def main(function):
    """Run a verb; a RigError ends it with its message and status 2."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(function())
    except RigError as error:
        sys.stdout.flush()
        print(f"{os.path.basename(sys.argv[0])}: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
