#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tables of hypercall-abi/tables/ agree with the headers and with each other."""

import os
import sys
import unittest

TREE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TREE, "hypercall-abi", "tables"))

from abi_text import Headers, operations_table, read_table  # noqa: E402

FLOWS = {"PLAIN", "OPS", "BATCH", "RETURN"}
COPIES = {"NONE", "IN", "OUT", "INOUT", "BATCH"}

# Prefix of the constants that a table numbers.
PREFIXES = {
    "callback_ops": "CALLBACKOP_", "console_io_ops": "CONSOLEIO_", "domctl_ops": "XEN_DOMCTL_",
    "event_channel_ops": "EVTCHNOP_", "grant_table_ops": "GNTTABOP_", "memory_ops": "XENMEM_",
    "mmuext_ops": "MMUEXT_", "nmi_ops": "XENNMI_", "physdev_ops": "PHYSDEVOP_",
    "platform_ops": "XENPF_", "sched_ops": "SCHEDOP_", "sysctl_ops": "XEN_SYSCTL_",
    "vcpu_ops": "VCPUOP_", "xen_version_ops": "XENVER_",
}
# Tables whose argument structs are members of a union, and the record with that union.
CARRIERS = {"domctl_ops": "xen_domctl", "platform_ops": "xen_platform_op",
            "sysctl_ops": "xen_sysctl"}
# A handler's argument is on the stack of the dispatcher.
ARGUMENT_BYTES_MAX = 1024


class Tables(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.headers = Headers(TREE)
        cls.hypercalls = read_table(TREE, "hypercalls")

    def number_of(self, name):
        self.assertIn(name, self.headers.constants)
        return self.headers.value(self.headers.constants[name].body)

    def assert_numbered(self, rows, constant_of):
        numbers = [int(row.cells[0]) for row in rows]
        self.assertEqual(numbers, sorted(set(numbers)), "ascending, each once")
        for row in rows:
            self.assertEqual(int(row.cells[0]), self.number_of(constant_of(row.cells[1])),
                             row.line)

    def assert_aligned(self, table):
        """Every column begins at the same place in all rows."""
        starts = set()
        for row in table:
            ends = [index for index, mark in enumerate(row.line) if mark == ","]
            cells = len(row.cells)
            starts.add(tuple(len(row.line[:end + 1]) + len(row.line[end + 1:])
                             - len(row.line[end + 1:].lstrip()) for end in ends[:cells]))
            self.assertNotIn("\t", row.line)
        self.assertEqual(len(starts), 1, starts)

    def test_hypercalls_have_the_numbers_of_the_headers(self):
        self.assert_numbered(self.hypercalls, lambda name: "__HYPERVISOR_" + name)
        for row in self.hypercalls:
            self.assertIn(row.cells[3], FLOWS, row.line)

    def test_operations_have_the_numbers_of_the_headers(self):
        for table, prefix in PREFIXES.items():
            with self.subTest(table=table):
                is_upper = prefix == "MMUEXT_"
                self.assert_numbered(
                    read_table(TREE, table),
                    lambda name: prefix + (name.upper() if is_upper else name))
        self.assert_numbered(read_table(TREE, "vm_assist"), lambda name: "VMASST_TYPE_" + name)

    def test_each_hypercall_with_operations_has_its_table(self):
        expected = {operations_table(row.cells[1])
                    for row in self.hypercalls if row.cells[3] == "OPS"}
        self.assertEqual(expected | {"mmuext_ops"}, set(PREFIXES))

    def test_arguments_exist_and_are_small_enough_to_copy(self):
        for table in PREFIXES:
            for row in read_table(TREE, table):
                _, _, argument, copy = row.cells
                self.assertIn(copy, COPIES, row.line)
                self.assertIn(argument, self.headers.records, row.line)
                size = self.headers.layout(self.headers.records[argument])[0]
                if copy in ("IN", "OUT", "INOUT"):
                    self.assertTrue(0 < size <= ARGUMENT_BYTES_MAX, row.line)
                if argument == "no_argument":
                    self.assertEqual(copy, "NONE", row.line)

    def test_arguments_of_carriers_are_members_of_their_union(self):
        for table, carrier in CARRIERS.items():
            union = next(member.type for member in self.headers.records[carrier].members
                         if member.name == "u")
            inside = {member.type for member in union.members if isinstance(member.type, str)}
            for row in read_table(TREE, table):
                if row.cells[2] != "no_argument":
                    self.assertIn("struct " + row.cells[2], inside, row.line)

    def test_arguments_of_hypercalls_are_all_listed(self):
        listed = {}
        for row in read_table(TREE, "hypercall_arguments"):
            listed.setdefault(row.cells[0], []).append(int(row.cells[1]))
        for row in self.hypercalls:
            expected = list(range(1, int(row.cells[2]) + 1))
            self.assertEqual(listed.pop(row.cells[1], []), expected, row.line)
        self.assertEqual(listed, {})

    def test_errors_of_the_store_have_numbers(self):
        for row in read_table(TREE, "xenstore_errors"):
            self.number_of("XEN_" + row.cells[0])

    def test_columns_are_aligned_and_rows_are_explained(self):
        for table in (*PREFIXES, "hypercalls", "hypercall_arguments", "vm_assist"):
            with self.subTest(table=table):
                rows = read_table(TREE, table)
                self.assert_aligned(rows)
                for row in rows:
                    self.assertTrue(row.summary.endswith((".", "?")), row.line)


if __name__ == "__main__":
    unittest.main()
