#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A machine, loader or command line that cannot be used gets one clear line, and then the
hypervisor stops.

refusals.py HYPERVISOR. The machine is stopped where the loader hands over, by QEMU's gdb stub, and
what the loader or the firmware left in memory is damaged there.
"""

import struct
import sys

import firmware
import gdb_stub
import machine

HYPERVISOR = sys.argv[1] if len(sys.argv) > 1 else ""

# Offsets in the Multiboot 1 information.
FLAGS, MODULE_COUNT, MODULES, MAP_BYTES, MAP, LOADER_NAME = 0, 20, 24, 44, 48, 64
FLAG_MODULES, FLAG_MAP = 1 << 3, 1 << 6
EMPTY_PLACE = 0x7000  # nothing of the loader's is there


# --- What to damage, each called with the machine stopped at the entry ---

def information(stub):
    return stub.get_register(gdb_stub.REGISTER_B)


def wrong_magic(stub):
    stub.set_register(gdb_stub.REGISTER_A, 0x12345678)


def information_out_of_reach(stub):
    stub.set_register(gdb_stub.REGISTER_B, 0xfffffffc)


def no_memory_map(stub):
    at = information(stub) + FLAGS
    stub.write32(at, stub.read32(at) & ~FLAG_MAP)


def memory_map_cut(stub):
    stub.write32(information(stub) + MAP_BYTES, 10)


def no_ram(stub):
    start = stub.read32(information(stub) + MAP)
    at, end = start, start + stub.read32(information(stub) + MAP_BYTES)
    while at < end:
        stub.write32(at + 20, 2)
        at += 4 + stub.read32(at)


def add_module(stub, start, end):
    at = information(stub)
    stub.write32(at + FLAGS, stub.read32(at + FLAGS) | FLAG_MODULES)
    stub.write32(at + MODULE_COUNT, 1)
    stub.write32(at + MODULES, EMPTY_PLACE)
    stub.write(EMPTY_PLACE, struct.pack("<IIII", start, end, 0, 0))


def module_without_memory(stub):
    add_module(stub, 0xe0000000, 0xe0001000)


def module_over_hypervisor(stub):
    add_module(stub, 0x101000, 0x102000)


def empty_module(stub):
    add_module(stub, 0x2000000, 0x2000000)


def flip(stub, at):
    """Damages a byte."""
    stub.write(at, bytes((stub.read(at, 1)[0] ^ 0x40,)))


def madt_checksum(stub):
    flip(stub, firmware.find_table(stub, b"APIC") + 10)


def rsdt_checksum(stub):
    flip(stub, stub.read32(firmware.find_rsdp(stub) + 16) + 20)


def hpet_checksum(stub):
    flip(stub, firmware.find_table(stub, b"HPET") + 20)


def madt_length(stub):
    stub.write32(firmware.find_table(stub, b"APIC") + 4, 0x7fffffff)


def no_rsdp(stub):
    flip(stub, firmware.find_rsdp(stub))


# --- The cases: name, what the line says, how to get there ---

def case(line, options="", change=None, **arguments):
    def run(_):
        extra, during = gdb_stub.at_entry(HYPERVISOR, change) if change else ([], None)
        result = machine.qemu(HYPERVISOR, options, extra=extra, during=during, **arguments)
        check(result, line)
        return None
    return run


def check(result, line):
    """Exactly one complaint, in the log or, before there is a log, on a line of its own."""
    early = [text for text in result.text.splitlines() if text.startswith("parapet: ")]
    errors = [text for text in result.lines if "error:" in text] + early
    if len(errors) != 1 or line not in errors[0]:
        raise machine.Failure(f'expected one line with "{line}", got {errors or result.text}')
    result.must_not_find("Ready|PANIC")


CASES = (
    ("wrong magic number", case("not started by a Multiboot", change=wrong_magic,
                                until=r"parapet: .*stopping")),
    ("information out of reach", case("out of reach", change=information_out_of_reach)),
    ("no memory map", case("no memory map", change=no_memory_map)),
    ("memory map cut off", case("cut off", change=memory_map_cut)),
    ("no RAM", case("too little memory", change=no_ram)),
    ("module where there is no RAM", case("Module 1 lies at", change=module_without_memory)),
    ("module over the hypervisor", case("overlaps the hypervisor", change=module_over_hypervisor)),
    ("empty module", case("Module 1 is empty", change=empty_module)),
    ("MADT with a wrong checksum", case("ACPI: ", change=madt_checksum)),
    ("RSDT with a wrong checksum", case("ACPI: ", change=rsdt_checksum)),
    ("HPET table with a wrong checksum", case("ACPI: ", change=hpet_checksum)),
    ("MADT with an impossible length", case("ACPI: ", change=madt_length)),
    ("no RSDP", case("no ACPI tables", change=no_rsdp)),
    ("unknown option", case('unknown option "frobnicate"', "frobnicate=1")),
    ("bad value of an option", case('bad value "none" of option maxcpus', "maxcpus=none")),
    ("no option to break things in release builds", case("provoke", "provoke=ud")),
    ("no long mode", case("no long mode", cpu="qemu64,-lm", until=r"parapet: .*stopping")),
    ("32-bit CPU", case("no long mode", cpu="qemu32", until=r"parapet: .*stopping")),
    ("no NX", case("no NX", cpu="qemu64,-nx", until=r"parapet: .*stopping")),
    ("16 MiB of memory", case("too little memory", memory="16M")),
)

if __name__ == "__main__":
    machine.need("qemu-system-x86_64")
    sys.exit(machine.run_cases([(name, run) for name, run in CASES], lambda run: run(None)))
