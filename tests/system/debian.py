#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Debian 12 as a guest, configs/debian.xml: by PV-GRUB from a clone of the disk that ./run debian-image
makes, to its login, with systemd, network and clock, and down again, from inside and from outside.

debian.py HYPERVISOR
"""

import os
import shutil
import subprocess
import sys
import tempfile

import control
import machine

LIMIT_S = 7000
STATE_BYTES = 4 << 30
SAID = ("clones share their blocks", "debian has a login", "root is in",
        "systemd is up, no unit has failed", "it has two CPUs", "its clock is right",
        "its network is up", "it shuts down from inside", "other has a login",
        "it shuts down when asked", "the image is as it was", "the disk of debian is clean",
        "the disk of other is clean")


def image():
    """Made if it is not there."""
    path = control.built("debian", "debian.img")
    subprocess.run((sys.executable, "-B", os.path.join(machine.ROOT, "toolstack", "image",
                                                       "debian_image.py"), path), check=True)
    return path


def state_disk(folder):
    path = os.path.join(folder, "state.img")
    with open(path, "wb") as file:
        file.truncate(STATE_BYTES)
    subprocess.run(("mkfs.xfs", "-q", "-L", "state", path), check=True)
    return path


def make_files(folder):
    root = os.path.join(folder, "root")
    os.makedirs(os.path.join(root, "check"))
    shutil.copy(os.path.join(machine.ROOT, "configs", "debian.xml"), f"{root}/check/debian.xml")
    return root


def comes_and_goes(domain, disks):
    extra = []
    for path, words in disks:
        extra += ["-drive", f"file={path},if=virtio,format=raw,{words}"]
    result = domain.check("debian", "control.state=LABEL=state", options="dom0_mem=448M",
                          memory="2G", extra=extra, limit_s=LIMIT_S)
    control.must_hold(result, SAID)


def main():
    control.need()
    machine.need("mmdebstrap", "fakeroot", "mkfs.xfs")
    with tempfile.TemporaryDirectory(dir=control.built()) as folder:
        domain = control.ControlDomain(control.initrd(folder, (make_files(folder),)))
        disks = [(image(), "snapshot=on"), (state_disk(folder), "cache=unsafe")]
        return machine.run_cases([("to its login, and down", lambda: comes_and_goes(domain, disks))],
                                 lambda action: action())


if __name__ == "__main__":
    sys.exit(main())
