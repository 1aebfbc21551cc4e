# SPDX-License-Identifier: MIT
"""The ACPI tables that the firmware left in the memory of a machine, through its gdb stub."""

import machine


def find_rsdp(stub):
    area = stub.read(0xe0000, 0x20000)
    for at in range(0, len(area), 16):
        if area[at:at + 8] == b"RSD PTR ":
            return 0xe0000 + at
    raise machine.Failure("the firmware left no RSDP")


def find_table(stub, signature):
    rsdt = stub.read32(find_rsdp(stub) + 16)
    for at in range(rsdt + 36, rsdt + stub.read32(rsdt + 4), 4):
        if stub.read(stub.read32(at), 4) == signature:
            return stub.read32(at)
    raise machine.Failure(f"the firmware left no {signature}")


def fix_checksum(stub, table):
    """Makes the bytes of a table add up to zero again."""
    data = bytearray(stub.read(table, stub.read32(table + 4)))
    data[9] = 0
    stub.write(table + 9, bytes((-sum(data) & 0xff,)))
