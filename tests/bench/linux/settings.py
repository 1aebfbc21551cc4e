# SPDX-License-Identifier: MIT
"""Debian's kernel on the emulated machine: alone, as control domain of Parapet, and of Debian's Xen.

All have the same machine, kernel, memory and first process. Xen is optional: its package is fetched
by apt and unpacked into the build folder; where that fails, `missing` says why.
"""

import glob
import gzip
import os
import re
import selectors
import subprocess
import sys
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "toolstack", "image"))
import build as image_build  # noqa: E402  pylint: disable=wrong-import-position
import cpio  # noqa: E402  pylint: disable=wrong-import-position

MEMORY = "1024"
DOMAIN_MEMORY = "512M"
ICOUNT = ("-icount", "shift=0,sleep=off")
XEN_PACKAGE = "xen-hypervisor-4.17-amd64"
# Three times Ctrl-a gives the console to the hypervisor and back; c prints its counters.
ASK_FOR_COUNTERS = b"\x01\x01\x01c\x01\x01\x01"
LIMIT_S = 900
SILENCE_S = 300


class Failure(Exception):
    """A machine did not do what the benchmark wants."""


class Files:
    """What is booted: all below the build folder."""

    def __init__(self, hypervisor):
        self.hypervisor = os.path.abspath(hypervisor)
        self.build = os.path.dirname(os.path.dirname(self.hypervisor))
        self.folder = os.path.join(self.build, "bench")
        os.makedirs(self.folder, exist_ok=True)
        self.vmlinux = os.path.join(self.build, "image", "vmlinux")
        self.image_initrd = os.path.join(self.build, "image", "initrd.zst")
        self.vmlinuz = self._vmlinuz()
        self.initrd = self._initrd("init")
        self.start_initrd = self._initrd("bench_init", self.image_initrd)
        self.xen, self.xen_missing = self._xen()

    def _vmlinuz(self):
        packages = glob.glob(os.path.join(self.build, "image", "packages", "linux-image-*.deb"))
        if not packages:
            raise Failure("the control domain's image is missing: build the target `image`")
        newest = max(packages, key=os.path.getmtime)
        return self._from_package(newest, "./boot/vmlinuz-*", "vmlinuz")

    def _from_package(self, package, pattern, name):
        pipe = subprocess.Popen(("dpkg-deb", "--fsys-tarfile", package), stdout=subprocess.PIPE)
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            subprocess.run(("tar", "-x", "-O", "--wildcards", pattern), stdin=pipe.stdout, stdout=file,
                           check=True)
        pipe.communicate()
        return path

    def _initrd(self, name, followed_by=None):
        """The program, alone or before another archive."""
        program = os.path.join(self.build, "tests", "bench", "bench_operations")
        archive = cpio.Archive()
        archive.add("dev", 0o040755)
        archive.add("dev/console", 0o020600, device=(5, 1))
        archive.add_path(program, name)
        path = os.path.join(self.folder, f"{name}.cpio")
        with open(path, "wb") as file:
            content = archive.bytes()
            file.write(content + b"\0" * (-len(content) % 512))
            if followed_by:
                with open(followed_by, "rb") as rest:
                    file.write(rest.read())
        return path

    def _xen(self):
        try:
            known = image_build.descriptions([XEN_PACKAGE])
            package, = image_build.fetch([known[XEN_PACKAGE]], os.path.join(self.folder, "packages"))
            packed = self._from_package(package, "./boot/xen-*-amd64.gz", "xen.gz")
            path = os.path.join(self.folder, "xen")
            with gzip.open(packed) as source, open(path, "wb") as file:
                file.write(source.read())
            return path, None
        except (KeyError, SystemExit, OSError, subprocess.SubprocessError) as error:
            return None, f"no {XEN_PACKAGE} from apt here ({error})"


def command(setting, files, words, initrd, icount=True, extra=()):
    """The machine of a setting; @words: for the kernel."""
    machine = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "qemu64,-svm", "-smp", "1", "-m", MEMORY,
               "-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot", "-nic", "none",
               *(ICOUNT if icount else ()), *extra]
    if setting == "native":
        return machine + ["-kernel", files.vmlinuz, "-initrd", initrd,
                          "-append", f"console=ttyS0 quiet {words}"]
    modules = f" console=hvc0 quiet {words},{initrd}"
    if setting == "xen":
        return machine + ["-kernel", files.xen, "-initrd", files.vmlinuz + modules, "-append",
                          f"console=com1 com1=115200,8n1 dom0_mem={DOMAIN_MEMORY},max:{DOMAIN_MEMORY}"]
    return machine + ["-kernel", files.hypervisor, "-initrd", files.vmlinux + modules,
                      "-append", f"console=com1 com1=115200 dom0_mem={DOMAIN_MEMORY}"]


class Machine:
    """A running machine: its lines, and what is typed."""

    def __init__(self, arguments):
        self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.start = time.monotonic()
        self.text = ""
        self.silence_s, self.limit_s = SILENCE_S, LIMIT_S

    def type(self, keys):
        self.process.stdin.write(keys)
        self.process.stdin.flush()

    def lines(self):
        """(seconds since the start, line) as they come, until the machine is off."""
        rest = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while True:
                if (not selector.select(self.silence_s)
                        or time.monotonic() - self.start > self.limit_s):
                    raise Failure(f"nothing more came:\n{self.text[-1500:]}")
                bytes_read = self.process.stdout.read()
                now = time.monotonic() - self.start
                if not bytes_read:
                    return
                *whole, rest = (rest + bytes_read).split(b"\n")
                for line in whole:
                    line = line.decode(errors="replace").rstrip("\r")
                    self.text += line + "\n"
                    yield now, line

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def numbers_by_name(text):
    """What the key c prints: "12 names" each, added up over the CPUs, calls as "call 5"."""
    found = {}
    for count, name in re.findall(r"(\d+) ([A-Za-z][A-Za-z3 -]*)", text):
        found[name.strip()] = found.get(name.strip(), 0) + int(count)
    return found
