#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A Debian machine becomes a host, as docs/install.md says: on a disk with Debian and GRUB (BIOS) the
packages of ./run deb are installed, the machine is started through GRUB into the hypervisor, and makes
guests there.

install.py HYPERVISOR
"""

import glob
import os
import re
import struct
import subprocess
import sys
import tempfile

import control
import machine

sys.path.insert(0, os.path.join(machine.ROOT, "toolstack", "image"))
import debian_image  # pylint: disable=wrong-import-position

DISK_BYTES = 3 << 30
SECTOR, FIRST_SECTOR = 512, 2048
PACKAGES = ("linux-image-amd64 initramfs-tools zstd busybox systemd-sysv udev dbus iproute2 kmod procps "
            "grub-pc").split()
FINISH = """
chroot "$1" passwd -q -d root
: > "$1/etc/machine-id"
echo host > "$1/etc/hostname"
echo "/dev/vda1 / ext4 errors=remount-ro 0 1" > "$1/etc/fstab"
echo "GRUB_TIMEOUT=1" >> "$1/etc/default/grub"
"""
ANSWER_LIMIT_S = 1500
LIMIT_S = 3600


def packages():
    """Made anew of what is built."""
    subprocess.run((os.path.join(machine.ROOT, "debian", "make_packages.sh"), control.built()), check=True)
    return glob.glob(control.built("deb", "*.deb"))


def wanted_by(package):
    """The names of what a package depends on or recommends, but for those made here."""
    words = subprocess.run(("dpkg-deb", "-f", package, "Depends", "Recommends"), check=True,
                           capture_output=True, text=True).stdout
    names = re.findall(r"(?:^\w+: |, )([a-z0-9.+-]+)", words, re.M)
    return [name for name in names if not name.startswith("parapet-")]


def write_partition_table(path):
    """One partition of type Linux, from the first MiB to the end."""
    entry = struct.pack("<8BII", 0x80, 0xfe, 0xff, 0xff, 0x83, 0xfe, 0xff, 0xff, FIRST_SECTOR,
                        DISK_BYTES // SECTOR - FIRST_SECTOR)
    with open(path, "r+b") as file:
        file.seek(446)
        file.write(entry + bytes(48) + b"\x55\xaa")


def make_host(folder, debs):
    """A disk with Debian, whose GRUB is not yet on it, and its kernel and initrd as files."""
    tar, disk = os.path.join(folder, "root.tar"), os.path.join(folder, "host.img")
    names = dict.fromkeys(PACKAGES + [name for deb in debs for name in wanted_by(deb)])
    debian_image.make_tree(tar, names, (f"--customize-hook=copy-in {' '.join(debs)} /opt",
                                        f"--customize-hook={FINISH}"), debian_image.Progress())
    with open(disk, "wb") as file:
        file.truncate(DISK_BYTES)
    debian_image.make_disk(tar, disk, f"{(DISK_BYTES >> 10) - FIRST_SECTOR // 2}k", folder,
                           "-E", f"offset={FIRST_SECTOR * SECTOR}")
    write_partition_table(disk)
    subprocess.run(("tar", "-x", "-C", folder, "--wildcards", "-f", tar, "./boot/vmlinuz-*",
                    "./boot/initrd.img-*"), check=True)
    os.unlink(tar)
    kernel, = glob.glob(f"{folder}/boot/vmlinuz-*")
    initrd, = glob.glob(f"{folder}/boot/initrd.img-*")
    return disk, kernel, initrd


def log_in(terminal):
    terminal.expect("host login: ", ANSWER_LIMIT_S)
    terminal.type("root\r")
    terminal.expect("root@host:~# ", ANSWER_LIMIT_S)


def must_do(terminal, command):
    """Types a command, and waits for its end, which must be a good one."""
    terminal.type(f"{command}; echo ended=$?.\r")
    status = terminal.expect(r"ended=(\d+)\.", ANSWER_LIMIT_S)[1]
    if status != "0":
        text = machine.read_console(terminal.console)
        raise machine.Failure(f"{command} ended with {status}:\n{text[-2500:]}")


def install(terminal):
    log_in(terminal)
    must_do(terminal, "grub-install /dev/vda && update-grub")
    must_do(terminal, "dpkg -i /opt/*.deb")
    must_do(terminal, "test -s /boot/parapet/vmlinux-$(uname -r)")
    # Without a hypervisor the services stay away, and are no failure.
    must_do(terminal, "! systemctl is-active pvd && ! systemctl is-failed pvd")
    must_do(terminal, "sed -i s/BY_DEFAULT=no/BY_DEFAULT=yes/ /etc/default/parapet && update-grub")
    must_do(terminal, "grep -q 'set default=\"parapet\"' /boot/grub/grub.cfg")
    terminal.type("poweroff\r")


def use(terminal):
    """In the control domain: pvguest, and the machine's own kernel as a guest."""
    terminal.expect("Loaded by GRUB 2", ANSWER_LIMIT_S)
    log_in(terminal)
    must_do(terminal, "systemctl is-system-running --wait")
    must_do(terminal, "systemctl is-active pvd pvd-guests")
    must_do(terminal, "pvctl info")
    must_do(terminal, "cd /var/lib/parapet; truncate -s 8M pvguest.img linux.img; "
                      "ip link add xenbr0 type bridge && ip link set xenbr0 up; "
                      "cp /usr/share/doc/parapet-toolstack/examples/*.xml .")
    must_do(terminal, "pvctl create pvguest.xml && pvctl wait pvguest --for gone")
    must_do(terminal, "grep 'hello from user mode' /var/log/pvd/pvguest.log")
    must_do(terminal, "sed -i \"s#/boot/vmlinuz#&-$(uname -r)#; s#/boot/initrd.img#&-$(uname -r)#; "
                      "s#root=/dev/xvda ro#break=top#\" linux.xml")
    must_do(terminal, "pvctl create linux.xml")
    must_do(terminal, "until grep -q '(initramfs)' /var/log/pvd/linux.log; do sleep 1; done")
    must_do(terminal, "pvctl list && systemctl restart pvd && pvctl destroy linux")
    terminal.type("poweroff\r")


def becomes_a_host(folder):
    disk, kernel, initrd = make_host(folder, packages())
    # With a screen, for which Debian's GRUB sets up its menu.
    drive = ("-vga", "std", "-drive", f"file={disk},if=virtio,format=raw,cache=unsafe")
    settings = {"cpu": "max", "cpus": 2, "memory": "2G", "limit_s": LIMIT_S}
    machine.qemu(extra=(*drive, "-kernel", kernel, "-initrd", initrd, "-append",
                        "root=/dev/vda1 ro console=ttyS0"), dialog=install, **settings)
    result = machine.qemu(extra=drive, dialog=use, **settings)
    result.must_find("the control domain powers off")
    control.must_not_complain(result.text)


def main():
    control.need()
    machine.need("mmdebstrap", "fakeroot", "dpkg-buildpackage", "dh")
    with tempfile.TemporaryDirectory(dir=control.built()) as folder:
        return machine.run_cases([("packages, GRUB, guests", lambda: becomes_a_host(folder))],
                                 lambda action: action())


if __name__ == "__main__":
    sys.exit(main())
