#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Debian's stock kernel as control domain: to user space on several machines, with the real drivers of
disks and network cards, and to power-off. What the kernel says of itself must be clean.

control_domain.py HYPERVISOR
"""

import hashlib
import os
import random
import re
import sys
import tempfile

import machine

BOOTS = (
    # CPU model, machine, CPUs, control domain's vCPUs, memory
    ("qemu64", "pc", 1, 1, "512M"),
    ("max", "q35", 2, 2, "1G"),
    ("Opteron_G1", "q35", 2, 4, "1G"),
)
DISK_BYTES = 4 << 20
COMPLAINT = re.compile(r"WARNING:|BUG:|Oops|unable to handle|soft lockup|rcu.*stall|"
                       r"xen: hypercall .* failed|Kernel panic")


def image(hypervisor, name):
    return os.path.join(os.path.dirname(os.path.dirname(hypervisor)), "image", name)


def boot(hypervisor, check, model, kind, cpus, vcpus, memory, extra=()):
    """Boots to the end of a check script of the image, which then powers off."""
    modules = (f"{image(hypervisor, 'vmlinux')} console=hvc0 control.run=/usr/share/parapet/{check}.sh,"
               f"{image(hypervisor, 'initrd.zst')}")
    result = machine.qemu(hypervisor, f"dom0_mem=320M dom0_max_vcpus={vcpus}", machine=kind, cpu=model,
                          cpus=cpus, memory=memory, limit_s=300,
                          extra=("-initrd", modules, *extra))
    complaint = COMPLAINT.search(result.text)
    if complaint:
        raise machine.Failure("the kernel complains:\n" +
                              result.text[complaint.start():complaint.start() + 1200])
    must_say(result, "check: done")
    return result


def must_say(result, text):
    if text not in result.text:
        raise machine.Failure(f'nothing says "{text}":\n{result.text[-1500:]}')


def boots(hypervisor, model, kind, cpus, vcpus, memory):
    result = boot(hypervisor, "boot", model, kind, cpus, vcpus, memory)
    must_say(result, f"on {vcpus} CPUs")
    for cpu in range(vcpus):
        must_say(result, f"check: CPU {cpu} runs programs")
    must_say(result, "check: time passes")
    must_say(result, "the control domain powers off")


class Disk:
    """A disk image of bytes that nothing else has, and the name Linux gives it."""

    def __init__(self, folder, seed):
        content = random.Random(seed).randbytes(DISK_BYTES)
        self.sum = hashlib.md5(content).hexdigest()
        self.path = os.path.join(folder, f"disk{seed}")
        with open(self.path, "wb") as file:
            file.write(content)

    def drive(self, name):
        return ("-drive", f"file={self.path},format=raw,if=none,id={name}")


def cards(models):
    return [word for number, model in enumerate(models)
            for word in ("-nic", f"user,model={model},net=10.0.{number + 3}.0/24")]


def interrupts(result, name):
    """How many interrupts the named action had, on all CPUs."""
    lines = re.findall(rf"check: interrupts +\d+:([ \d]+)xen-pirq.*{name}", result.text)
    return sum(int(word) for line in lines for word in line.split())


def devices(hypervisor, kind, disks, card_models, lines):
    """@disks: QEMU devices, each with a drive; @lines: names of interrupts that must have come."""
    with tempfile.TemporaryDirectory() as folder:
        extra, sums = [], []
        for number, device in enumerate(disks):
            disk = Disk(folder, number)
            extra += [*disk.drive(f"d{number}"), "-device", f"{device},drive=d{number}"]
            sums.append(disk.sum)
        result = boot(hypervisor, "devices", "max", kind, 2, 2, "1G",
                      extra=(*extra, *cards(card_models)))
    found = dict(re.findall(r"check: disk (\S+) ([0-9a-f]{32})", result.text))
    missing = [device for device, wanted in zip(disks, sums) if wanted not in found.values()]
    if missing:
        raise machine.Failure(f"not read, or read wrong: {missing}; found {found}")
    reached = len(re.findall(r"check: card \S+ \S+ reaches its router", result.text))
    if reached != len(card_models):
        said = re.findall(r"check: card .*", result.text)
        raise machine.Failure(f"{reached} of {len(card_models)} cards reach their router: {said}")
    silent = [name for name in lines if not interrupts(result, name)]
    if silent:
        raise machine.Failure(f"no interrupts of {silent}:\n" + "\n".join(
            line for line in result.text.splitlines() if "check: interrupts" in line))


def main():
    machine.need("qemu-system-x86_64")
    hypervisor = os.path.abspath(sys.argv[1])
    if not os.path.exists(image(hypervisor, "initrd.zst")):
        print("the control domain's image is missing: build the target `image`")
        return 1
    cases = [(f"boot, {row[0]}, {row[1]}, {row[2]} CPUs, {row[3]} vCPUs",
              lambda r=row: boots(hypervisor, *r)) for row in BOOTS]
    cases += [
        ("AHCI, NVMe, virtio, e1000, e1000e, virtio-net on q35", lambda: devices(
            hypervisor, "q35", ("ide-hd,bus=ide.0", "nvme,serial=1", "virtio-blk-pci"),
            ("e1000", "e1000e", "virtio-net-pci"), ("ahci", "nvme", "virtio", "eth"))),
        ("IDE, virtio, rtl8139 on pc", lambda: devices(
            hypervisor, "pc", ("ide-hd,bus=ide.0", "virtio-blk-pci"), ("rtl8139",),
            ("ata_piix", "virtio", "eth"))),
    ]
    return machine.run_cases(cases, lambda action: action())


if __name__ == "__main__":
    sys.exit(main())
