#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The symbol table's writer: what it encodes is read back by the format in its head comment."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", "hypervisor", "boot"))
import make_symbols  # pylint: disable=wrong-import-position

BASE = 0xFFFF810000100000
HEADER = 24


def read_uleb128(table, position):
    value = shift = 0
    while True:
        byte = table[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position


def decode(table):
    """(symbols, limit, name_max) of a table."""
    address = int.from_bytes(table[0:8], "little")
    count = int.from_bytes(table[16:20], "little")
    symbols, name, position = [], b"", HEADER
    for _ in range(count):
        delta, position = read_uleb128(table, position)
        address += delta
        shared, length = table[position], table[position + 1]
        name = name[:shared] + table[position + 2:position + 2 + length]
        position += 2 + length
        symbols.append((address, name.decode()))
    assert position == len(table)
    limit = int.from_bytes(table[8:16], "little")
    return symbols, limit, int.from_bytes(table[20:24], "little")


class MakeSymbols(unittest.TestCase):
    def test_table_reads_back(self):
        symbols = [(BASE, "start"), (BASE + 0x10, "frame_get"), (BASE + 0x95, "frame_get_owner"),
                   (BASE + 0x123456, "x" * make_symbols.NAME_MAX)]
        table = make_symbols.encode(symbols, BASE + 0x200000)
        self.assertEqual(decode(table), (symbols, BASE + 0x200000, make_symbols.NAME_MAX))

    def test_shared_prefix_is_not_stored_again(self):
        table = make_symbols.encode([(BASE, "frame_get"), (BASE + 1, "frame_put")], BASE + 2)
        self.assertEqual(table.count(b"frame_"), 1)

    def test_empty_table_has_only_a_header(self):
        table = make_symbols.encode([], 0)
        self.assertEqual(len(table), HEADER)
        self.assertEqual(decode(table), ([], 0, 0))

    def test_one_name_for_each_address(self):
        chosen, limit = make_symbols.choose_symbols([
            (BASE, 16, False, "local_alias"), (BASE, 16, True, "function"),
            (BASE + 16, 0, True, "marker"), (BASE + 16, 8, False, "last"),
            (BASE + 24, 0, True, "text_end")])
        self.assertEqual(chosen, [(BASE, "function"), (BASE + 16, "last")])
        self.assertEqual(limit, BASE + 24)


if __name__ == "__main__":
    unittest.main()
