#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""image.py - make the small guest that the VM tests boot.

usage: image.py DIR

Leaves in DIR:  vmlinuz, initramfs (busybox, the network modules, init) and
the kernel's Debian package, which is only unpacked, never installed.  Nothing
here needs root: the package comes by `apt-get download`, the archive (with
its device node) is written by us.  Made once; made again when one of its
parts is newer.
"""

import fcntl
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The Debian package that depends on the kernel, and drivers to load from it.
CLOUD = ("linux-image-cloud-amd64", ("virtio_pci", "virtio_net"))
FULL = ("linux-image-amd64", ("virtio_pci", "virtio_net", "e1000"))
# For a guest that is a router, which loads what /modules/nat names.
NAT_MODULES = ("nft_chain_nat", "nft_masq")
BUSYBOX = Path("/bin/busybox")


class Missing(Exception):
    """Something that the guest is made of is not on this machine."""


class Image:
    """A guest that is ready to boot: two files and where they are."""

    def __init__(self, path):
        self.dir = Path(path)
        self.kernel = self.dir / "vmlinuz"
        self.initramfs = self.dir / "initramfs"


def make(path, kernel=CLOUD):
    """Make the guest with @kernel in @path unless it is there."""
    if platform.machine() != "x86_64":
        raise Missing("the test guest exists for x86_64 only")
    if not is_static(BUSYBOX):
        raise Missing("no static busybox: apt-get install busybox-static")
    image = Image(path)
    image.dir.mkdir(parents=True, exist_ok=True)
    with open(image.dir / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_fresh(image):
            build(image, *kernel)
    return image


def is_static(path):
    """A program that needs no shared library (no PT_INTERP segment)."""
    try:
        return b"/ld-linux" not in path.read_bytes()[:4096]
    except OSError:
        return False


def is_fresh(image):
    parts = (HERE / "init", HERE / "udhcpc.script", Path(__file__), BUSYBOX)
    if not (image.kernel.exists() and image.initramfs.exists()):
        return False
    made = image.initramfs.stat().st_mtime
    return all(p.stat().st_mtime <= made for p in parts)


def build(image, meta, drivers):
    tree = image.dir / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    run(["dpkg", "-x", kernel_package(image.dir, meta), tree])
    kernel = next(iter((tree / "boot").glob("vmlinuz-*")))
    version = kernel.name.removeprefix("vmlinuz-")
    run([BUSYBOX, "depmod", "-b", tree, version])
    modules = [load_order(tree / "lib/modules" / version, names)
               for names in (drivers, NAT_MODULES)]
    shutil.copy(kernel, image.kernel)
    fresh = image.dir / "initramfs.new"
    with open(fresh, "wb") as out:
        fill(Cpio(out), *modules)
    fresh.rename(image.initramfs)
    shutil.rmtree(tree)


def add_programs(image, path, programs):
    """The same guest in @path with @programs in /bin.

    The kernel unpacks archives that follow each other, so theirs is appended.
    """
    more = Image(path)
    shutil.copy(image.kernel, more.kernel)
    shutil.copy(image.initramfs, more.initramfs)
    with open(more.initramfs, "ab") as out:
        out.write(b"\0" * (-out.tell() % 512))
        cpio = Cpio(out)
        for program in map(Path, programs):
            add_program(cpio, program)
        cpio.add("TRAILER!!!", 0)
    return more


def add_program(cpio, program):
    """In /bin; with what ldd(1) tells of it in a directory of its own.

    Not in the usual places, where busybox's own C library would look, too.
    """
    name, data = program.name, program.read_bytes()
    if is_static(program):
        cpio.add(f"bin/{name}", 0o100755, data)
        return
    home, loader = f"opt-{name}", None
    cpio.add(home, 0o040755)
    cpio.add(f"{home}/{name}", 0o100755, data)
    for word in run(["ldd", program]).split():
        if word.startswith("/"):
            library = Path(word)
            cpio.add(f"{home}/{library.name}", 0o100755, library.read_bytes())
            if library.name.startswith("ld-linux"):
                loader = library.name
    start = f"#!/bin/sh\nexec /{home}/{loader} --library-path /{home} " \
        f'/{home}/{name} "$@"\n'
    cpio.add(f"bin/{name}", 0o100755, start.encode())


def kernel_package(where, meta):
    """The kernel's .deb in @where, fetched when it is not there yet."""
    have = sorted(where.glob("linux-image-*.deb"))
    if have:
        return have[-1]
    name = kernel_package_name(meta)
    part = where / "part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    as_root = ["-o", "APT::Sandbox::User=root"] if os.geteuid() == 0 else []
    run(["apt-get", *as_root, "-q", "download", name], cwd=part)
    deb = next(iter(part.glob("*.deb")))
    deb = deb.rename(where / deb.name)
    part.rmdir()
    return deb


