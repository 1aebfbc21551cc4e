#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the symbol table that the hypervisor image carries for its own backtraces.

    make_symbols.py empty  OUTPUT.S            a table without symbols, for the first link
    make_symbols.py make   OUTPUT.S NM IMAGE   the functions of IMAGE, as listed by the tool NM
    make_symbols.py verify TABLE.S  NM IMAGE   fails unless TABLE.S is what IMAGE would give

The output is an assembler source which defines, in section `.symbol_table`:

    const uint8_t  symbol_table[];      8-byte aligned
    const uint64_t symbol_table_size;   bytes

The linker script puts `.symbol_table` behind all code (last in the read-only data), so that the
table's size moves no function.

Format, all numbers little-endian:

    offset  size  field
    0       8     base        address of the first symbol
    8       8     limit       first address behind the last function: not less is not in the table
    16      4     count       number of entries
    20      4     name_max    length of the longest name, at most 127, without a terminating zero
    24            entries, one after the other, in ascending order of address:
        uleb128   delta       address minus the address of the entry before (the first: minus base)
        1         shared      how many leading bytes the name shares with the name before
        1         length      how many bytes follow
        length    suffix      the rest of the name, not terminated

A reader keeps one name buffer of name_max bytes, applies entry after entry (name[shared..] =
suffix, name length = shared + length) and stops before the first entry whose address is above the
one it looks for. uleb128: seven bits per byte, lowest first, bit 7 set on all but the last byte.
"""

import subprocess
import sys

NAME_MAX = 127
HIGH_HALF = 0xFFFF800000000000
CODE = "tTwW"


def list_functions(nm, image):
    """All (address, size, is_global, name) of functions at the link address of the hypervisor."""
    listing = subprocess.run([nm, "--print-size", "--numeric-sort", "--format=posix", image],
                             check=True, capture_output=True, text=True).stdout
    functions = []
    for line in listing.splitlines():
        fields = line.split()
        if len(fields) < 3 or fields[1] not in CODE:
            continue
        name, kind, address = fields[0], fields[1], int(fields[2], 16)
        size = int(fields[3], 16) if len(fields) > 3 else 0
        if address >= HIGH_HALF and not name.startswith((".", "$")):
            functions.append((address, size, kind.isupper(), name[:NAME_MAX]))
    return functions


def choose_symbols(functions):
    """One name for each address (a global one if there is one), and the end of the code."""
    if not functions:
        return [], 0
    limit = max(address + size for address, size, _, _ in functions)
    best = {}
    for address, size, is_global, name in functions:
        rank = (size == 0, not is_global, len(name), name)
        if address < limit and (address not in best or rank < best[address][0]):
            best[address] = (rank, name)
    return [(address, best[address][1]) for address in sorted(best)], limit


def uleb128(number):
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def shared_prefix(before, name):
    shared = 0
    while shared < min(len(before), len(name)) and before[shared] == name[shared]:
        shared += 1
    return shared


def encode(symbols, limit):
    base = symbols[0][0] if symbols else 0
    names = [name.encode() for _, name in symbols]
    table = bytearray()
    table += base.to_bytes(8, "little")
    table += limit.to_bytes(8, "little")
    table += len(symbols).to_bytes(4, "little")
    table += max(map(len, names), default=0).to_bytes(4, "little")
    previous_address, previous_name = base, b""
    for (address, _), name in zip(symbols, names):
        shared = shared_prefix(previous_name, name)
        table += uleb128(address - previous_address)
        table += bytes((shared, len(name) - shared)) + name[shared:]
        previous_address, previous_name = address, name
    return bytes(table)


def assembler_source(table):
    lines = [
        "/* Made by make_symbols.py. */",
        '    .section .symbol_table, "a", @progbits',
        "    .balign 8",
        "    .globl symbol_table_size",
        "    .hidden symbol_table_size",
        "symbol_table_size:",
        f"    .quad {len(table)}",
        "    .globl symbol_table",
        "    .hidden symbol_table",
        "symbol_table:",
    ]
    for offset in range(0, len(table), 16):
        lines.append("    .byte " + ", ".join(str(byte) for byte in table[offset:offset + 16]))
    lines.append('    .section .note.GNU-stack, "", @progbits')
    return "\n".join(lines) + "\n"


def source_for_image(nm, image):
    return assembler_source(encode(*choose_symbols(list_functions(nm, image))))


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "empty":
        source = assembler_source(encode([], 0))
    elif len(arguments) == 4 and arguments[0] in ("make", "verify"):
        source = source_for_image(arguments[2], arguments[3])
    else:
        sys.exit(__doc__)

    if arguments[0] == "verify":
        with open(arguments[1], encoding="ascii") as table:
            if table.read() != source:
                sys.exit(f"{arguments[3]}: code moved between the two links; does the linker "
                         "script put .symbol_table behind all code?")
        return
    with open(arguments[1], "w", encoding="ascii") as output:
        output.write(source)


if __name__ == "__main__":
    main(sys.argv[1:])
