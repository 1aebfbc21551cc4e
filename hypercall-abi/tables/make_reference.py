#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes docs/hypercalls.md from the headers and tables of hypercall-abi/.

    make_reference.py           writes the page
    make_reference.py --check   fails if the page in the tree is not what would be written
"""

import os
import re
import sys

from abi_text import Headers, Record, operations_table, read_table

TREE = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
PAGE = os.path.join("docs", "hypercalls.md")
FAMILY_MAX = 24
REGISTERS = ("RDI", "RSI", "RDX", "R10", "R8")

INTRODUCTION = """\
<!-- Made by hypercall-abi/tables/make_reference.py from the headers and tables there; edit those. -->
# Hypercalls

The calls of the Xen PV64 interface, release 4.17, that this hypervisor has. A guest kernel makes one
with `syscall` in its kernel mode, at any address: the number in RAX, the arguments in RDI, RSI, RDX,
R10 and R8. RAX comes back with the result, RCX and R11 are lost, all other registers are kept. A
negative result is the negative of an `XEN_E*` number in `hypercall-abi/errno.h`. Numbers and commands
that are not on this page answer -38, `XEN_ENOSYS`.

`type[]` stands for the guest virtual address of an array, or of a single object where there is no
count, and `address` for that of a sub-operation's argument. How such an argument is copied:

| Copy | Meaning |
|---|---|
| NONE | it is not; the handler gets the address, if there is an argument at all |
| IN | from the guest, before the handler runs |
| OUT | to the guest, after the handler succeeded |
| INOUT | both |
| BATCH | the handler walks an array of arguments, one at a time |
"""


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += [("| " + " | ".join(cells) + " |").replace("  ", " ") for cells in rows]
    return "\n".join(lines) + "\n"


def escape(text):
    return text.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")


class Reference:
    """The page, and which structures it has shown so far."""

    def __init__(self, tree):
        self.tree = tree
        self.headers = Headers(tree)
        self.hypercalls = read_table(tree, "hypercalls")
        self.arguments = {}
        for row in read_table(tree, "hypercall_arguments"):
            self.arguments.setdefault(row.cells[0], []).append(row)
        self.shown = set()
        self.parts = [INTRODUCTION]

    # ---- types ----

    def link(self, type_):
        """A type's name; a structure's leads to where it is shown."""
        name = type_.split()[-1]
        known = name in self.headers.records and name != "no_argument"
        return f"[`{type_}`](#{type_.replace(' ', '-')})" if known else f"`{type_}`"

    def type_of(self, member):
        if isinstance(member.type, Record):
            text = member.type.kind
        elif member.points_to:
            text = f"address of {self.link(member.points_to)}"
        else:
            text = self.link(member.type)
        return text + "".join(f"\\[{dimension}\\]" for dimension in member.dimensions)

    def show_record(self, name, wanted_members=None):
        """A table of fields, and then those of the structures that it refers to."""
        if name in self.shown or name == "no_argument":
            return
        self.shown.add(name)
        record = self.headers.records[name]
        size = self.headers.layout(record)[0]
        rows, referred = [], []
        for path, member, offset, field_size in self.headers.fields(record):
            if wanted_members and path.startswith("u.") and path not in wanted_members:
                continue
            rows.append((str(offset), str(field_size) if field_size else "",
                         f"`{path}`", self.type_of(member), escape(member.comment)))
            if not isinstance(member.type, Record):
                referred.append((member.points_to or member.type).split()[-1])
        about = f" {escape(record.comment)}" if record.comment else ""
        self.parts.append(f"### {record.kind} {name}\n\n{size} bytes, in `{record.header}`.{about}\n")
        self.parts.append(table(("Offset", "Bytes", "Field", "Type", "Meaning"), rows))
        self.show_families(record, rows)
        if not wanted_members:
            for other in referred:
                if other in self.headers.records:
                    self.show_record(other)

    def show_families(self, record, rows):
        """The values of the constants that the meanings of fields name: FAMILY_*."""
        named = re.findall(r"\b([A-Z][A-Z0-9_]*_)\\\*", " ".join(row[4] for row in rows))
        for family in dict.fromkeys(named):
            members = [f"{constant.name.removeprefix(family)} {self.value_of(constant)}"
                       for constant in self.headers.constants.values()
                       if constant.name.startswith(family) and constant.header == record.header]
            if 0 < len(members) <= FAMILY_MAX:
                self.parts.append(f"`{family}*`: {', '.join(members)}.\n")

    def value_of(self, constant):
        value = self.headers.value(constant.body)
        return str(value) if value < 10 else f"{value:#x}"

    # ---- hypercalls ----

    def show_summary(self):
        rows = []
        for row in self.hypercalls:
            number, name = row.cells[0], row.cells[1]
            arguments = ", ".join(argument.cells[2] for argument in self.arguments.get(name, []))
            rows.append((number, f"[`{name}`](#{number}-{name})", arguments, row.summary))
        self.parts.append(table(("Number", "Hypercall", "Arguments", "What it does"), rows))

    def show_arguments(self, name):
        rows = [(REGISTERS[int(row.cells[1]) - 1], f"`{row.cells[2]}`",
                 f"`{row.cells[3]}`", escape(row.summary))
                for row in self.arguments.get(name, [])]
        if rows:
            self.parts.append(table(("Register", "Argument", "Type", "Meaning"), rows))

    def show_operations(self, operations):
        rows = []
        for row in operations:
            number, name, argument, copy = row.cells
            shown = "" if argument == "no_argument" else self.link("struct " + argument)
            rows.append((number, f"`{name}`", shown, copy, escape(row.summary)))
        self.parts.append(table(("Command", "Name", "Argument", "Copy", "What it does"), rows))

    def show_hypercall(self, row):
        number, name, _, flow = row.cells
        self.parts.append(f"## {number} {name}\n\n{row.summary}\n")
        self.show_arguments(name)
        operations = []
        if flow == "OPS" or name == "mmuext_op":
            table_name = "mmuext_ops" if name == "mmuext_op" else operations_table(name)
            operations = read_table(self.tree, table_name)
            self.show_operations(operations)
        if name == "vm_assist":
            self.parts.append(table(("Type", "Name", "What it does"), [
                (assist.cells[0], f"`{assist.cells[1]}`", assist.summary)
                for assist in read_table(self.tree, "vm_assist")]))
        self.show_structures(name, operations)

    def show_structures(self, name, operations):
        """The structures of the hypercall's own arguments, then those of its sub-operations."""
        used = {"struct " + row.cells[2] for row in operations}
        for argument in self.arguments.get(name, []):
            record = argument.cells[3].removesuffix("[]").removeprefix("struct ")
            if record in self.headers.records:
                members = self.headers.records[record].members
                union = next((member.type for member in members if member.name == "u"), None)
                self.show_record(record, union and {
                    f"u.{member.name}" for member in union.members if member.type in used})
        if name == "iret":
            self.show_record("iret_context")
        for row in operations:
            self.show_record(row.cells[2])

    def text(self):
        self.show_summary()
        for row in self.hypercalls:
            self.show_hypercall(row)
        return "\n".join(self.parts)


def main():
    path = os.path.join(TREE, PAGE)
    text = Reference(TREE).text()
    if sys.argv[1:] == ["--check"]:
        with open(path, encoding="utf-8") as file:
            if file.read() != text:
                sys.exit(f"{PAGE} is out of date: run hypercall-abi/tables/make_reference.py")
        print(f"{PAGE} is up to date")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
