#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The headers that promise to be usable from assembly are, and say the same there as in C."""

import os
import struct
import subprocess
import sys
import tempfile
import unittest

TREE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TREE, "hypercall-abi", "tables"))

from abi_text import Headers  # noqa: E402

COMPILER = os.environ.get("PARAPET_CC", "x86_64-linux-gnu-gcc")
PROMISE = "sable from assembly"
C_ONLY = {"HYPERVISOR_VIRT_START", "HYPERVISOR_VIRT_END", "MACH2PHYS_VIRT_START",
          "MACH2PHYS_VIRT_END", "MACH2PHYS_NR_ENTRIES"}


def promising_headers(headers):
    for header in headers:
        with open(os.path.join(TREE, header), encoding="utf-8") as file:
            if PROMISE in file.read():
                yield header


def assemble(source):
    """The bytes of the assembled source's data."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "constants")
        subprocess.run([COMPILER, "-x", "assembler-with-cpp", "-I", TREE, "-c", "-",
                        "-o", path + ".o"], input=source, text=True, check=True)
        subprocess.run(["objcopy", "-O", "binary", "-j", ".data", path + ".o", path], check=True)
        with open(path, "rb") as file:
            return file.read()


class Assembly(unittest.TestCase):
    def test_constants_have_the_same_values(self):
        headers = Headers(TREE)
        promising = list(promising_headers(headers.headers))
        constants = [constant for constant in headers.constants.values()
                     if constant.header in promising and constant.name not in C_ONLY]
        self.assertGreaterEqual(len(promising), 5)
        self.assertGreater(len(constants), 150)
        source = "".join(f'#include "{header}"\n' for header in promising) + ".data\n"
        source += "".join(f"#ifndef {constant.name}\n#error {constant.name}\n#endif\n"
                          f".quad {constant.name}\n" for constant in constants)
        values = struct.unpack(f"<{len(constants)}Q", assemble(source))
        for constant, value in zip(constants, values):
            with self.subTest(constant=constant.name):
                self.assertEqual(value, headers.value(constant.body))


if __name__ == "__main__":
    unittest.main()
