#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The rescue ISO boots by Multiboot 2 from BIOS and from UEFI, on both machine types; modules are
found wherever GRUB puts them, which under UEFI is below 1 MiB for those that fit.

iso.py HYPERVISOR
"""

import os
import sys
import tempfile

import machine

FIRMWARE = {
    "BIOS": [],
    "UEFI": ["-drive", f"if=pflash,format=raw,readonly=on,file={machine.OVMF}"],
}
CASES = [(firmware, kind) for firmware in FIRMWARE for kind in ("pc", "q35")]


def boot(iso, firmware, kind):
    extra = FIRMWARE[firmware] + ["-cdrom", iso]
    result = machine.qemu(machine=kind, cpus=2, extra=extra)
    result.must_find(r"Loaded by GRUB 2.* \(Multiboot 2\), options \"console=com1 com1=115200 "
                     r"loglvl=all\"")
    result.must_find("Ready .*: 2 CPUs")
    result.must_find(machine.STOPPED)
    result.must_not_find("PANIC|warning:")
    rsdp = int(result.must_find(r"RSDP at (0x[0-9a-f]+)")[1], 16)
    if (firmware == "BIOS") != (0xe0000 <= rsdp < 0x100000):
        raise machine.Failure(f"the RSDP was found at {rsdp:#x}")
    return f"RSDP at {rsdp:#x}"


def module(folder, firmware, size):
    """The module is no kernel, but it is looked at, and that is said."""
    path, iso = os.path.join(folder, f"module{size}"), os.path.join(folder, f"{firmware}{size}.iso")
    with open(path, "wb") as file:
        file.truncate(size)
    machine.make_iso(iso, sys.argv[1], "loglvl=all", path, "some words")
    result = machine.qemu(cpus=2, extra=FIRMWARE[firmware] + ["-cdrom", iso])
    start, end = (int(address, 16) for address in result.must_find(
        r'Module 1: (0x[0-9a-f]+)-(0x[0-9a-f]+) "some words"').groups())
    if end - start != size:
        raise machine.Failure(f"it is {end - start} bytes long")
    result.must_find("Ready .*: 2 CPUs")
    result.must_find("error: The control domain's kernel cannot be started")
    return f"at {start:#x}"


def main():
    machine.need("qemu-system-x86_64", "grub-mkrescue", "xorriso", "mformat", machine.OVMF)
    with tempfile.TemporaryDirectory() as folder:
        iso = os.path.join(folder, "parapet.iso")
        machine.make_iso(iso, sys.argv[1], "loglvl=all")
        cases = [(" ".join(case), lambda c=case: boot(iso, *c)) for case in CASES]
        cases += [(f"{firmware}, module of {size} bytes",
                   lambda f=firmware, s=size: module(folder, f, s))
                  for firmware in FIRMWARE for size in (0x12345, 0x400001)]
        return machine.run_cases(cases, lambda run: run())


if __name__ == "__main__":
    sys.exit(main())
