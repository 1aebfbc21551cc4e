#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Debian's stock kernel as control domain: to user space on several machines, with the real drivers of
all devices at once, and with what the toolstack needs. What the kernel says of itself must be clean.

control_domain.py HYPERVISOR [PART OF A CASE'S NAME]
"""

import hashlib
import os
import random
import re
import sys
import tempfile

import control
import machine

BOOTS = (
    # CPU model, machine, CPUs, control domain's vCPUs, memory of the machine and of the domain
    ("qemu64", "pc", 1, 1, "512M", "320M"),
    ("max", "q35", 2, 2, "16G", "512M"),
    ("Opteron_G1", "q35", 2, 4, "1G", "min:600M,max:700M"),
)
DISK_BYTES = 4 << 20
DRIFT_MAX_US = 50000


def boots(domain, model, kind, cpus, vcpus, memory, dom0_mem):
    result = domain.check("boot", options=f"dom0_mem={dom0_mem} dom0_max_vcpus={vcpus}",
                          machine=kind, cpu=model, cpus=cpus, memory=memory)
    control.must_say(result, f"on {vcpus} CPUs")
    for cpu in range(vcpus):
        control.must_say(result, f"check: CPU {cpu} runs programs")
    control.must_say(result, "check: time passes")
    control.must_say(result, "the control domain powers off")
    given, left = map(int, result.must_find(r"Control domain: (\d+) MiB, .* (\d+) MiB left").groups())
    wanted = int(re.search(r"(\d+)M$", dom0_mem)[1])
    if given != wanted:
        raise machine.Failure(f"it was given {given} MiB instead of {wanted}")
    # The hypervisor's tables take a hundredth of the memory.
    total = int(memory[:-1]) << (10 if memory.endswith("G") else 0)
    if left < total - given - 96 - total // 100:
        raise machine.Failure(f"of {total} MiB only {left} are left")
    return f"{given} MiB, {left} MiB left"


class Disk:
    """A disk image of bytes that nothing else has, and the name Linux gives it."""

    def __init__(self, folder, seed):
        self.content = random.Random(seed).randbytes(DISK_BYTES)
        self.sum = hashlib.md5(self.content).hexdigest()
        self.path = os.path.join(folder, f"disk{seed}")
        with open(self.path, "wb") as file:
            file.write(self.content)

    def drive(self, name):
        return ("-drive", f"file={self.path},format=raw,if=none,id={name}")

    def is_copied(self):
        """Whether its first half has been written over its second."""
        with open(self.path, "rb") as file:
            return file.read() == self.content[:DISK_BYTES // 2] * 2


class Card:
    """A network card in a net of its own, with doors where a file is fetched and sent."""

    def __init__(self, folder, number, model):
        self.model = model
        self.net = f"10.0.{number + 3}"
        self.source = os.path.join(folder, f"source{number}")
        self.sent = os.path.join(folder, f"sent{number}")
        content = random.Random(f"card {number}").randbytes(DISK_BYTES // 2)
        self.sum = hashlib.md5(content).hexdigest()
        with open(self.source, "wb") as file:
            file.write(content)
        self.door = os.path.join(folder, f"door{number}")
        with open(self.door, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\ncat > {self.sent}\n")
        os.chmod(self.door, 0o755)

    def words(self):
        return ("-nic", f"user,model={self.model},net={self.net}.0/24,"
                        f"guestfwd=tcp:{self.net}.100:7-cmd:cat {self.source},"
                        f"guestfwd=tcp:{self.net}.100:8-cmd:{self.door}")


def sum_of(path):
    try:
        with open(path, "rb") as file:
            return hashlib.md5(file.read()).hexdigest()
    except FileNotFoundError:
        return None


def interrupts(result, name):
    """How many interrupts the named action had, on all CPUs."""
    lines = re.findall(rf"check: interrupts +\d+:([ \d]+)xen-pirq.*{name}", result.text)
    return sum(int(word) for line in lines for word in line.split())


def devices(domain, kind, disk_models, card_models, lines, words=""):
    """@disk_models: QEMU devices, each with a drive; @lines: names of interrupts that must have come."""
    with tempfile.TemporaryDirectory() as folder:
        disks = [Disk(folder, number) for number in range(len(disk_models))]
        network = [Card(folder, number, model) for number, model in enumerate(card_models)]
        serial = os.path.join(folder, "serial")
        extra = ["-device", "virtio-serial-pci", "-chardev", f"file,id=port,path={serial}",
                 "-device", "virtserialport,chardev=port,name=check",
                 "-device", "qemu-xhci", "-device", "usb-tablet"]
        for number, (disk, model) in enumerate(zip(disks, disk_models)):
            extra += [*disk.drive(f"d{number}"), "-device", f"{model},drive=d{number}"]
        for card in network:
            extra += card.words()
        result = domain.check("devices", words, machine=kind, extra=extra)
        check_disks(result, disks, disk_models)
        check_cards(result, network)
        sent = re.search(r"check: sent (\S+)", result.text)[1]
        if sum_of(serial) != sent:
            raise machine.Failure("the virtual serial port has not sent its file")
    control.must_say(result, "check: USB QEMU USB Tablet")
    if not re.search(r"check: clock \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d 20\d\d", result.text):
        raise machine.Failure("the clock chip is not read")
    silent = [name for name in (*lines, "virtio", "xhci_hcd") if not interrupts(result, name)]
    if silent:
        raise machine.Failure(f"no interrupts of {silent}:\n" + "\n".join(
            line for line in result.text.splitlines() if "check: interrupts" in line))


def check_disks(result, disks, models):
    found = dict(re.findall(r"check: disk (\S+) ([0-9a-f]{32})", result.text))
    missing = [model for model, disk in zip(models, disks) if disk.sum not in found.values()]
    if missing:
        raise machine.Failure(f"not read, or read wrong: {missing}; found {found}")
    wrong = [model for model, disk in zip(models, disks) if not disk.is_copied()]
    if wrong:
        raise machine.Failure(f"not written, or written wrong: {wrong}")


def check_cards(result, network):
    said = re.findall(r"check: card .*", result.text)
    reached = len(re.findall(r"check: card \S+ \S+ reaches its router", result.text))
    if reached != len(network):
        raise machine.Failure(f"{reached} of {len(network)} cards reach their router: {said}")
    sent = re.search(r"check: sent (\S+)", result.text)[1]
    for card in network:
        if not re.search(rf"check: card \S+ \S+ fetched {card.sum}", result.text):
            raise machine.Failure(f"{card.model} has not fetched its file: {said}")
        if sum_of(card.sent) != sent:
            raise machine.Failure(f"{card.model} has not sent its file: {said}")


def services(domain):
    """The devices of the toolstack, hot-plug of a vCPU, the balloon; then no reference is lost."""
    def dialog(terminal):
        terminal.expect("check: balloon")
        terminal.debug_key("p", "Every reference and type of every frame is accounted for")

    result = domain.check("services", options="dom0_mem=512M", dialog=dialog)
    for said in ("is the control domain", "1000 events each way",
                 "a virtual interrupt has one end at a time", "50 times 16 grants of its own",
                 "200 multicalls of 16 calls", "the store's page and port are there", "40 domains came and went",
                 "vCPU unplugged and plugged 50 times", "balloon went up and down 20 times"):
        control.must_say(result, f"check: {said}")


def store(domain):
    """The store of pvd, which is killed again and again."""
    result = domain.check("store")
    for said in ("answers at its socket", "a watch fires", "has to be done again",
                 "2000 writes through the kernel, pvd killed 10 times", "the kernel hears of back ends",
                 "the store outlives pvd"):
        control.must_say(result, said)
    if re.search(r"xenbus_probe.*time", result.text):
        raise machine.Failure("the kernel waited for the store")


def clock(domain, seconds=10):
    """The clock against the machine's chip under load, and that reading it needs no system call."""
    result = domain.check("clock", f"load={seconds}")
    control.must_say(result, "check: 300000 clock readings without a system call")
    drift = re.search(r"check: drift in \d+ s: raw (-?\d+) us, real (-?\d+) us", result.text)
    if not drift:
        raise machine.Failure("nothing is said of the drift:\n" + result.text[-1000:])
    if max(abs(int(us)) for us in drift.groups()) > DRIFT_MAX_US:
        raise machine.Failure(drift[0])
    return drift[0].removeprefix("check: ")


def main():
    control.need()
    with tempfile.TemporaryDirectory() as folder:
        domain = control.ControlDomain(control.initrd(folder))
        cases = [(f"boot, {row[0]}, {row[1]}, {row[2]} CPUs, {row[3]} vCPUs, {row[4]}, {row[5]}",
                  lambda r=row: boots(domain, *r)) for row in BOOTS]
        cases += [
            ("AHCI, NVMe, virtio, e1000, e1000e, virtio-net on q35", lambda: devices(
                domain, "q35", ("ide-hd,bus=ide.0", "nvme,serial=1", "virtio-blk-pci"),
                ("e1000", "e1000e", "virtio-net-pci"), ("ahci", "nvme", "eth"))),
            ("IDE, virtio, rtl8139 on pc, through bounce buffers", lambda: devices(
                domain, "pc", ("ide-hd,bus=ide.0", "virtio-blk-pci"), ("rtl8139",),
                ("ata_piix", "eth"), "swiotlb=force")),
            ("services of the toolstack, hot-plug, balloon", lambda: services(domain)),
            ("the store, with pvd killed", lambda: store(domain)),
            ("clock", lambda: clock(domain)),
        ]
        return machine.run_cases(control.wanted(cases), lambda action: action())


if __name__ == "__main__":
    sys.exit(main())
