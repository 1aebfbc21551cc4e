#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The test of the structure tests: each check accepts a small good tree, and finds the one thing
that a bad sample adds to it.
"""

import contextlib
import importlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
SPDX_C = "/* SPDX-License-Identifier: MIT */\n"
GOOD_HEADER = (SPDX_C + "#ifndef PARAPET_LIB_GOOD_H\n#define PARAPET_LIB_GOOD_H\n\n"
               "#include <stdint.h>\n\nuint32_t good(void);\n\n#endif\n")
GOOD_TREE = {
    "hypervisor/lib/good.h": GOOD_HEADER,
    "hypervisor/mm/good.c": SPDX_C + '#include "lib/good.h"\n',
    "hypercall-abi/tables/hypercalls.def": SPDX_C + 'HYPERCALL( 1, mmu_update, 4, BATCH, "x")\n',
    "hypercall-abi/tables/sched_ops.def": SPDX_C + 'OP(0, yield, void, NONE, "x")\n',
    "hypervisor/lib/lock_order.def": SPDX_C + 'LOCK_ORDER(OUTER, "x")\nLOCK_ORDER(INNER, "y")\n',
    "docs/locking.md": "| `OUTER` | x |\n| `INNER` | y |\n",
    "docs/hypercalls.md": "| 1 | `mmu_update` |\n| 0 | `yield` |\n",
    "toolstack/pvd/main.c": SPDX_C + "#include <stdio.h>\n",
    "run": "#!/bin/bash\n# SPDX-License-Identifier: MIT\ntrue\n",
}


def body_of(lines):
    return SPDX_C + "void long_one(void)\n{\n" + "    ;\n" * lines + "}\n"


# check, what it must say, files of the bad sample
BAD_SAMPLES = (
    ("layers", "lies above it", {"hypervisor/lib/bad.c": '#include "mm/frame.h"\n'}),
    ("layers", "not included by its folder", {"hypervisor/mm/bad.c": '#include "frame.h"\n'}),
    ("layers", "not freestanding", {"hypervisor/mm/bad.c": "#include <string.h>\n"}),
    ("layers", "does not exist", {"hypervisor/mm/bad.c": '#include "lib/nothing.h"\n'}),
    ("layers", "published contract", {"hypercall-abi/bad.h": "#include <string.h>\n"}),
    ("layers", "another program", {"pvguest/bad.c": '#include "hypervisor/lib/good.h"\n'}),
    ("layers", "libxml2", {"toolstack/pvd/bad.c": "#include <libxml/tree.h>\n"}),
    ("headers", "does not compile", {"hypervisor/lib/bad.h": GOOD_HEADER.replace(
        "#include <stdint.h>", "").replace("_GOOD_", "_BAD_")}),
    ("headers", "no include guard", {"hypervisor/lib/bad.h": SPDX_C + "struct bad;\n"}),
    ("licence", "has no line", {"hypervisor/lib/bad.c": "int bad;\n"}),
    ("licence", "has no line", {"tool": "#!/bin/bash\ntrue\n"}),
    ("portability", "path of one machine", {"docs/bad.md": "see /" + "home/somebody/x\n"}),
    ("portability", "registry", {"docs/bad.md": "from https://" + "mirror.example.org/x\n"}),
    ("portability", "unfinished", {"hypervisor/lib/bad.c": "/* TO" + "DO */\n"}),
    ("lengths", "the limit is 900", {"hypervisor/lib/bad.c": "\n" * 901}),
    ("lengths", "the limit is 120", {"hypervisor/lib/bad.c": body_of(130)}),
    ("hypercalls", "sched_ops.def: block has no line", {
        "hypercall-abi/tables/sched_ops.def": 'OP(1, block, void, NONE, "x")\n'}),
    ("hypercalls", "no handler hypercall_mmu_update", {"hypervisor/hypercall/dispatch.c": ""}),
    ("locking", "row 1 should be OUTER", {
        "docs/locking.md": "| `INNER` | y |\n| `OUTER` | x |\n"}),
    ("locking", "row 2 should be INNER", {"docs/locking.md": "| `OUTER` | x |\n"}),
    ("scripts", "syntax error", {"bad.sh": "#!/bin/bash\nif then\n"}),
    ("scripts", "invalid syntax", {"bad.py": "def f(:\n"}),
    ("documents", "does not exist", {"docs/bad.md": "see `hypervisor/lib/nothing.c`\n"}),
    ("documents", "does not exist", {"docs/bad.md": "see `lib/nothing.c`\n"}),
    ("errors", "should be FAILED", {
        "toolstack/common/errors.def": 'ERROR_ROW("PV-E0101", USAGE, "a", "b")\n'}),
    ("errors", "PV-E0399 has no row", {
        "toolstack/common/errors.def": "", "toolstack/pvd/bad.c": 'f(ERROR_INPUT, "PV-E0399")'}),
    ("errors", "is INPUT here and FAILED", {
        "toolstack/common/errors.def": 'ERROR_ROW("PV-E0101", FAILED, "a", "b")\n',
        "toolstack/pvd/bad.c": 'f(ERROR_INPUT, "PV-E0101")'}),
    ("errors", "has an id twice", {
        "toolstack/common/errors.def": 'ERROR_ROW("PV-E0101", FAILED, "a", "b")\n' * 2}),
    ("formatting", "not formatted", {"hypervisor/lib/bad.c": "int  bad ;\n"}),
)
TREE_CHECKS = sorted({check for check, _, _ in BAD_SAMPLES})


def write_tree(root, files):
    for path, content in files.items():
        os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
        with open(os.path.join(root, path), "w", encoding="utf-8") as file:
            file.write(content)


class Samples(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        write_tree(self.root, GOOD_TREE)
        shutil.copy(os.path.join(REPOSITORY, ".clang-format"), self.root)

    def problems(self, check):
        with contextlib.redirect_stdout(io.StringIO()):
            return importlib.import_module(check).find_problems(self.root)

    def test_good_tree_passes_every_check(self):
        for check in TREE_CHECKS:
            with self.subTest(check=check):
                self.assertEqual(self.problems(check), [])


class Images(unittest.TestCase):
    """image.py on small programs that were linked wrongly."""

    GOOD = ("const unsigned char symbol_table[8] = { 1 };"
            "const unsigned long symbol_table_size = 8; int variable = 1;"
            "void _start(void) { variable++; }")

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def build(self, name, source, *flags):
        path = os.path.join(self.folder, name)
        compiler = os.environ.get("PARAPET_CC", "x86_64-linux-gnu-gcc")
        subprocess.run([compiler, "-x", "c", "-", "-o", path, "-fno-asynchronous-unwind-tables",
                        "-fcf-protection=none", *flags], input=source, text=True, check=True)
        return path

    def problems(self, source, *flags):
        image = self.build("image", source, "-nostdlib", "-static", "-no-pie", *flags)
        return importlib.import_module("image").find_problems(image)

    def test_good_image_passes(self):
        self.assertEqual(self.problems(self.GOOD), [])

    def test_writable_code_is_found(self):
        found = self.problems(self.GOOD, "-Wl,--omagic", "-Wl,--no-warn-rwx-segments")
        self.assertTrue(any("writable and executable" in problem for problem in found), found)

    def test_writable_constant_is_found(self):
        table = ("void _start(void); void (*const handlers[1])(void) = { _start };"
                 "void _start(void) { handlers[0](); }")
        self.build("table.obj", table, "-fPIE", "-c")
        found = self.problems(self.GOOD + "void (*handlers[1])(void) = { _start };")
        self.assertEqual(found, ["the constant handlers is writable"])

    def test_sse_is_found(self):
        found = self.problems(self.GOOD + "double f(double x); double f(double x) { return x * x; }")
        self.assertTrue(any("uses the FPU" in problem for problem in found), found)

    def test_missing_symbol_table_is_found(self):
        found = self.problems(self.GOOD.replace("symbol_table_size", "other"))
        self.assertEqual(found, ["defines no symbol_table_size"])

    def test_relocations_are_found(self):
        found = self.problems(self.GOOD, "-Wl,--emit-relocs")
        self.assertIn("has relocations left", found)


def add_sample_test(number, check, message, files):
    def test(self):
        write_tree(self.root, files)
        found = self.problems(check)
        self.assertTrue(any(message in problem for problem in found), found)
    setattr(Samples, f"test_{number:02}_{check}_finds_{message.replace(' ', '_')}", test)


for index, sample in enumerate(BAD_SAMPLES):
    add_sample_test(index, *sample)

if __name__ == "__main__":
    sys.exit(unittest.main())
