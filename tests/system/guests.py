#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Guests in the control domain, from the files of configs/: pvguest, and Debian's kernel with a small
first file system, disk and network card. They come, work, are changed while they run, and go.

guests.py HYPERVISOR [PART OF A CASE'S NAME]
"""

import glob
import os
import subprocess
import sys
import tempfile

import control
import machine

from control import cpio  # pylint: disable=wrong-import-order

MODULES = ("xen-blkfront.ko", "xen-netfront.ko")
GUEST_INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /bin /sbin /proc /sys /dev /tmp
/bin/busybox --install -s /bin
export PATH=/sbin:/bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs devtmpfs /dev
ln -s /bin/busybox /sbin/real
printf '#!/bin/sh\\nexec /bin/busybox poweroff -f\\n' > /sbin/poweroff; chmod 755 /sbin/poweroff
echo "guest: user space"
case "$(cat /proc/cmdline)" in
*guest=crash*) echo c > /proc/sysrq-trigger;;
*guest=reboot*) reboot -f;;
esac
insmod /xen-blkfront.ko; insmod /xen-netfront.ko
until [ -e /dev/xvda ]; do usleep 100000; done
echo "guest: disk $(cat /sys/block/xvda/size) $(md5sum < /dev/xvda)"
echo "written by the guest" | dd of=/dev/xvda bs=512 seek=8 conv=sync,fsync 2> /dev/null
until [ -e /sys/class/net/eth0 ]; do usleep 100000; done
ip link set eth0 up; ip addr add 10.9.0.2/24 dev eth0
ping -c 3 10.9.0.1
memory() { sed -n 's/MemTotal: *\\([0-9]*\\).*/\\1/p' /proc/meminfo; }
before=$(memory)
echo "guest: ready"
while :; do
    usleep 300000
    for cpu in /sys/devices/system/cpu/cpu*/online; do
        [ "$(cat $cpu)" = 1 ] || echo 1 > $cpu 2> /dev/null
    done
    [ -n "$two" ] || [ "$(nproc)" != 2 ] || { two=1; echo "guest: 2 CPUs"; }
    [ -n "$grew" ] || [ "$(memory)" -le $((before + 20000)) ] || { grew=1; echo "guest: memory grew"; }
    [ -n "$gone" ] || [ -e /dev/xvda ] || { gone=1; echo "guest: disk gone"; }
done
"""


def package(name):
    return glob.glob(control.built("image", "packages", f"{name}_*.deb"))[0]


def unpack(name, folder):
    pipe = subprocess.Popen(("dpkg-deb", "--fsys-tarfile", package(name)), stdout=subprocess.PIPE)
    subprocess.run(("tar", "-x", "-C", folder), stdin=pipe.stdout, check=True)
    pipe.wait()


def make_files(folder):
    """The files of configs/, with a first file system for Linux that does what is tested here. The
    kernels are those of the image."""
    root, packages = os.path.join(folder, "root"), os.path.join(folder, "packages")
    os.makedirs(os.path.join(root, "check"))
    os.makedirs(packages)
    unpack("linux-image-6.*", packages)
    unpack("busybox-static", packages)
    for name in ("pvguest.xml", "linux.xml"):
        with open(os.path.join(machine.ROOT, "configs", name), encoding="ascii") as file:
            text = file.read().replace("/boot/initrd.img", "/check/guest-initrd.img")
        with open(f"{root}/check/{name}", "w", encoding="ascii") as file:
            file.write(text)
    write_initrd(f"{root}/check/guest-initrd.img", packages, GUEST_INIT)
    return root


def write_initrd(path, packages, init, modules=MODULES, programs=()):
    """A first file system of busybox and the first process @init, a script; @modules of the kernel and
    @programs (files) lie at its top."""
    archive = cpio.Archive()
    for name in ("bin", "dev", "etc"):
        archive.add(name, 0o040755)
    archive.add("dev/console", 0o020600, device=(5, 1))
    archive.add("init", 0o100755, init.encode("ascii"))
    archive.add_path(glob.glob(f"{packages}/**/bin/busybox", recursive=True)[0], "bin/busybox")
    for name in modules:
        archive.add_path(glob.glob(f"{packages}/**/{name}", recursive=True)[0], name)
    for program in programs:
        with open(program, "rb") as file:
            archive.add(os.path.basename(program), 0o100755, file.read())
    with open(path, "wb") as file:
        file.write(archive.bytes())


def part(domain, name, *lines):
    result = domain.check("guests", f"check.part={name}", options="dom0_mem=448M", limit_s=900)
    control.must_hold(result, lines)


def main():
    control.need()
    with tempfile.TemporaryDirectory() as folder:
        domain = control.ControlDomain(control.initrd(folder, (make_files(folder),)))
        cases = [
            ("pvguest, 20 times", lambda: part(domain, "pvguest", "pvguest came and went 20 times")),
            ("linux: disk, network, vCPUs, memory, the daemon's death, power-off", lambda: part(
                domain, "linux", "linux reads its disk", "linux reaches its bridge",
                "linux has two vCPUs", "linux has more memory", "linux outlives pvd",
                "linux powers off when asked", "linux leaves nothing behind")),
            ("crash and reboot", lambda: part(domain, "crash", "crash and reboot are acted upon")),
        ]
        return machine.run_cases(control.wanted(cases), lambda action: action())


if __name__ == "__main__":
    sys.exit(main())
