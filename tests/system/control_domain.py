#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Debian's stock kernel as control domain: to user space on several machines, with the real drivers of
all devices at once, and with what the toolstack needs. What the kernel says of itself must be clean.

control_domain.py HYPERVISOR [PART OF A CASE'S NAME]
"""

import os
import re
import sys
import tempfile

import control
import machine
import parts

BOOTS = (
    # CPU model, machine, CPUs, control domain's vCPUs, memory of the machine and of the domain
    ("qemu64", "pc", 1, 1, "512M", "320M"),
    ("max", "q35", 2, 2, "16G", "512M"),
    ("Opteron_G1", "q35", 2, 4, "1G", "min:600M,max:700M"),
)
DRIFT_MAX_US = 50000


def mebibytes(size):
    return int(size[:-1]) << (10 if size.endswith("G") else 0)


def boots(domain, model, kind, cpus, vcpus, memory, dom0_mem):
    result = domain.check("boot", options=f"dom0_mem={dom0_mem} dom0_max_vcpus={vcpus}",
                          machine=kind, cpu=model, cpus=cpus, memory=memory)
    control.must_say(result, f"on {vcpus} CPUs")
    for cpu in range(vcpus):
        control.must_say(result, f"check: CPU {cpu} runs programs")
    control.must_say(result, "check: time passes")
    control.must_say(result, "the control domain powers off")
    given, left = map(int, result.must_find(r"Control domain: (\d+) MiB, .* (\d+) MiB left").groups())
    wanted = mebibytes(dom0_mem.split(":")[-1])
    if given != wanted:
        raise machine.Failure(f"it was given {given} MiB instead of {wanted}")
    # The hypervisor's tables take a hundredth of the memory; kernel and archive are there as loaded.
    total = mebibytes(memory)
    if left < total - given - 112 - total // 100:
        raise machine.Failure(f"of {total} MiB only {left} are left")
    return f"{given} MiB, {left} MiB left"


def interrupts(result, name):
    """How many interrupts the named action had, on all CPUs."""
    lines = re.findall(rf"check: interrupts +\d+:([ \d]+)xen-pirq.*{name}", result.text)
    return sum(int(word) for line in lines for word in line.split())


def devices(domain, kind, disk_models, card_models, lines, words=""):
    """@disk_models: QEMU devices, each with a drive; @lines: names of interrupts that must have come."""
    with tempfile.TemporaryDirectory() as folder:
        disks = [parts.Disk(folder, number) for number in range(len(disk_models))]
        network = [parts.Card(folder, number, model) for number, model in enumerate(card_models)]
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
        if parts.sum_of(serial) != sent:
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
        if parts.sum_of(card.sent) != sent:
            raise machine.Failure(f"{card.model} has not sent its file: {said}")


def services(domain):
    """The devices of the toolstack, hot-plug of a vCPU, the balloon; then no reference is lost."""
    def dialog(terminal):
        terminal.expect("check: grew", 900)
        terminal.debug_key("p", "Every reference and type of every frame is accounted for")
        terminal.type("\r")

    result = domain.check("services", "grow=614400 swiotlb=2048",
                          options="dom0_mem=480M,max:600M", dialog=dialog, limit_s=1000)
    for said in ("is the control domain", "1000 events each way",
                 "a virtual interrupt has one end at a time", "50 times 16 grants of its own",
                 "200 multicalls of 16 calls", "the store's page and port are there",
                 "40 domains came and went",
                 "vCPU unplugged and plugged 50 times", "balloon went up and down 20 times",
                 "grew to 614400 kB"):
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