def kernel_package_name(meta):
    if not shutil.which("apt-cache"):
        raise Missing(f"no apt here: lay a {meta} package into the cache")
    out = run(["apt-cache", "depends", meta])
    for line in out.splitlines():
        word = line.split()
        if word[:1] == ["Depends:"] and word[1].startswith("linux-image-"):
            return word[1]
    raise Missing(f"apt does not know {meta}: apt-get update")


def load_order(where, names):
    """Files of modules and all they need, each after what it needs."""
    needs = {}
    for line in (where / "modules.dep").read_text().splitlines():
        path, _, deps = line.partition(":")
        needs[Path(path).stem.replace("-", "_")] = (path, deps.split())
    order = []

    def visit(name):
        path, deps = needs[name]
        for dep in deps:
            visit(Path(dep).stem.replace("-", "_"))
        if where / path not in order:
            order.append(where / path)

    for name in names:
        visit(name)
    return order


class Cpio:
    """Writer of the "newc" archive that the kernel unpacks."""

    def __init__(self, out):
        self.out = out
        self.ino = 0

    def add(self, name, mode, data=b"", rdev=(0, 0)):
        name = name.encode() + b"\0"
        self.ino += 1
        fields = (self.ino, mode, 0, 0, 1, 0, len(data), 0, 0, *rdev,
                  len(name), 0)
        head = b"070701" + b"".join(b"%08x" % f for f in fields) + name
        self.out.write(head + b"\0" * (-len(head) % 4))
        self.out.write(data + b"\0" * (-len(data) % 4))


def fill(cpio, modules, nat_modules):
    for name in ("bin", "dev", "etc", "modules", "proc", "sys", "tmp", "www"):
        cpio.add(name, 0o040755)
    cpio.add("dev/console", 0o020600, rdev=(5, 1))
    cpio.add("bin/busybox", 0o100755, BUSYBOX.read_bytes())
    for applet in run([BUSYBOX, "--list"]).split():
        if applet != "busybox":
            cpio.add(f"bin/{applet}", 0o120777, b"busybox")
    cpio.add("init", 0o100755, (HERE / "init").read_bytes())
    script = (HERE / "udhcpc.script").read_bytes()
    cpio.add("etc/udhcpc.script", 0o100755, script)
    for file, names in (("order", modules), ("nat", nat_modules)):
        order = "".join(f"{m.name}\n" for m in names)
        cpio.add(f"modules/{file}", 0o100644, order.encode())
    for module in {*modules, *nat_modules}:
        cpio.add(f"modules/{module.name}", 0o100644, module.read_bytes())
    cpio.add("TRAILER!!!", 0)


def run(argv, cwd=None):
    """Run a tool; its output on success, Missing with its last words else."""
    argv = [str(a) for a in argv]
    try:
        done = subprocess.run(argv, cwd=cwd, text=True, timeout=300,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except FileNotFoundError:
        raise Missing(f"no {argv[0]} here") from None
    except subprocess.TimeoutExpired:
        raise Missing(f"{argv[0]} did not end") from None
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise Missing(f"{' '.join(argv[:2])}: {said[-1] if said else 'failed'}")
    return done.stdout


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        make(sys.argv[1])
    except Missing as why:
        sys.exit(f"image.py: {why}")
