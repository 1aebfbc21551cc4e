#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The test of the test: compare_abi.py accepts the headers as they are, and finds every error that
is put into a copy of them.
"""

import os
import re
import shutil
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import exceptions  # noqa: E402
from compare_abi import Comparison  # noqa: E402
from abi_text import AbiError, find_headers  # noqa: E402

TREE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
PUBLIC = "/usr/include"
COMPILER = os.environ.get("PARAPET_CC", "x86_64-linux-gnu-gcc")

# header, what to replace, by what, what the comparison must say
SMALL_ERRORS = (
    ("event_channel.h", "EVTCHNOP_send             4", "EVTCHNOP_send             5",
     "differs: EVTCHNOP_send: ours 5, public 4"),
    ("xen.h", "DOMID_SELF           0x7FF0U", "DOMID_SELF           0x7FF5U",
     "differs: DOMID_SELF:"),
    ("io/xs_wire.h", "XS_WATCH = 4", "XS_WATCH = 9", "differs: XS_WATCH:"),
    ("io/protocols.h", '"x86_64-abi"', '"x86-64-abi"', "differs: XEN_IO_PROTO_ABI_X86_64:"),
    ("domctl.h", "uint16_t _pad[3];", "uint16_t _pad[1];", "differs: size of xen_domctl._pad:"),
    ("grant_table.h", "int16_t status;        /*", "uint16_t status;        /*",
     "differs: kind of gnttab_map_grant_ref.status:"),
    ("memory.h", "uint32_t extent_order;", "uint16_t extent_order;",
     "differs: size of xen_memory_reservation.extent_order:"),
    ("sched.h", "uint32_t timeout;", "uint8_t timeout[4];",
     "only ours: size of sched_watchdog.timeout[0]"),
    ("memory.h", "return (node + 1U) << 8;", "return (node + 1U) << 9;",
     "differs: memory flags, node:"),
    ("io/ring.h", "while (count <= room / 2)", "while (count <= room / 4)",
     "differs: entries of a blkif ring"),
    ("io/ring.h", "RING_IDX req_event;\n    RING_IDX rsp_prod;",
     "RING_IDX rsp_prod;\n    RING_IDX req_event;", "differs: ring, req_event:"),
    ("nmi.h", "#define XENNMI_register_callback   0\n", "", "only public: XENNMI_register_callback"),
    ("nmi.h", "uint64_t pad;", "uint64_t padding;",
     "only ours: offset of xennmi_callback.padding"),
    ("nmi.h", "#define XENNMI_register_callback   0",
     "#define XENNMI_register_callback   0\n#define XENNMI_unheard_of 2",
     "only ours: XENNMI_unheard_of"),
    ("io/blkif.h", '"sectors"', '"sector-count"', "only ours: BLKIF_NODE_SECTORS"),
    ("types.h", "struct no_argument", "struct nothing",
     "exceptions.py: no header states no_argument"),
    ("tables/xenstore_errors.def", "XENSTORE_ERROR(EPERM)", "XENSTORE_ERROR(ENOTDIR)",
     "differs: name of store error 15:"),
)


class Copy:
    """A copy of hypercall-abi/ to put errors into."""

    def __init__(self):
        self.root = tempfile.mkdtemp()
        shutil.copytree(os.path.join(TREE, "hypercall-abi"),
                        os.path.join(self.root, "hypercall-abi"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.root)

    def edit(self, path, change):
        path = os.path.join(self.root, path)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(change(text))

    def edit_headers(self, change):
        for header in find_headers(self.root):
            self.edit(header, change)

    def remove_assertions(self):
        """The headers' own assertions would notice some errors before the comparison does."""
        self.edit_headers(lambda text: re.sub(r"^_Static_assert\(.*?\);\n", "", text,
                                              flags=re.MULTILINE | re.DOTALL))

    def compare(self):
        """(the comparison, its report)"""
        run = Comparison(self.root, os.path.join(self.root, "build"), PUBLIC, COMPILER)
        return run, run.execute()


def report_on_error(error):
    """The report on headers with one of SMALL_ERRORS."""
    header, good, bad, _ = error
    with Copy() as copy:
        copy.remove_assertions()
        copy.edit(os.path.join("hypercall-abi", header),
                  lambda text: text.replace(good, bad, 1) if good in text else "misspelt " + good)
        run, report = copy.compare()
        return report if run.problems else "accepted"


def differing(report):
    return set(re.findall(r"^differs: (.*?): ours", report, re.MULTILINE))


class ErrorsInHeaders(unittest.TestCase):
    def test_headers_as_they_are_pass(self):
        with Copy() as copy:
            run, report = copy.compare()
        self.assertEqual(run.problems, [])
        count = int(re.search(r"^(\d+) facts compared, 0 differ", report, re.MULTILINE).group(1))
        self.assertGreater(count, 3500)

    def test_small_errors_are_found(self):
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for error, report in zip(SMALL_ERRORS, pool.map(report_on_error, SMALL_ERRORS)):
                with self.subTest(header=error[0], bad=error[2]):
                    self.assertIn(error[3], report)

    def test_assertions_of_headers_find_a_wrong_size(self):
        with Copy() as copy:
            copy.edit("hypercall-abi/sched.h", lambda text: text.replace("uint64_t timeout;",
                                                                         "uint32_t timeout;"))
            self.assertRaisesRegex(AbiError, "layout of sched_poll", copy.compare)

    def test_each_number_is_compared(self):
        """With every number one too large, every one of them differs."""
        def one_more(text):
            text = re.sub(r"^(#define \w+ +)([^\s\"](?:[^\"\n/]|/(?!\*))*?)( */\*.*)?$",
                          r"\1((\2) + 1)", text, flags=re.MULTILINE)
            return re.sub(r"\b(X\w+ = )(\w+)", r"\1\2 + 1", text)
        with Copy() as copy:
            copy.remove_assertions()
            copy.edit_headers(one_more)
            run, report = copy.compare()
        ours = exceptions.names_of(exceptions.ONLY_OURS)
        numbers = {name for name in run.headers.constants
                   if name not in ours and not run.headers.is_text(name)}
        self.assertGreater(len(numbers), 900)
        self.assertEqual(numbers - differing(report), set())

    def test_each_offset_is_compared(self):
        """With eight bytes more in front, the offset of every field of every struct differs."""
        with Copy() as copy:
            copy.remove_assertions()
            copy.edit_headers(lambda text: re.sub(
                r"^(struct \w+ \{)$", r"\1\n    uint64_t in_front__;", text, flags=re.MULTILINE))
            run, report = copy.compare()
        ours = exceptions.names_of(exceptions.ONLY_OURS)
        offsets = {f"offset of {record.name}.{path}"
                   for record in run.headers.records.values()
                   if record.kind == "struct" and record.name not in ours
                   for path, _, _, _ in run.headers.fields(record) if path != "in_front__"
                   and f"{record.name}.{path}" not in ours}
        self.assertGreater(len(offsets), 700)
        self.assertEqual(offsets - differing(report), set())


if __name__ == "__main__":
    unittest.main()
