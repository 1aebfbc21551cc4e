#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Guests that start by PV-GRUB of Debian's grub-xen-host, configs/pv-grub.xml: to its prompt, to a menu,
and from there to the kernel that lies on the guest's disk.

pv_grub.py HYPERVISOR
"""

import glob
import os
import shutil
import subprocess
import sys
import tempfile

import control
import guests
import machine

MENU = """set timeout=-1
menuentry 'Stay' { sleep 1 }
menuentry 'Power off' --hotkey=o { halt }
"""
KERNEL_MENU = """set timeout=1
menuentry 'First' {
    linux /boot/vmlinuz root=/dev/xvda console=hvc0 menu=first
    initrd /boot/initrd.img
}
menuentry 'Second' { halt }
"""
INIT = """#!/bin/busybox sh
/bin/busybox mkdir /proc
/bin/busybox mount -t proc proc /proc
/bin/busybox sed 's/.*root=/PARAPET-GUEST root=/; s/ console=hvc0//' /proc/cmdline
exec /bin/busybox poweroff -f
"""


def make_disk(folder, name, files, size):
    tree = os.path.join(folder, name + ".tree")
    os.makedirs(tree)
    for path, content in files.items():
        full = os.path.join(tree, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        if os.path.exists(content):
            shutil.copy(content, full)
        else:
            with open(full, "w", encoding="ascii") as file:
                file.write(content)
    subprocess.run(("mke2fs", "-q", "-t", "ext4", "-d", tree, os.path.join(folder, name), size),
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shutil.rmtree(tree)


def make_files(folder):
    root, packages = os.path.join(folder, "root"), os.path.join(folder, "packages")
    disks = os.path.join(root, "check", "disks")
    os.makedirs(disks)
    os.makedirs(packages)
    guests.unpack("linux-image-6.*", packages)
    guests.unpack("busybox-static", packages)
    kernel, = glob.glob(f"{packages}/boot/vmlinuz-*")
    guests.write_initrd(os.path.join(folder, "guest.img"), packages, INIT, modules=())
    make_disk(disks, "blank", {}, "1M")
    make_disk(disks, "menu", {"boot/grub/grub.cfg": MENU}, "1M")
    make_disk(disks, "kernel", {"boot/grub/grub.cfg": KERNEL_MENU, "boot/vmlinuz": kernel,
                                "boot/initrd.img": os.path.join(folder, "guest.img")}, "16M")
    shutil.copy(os.path.join(machine.ROOT, "configs", "pv-grub.xml"), f"{root}/check/pv-grub.xml")
    return root


def starts(domain):
    result = domain.check("pv_grub", options="dom0_mem=448M", limit_s=1200)
    control.must_hold(result, (
        "PV-GRUB has its prompt", "it does what is typed", "it sees the disk",
        "PV-GRUB has its menu", "the menu does what is chosen",
        "it starts the kernel on the disk"))


def main():
    control.need()
    machine.need("mke2fs")
    with tempfile.TemporaryDirectory() as folder:
        domain = control.ControlDomain(control.initrd(folder, (make_files(folder),)))
        return machine.run_cases([("prompt, menu, kernel on the disk", lambda: starts(domain))],
                                 lambda action: action())


if __name__ == "__main__":
    sys.exit(main())
