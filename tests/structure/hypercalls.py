# SPDX-License-Identifier: MIT
"""Each row of the hypercall tables has its line in docs/hypercalls.md, its handler and its test.

Documentation is required always, a handler as soon as there is a dispatcher. Rows that no guest
test names are counted and shown; which were really called, guest.every_call knows.
"""

import os
import re

from tree import files_ending, read

TABLES = "hypercall-abi/tables"
DISPATCHER = "hypervisor/hypercall/dispatch.c"
REFERENCE = "docs/hypercalls.md"
HYPERCALL = re.compile(r"^HYPERCALL\(\s*\d+,\s*(\w+)", re.MULTILINE)
OPERATION = re.compile(r"^OP\(\s*\d+,\s*(\w+)", re.MULTILINE)


def rows_of(root):
    """(table, row) of all hypercalls and sub-operations."""
    rows = []
    for path in files_ending(root, (".def",), ("hypercall-abi",)):
        table = os.path.basename(path)[:-len(".def")]
        pattern = HYPERCALL if table == "hypercalls" else OPERATION
        rows += [(table, name) for name in pattern.findall(read(root, path))]
    return rows


def words_of(root, paths):
    return set(re.findall(r"\w+", "\n".join(read(root, path) for path in paths)))


def find_undocumented(root, rows):
    exists = os.path.exists(os.path.join(root, REFERENCE))
    words = words_of(root, [REFERENCE]) if exists else set()
    return [f"{TABLES}/{table}.def: {name} has no line in {REFERENCE}"
            for table, name in rows if name not in words]


def find_unhandled(root, rows):
    if not os.path.exists(os.path.join(root, DISPATCHER)):
        return []
    source = "\n".join(read(root, path) for path in files_ending(root, (".c",), ("hypervisor",)))
    defined = set(re.findall(r"^[\w \*]*\bhypercall_(\w+)\(", source, re.MULTILINE))
    return [f"{TABLES}/{table}.def: {name} has no handler hypercall_{name}()"
            for table, name in rows if table == "hypercalls" and name not in defined]


def report_untested(root, rows):
    words = words_of(root, files_ending(root, (".c", ".h", ".S"), ("tests",)))
    words = {word.lower() for word in words}  # MMUEXT_PIN_L1_TABLE names pin_l1_table

    def is_tested(name):
        return name in words or any(word.endswith("_" + name) for word in words)
    untested = [f"{table}.{name}" for table, name in rows if not is_tested(name)]
    print(f"{len(rows)} rows in {TABLES}; {len(untested)} named by no test: "
          + (" ".join(untested) or "-"))


def find_problems(root):
    rows = rows_of(root)
    if not rows:
        return [f"{TABLES}: no rows"] if os.path.isdir(os.path.join(root, TABLES)) else []
    report_untested(root, rows)
    return find_undocumented(root, rows) + find_unhandled(root, rows)
