#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares hypercall-abi/ with the public headers of Debian's libxen-dev.

    compare_abi.py --root TREE --build FOLDER [--public INCLUDE] [--cc COMPILER]

Every constant, the size and alignment of every record, and the offset, size and signedness of
every field that our headers state becomes a fact. Two generated sources tell the facts, one
compiled against our headers and one against the public ones; compare.c compares them. A name that
the public headers lack must be in exceptions.py, and so must a name of a whole family that ours
lack.
"""

import argparse
import fnmatch
import os
import re
import subprocess
import sys

import exceptions
from facts import all_facts, equivalent_facts, write_source

from abi_text import AbiError, Headers

HERE = os.path.dirname(os.path.abspath(__file__))
PUBLIC_HEADERS = """
    xen.h callback.h domctl.h elfnote.h errno.h event_channel.h features.h grant_table.h memory.h
    nmi.h physdev.h platform.h sched.h sysctl.h vcpu.h version.h arch-x86/cpuid.h
    arch-x86/hvm/start_info.h io/blkif.h io/console.h io/netif.h io/protocols.h io/ring.h
    io/xenbus.h io/xs_wire.h""".split()
PUBLIC_FLAGS = ["-D__XEN_TOOLS__"]
# A few numbers are shown to the hypervisor alone, but this header has code that only it can build.
# <errno.h> makes the store's header list its errors.
PUBLIC_START = ["#include <errno.h>", "#include <xen/hvm/save.h>", "#define __XEN__"]


class Comparison:
    """One run: what to compile, with which compiler, and the problems found."""

    def __init__(self, root, build, public, compiler):
        self.root, self.build, self.public, self.compiler = root, build, public, compiler
        self.headers = Headers(root)
        self.problems = []
        os.makedirs(build, exist_ok=True)

    def path(self, name):
        return os.path.join(self.build, name)

    def run(self, *arguments, check=True):
        result = subprocess.run([self.compiler, "-std=gnu11", "-I", HERE, *arguments],
                                capture_output=True, text=True, check=False)
        if check and result.returncode:
            raise AbiError(f"{self.compiler} failed:\n{result.stderr}")
        return result

    # ---- the two sides ----

    def write_ours(self, facts):
        includes = [f'#include "{header}"' for header in self.headers.headers]
        write_source(self.path("ours.c"), includes, "describe_ours",
                     [fact.line(fact.ours) for fact in facts])

    def write_public(self, facts):
        includes = PUBLIC_START + [f"#include <xen/{header}>" for header in PUBLIC_HEADERS]
        return write_source(self.path("public.c"), includes, "describe_public",
                            [fact.line(fact.public) for fact in facts])

    def facts_unknown_to_public(self, facts):
        """The facts that do not compile against the public headers: their subject is missing."""
        first = self.write_public(facts)
        result = self.run("-fsyntax-only", "-fmax-errors=0", "-I", self.public, *PUBLIC_FLAGS,
                          self.path("public.c"), check=False)
        unknown = set()
        for file, line in re.findall(r"^(\S+?):(\d+):\d+: (?:fatal )?error:", result.stderr,
                                     re.MULTILINE):
            index = int(line) - first
            if file != self.path("public.c") or not 0 <= index < len(facts):
                raise AbiError(f"cannot use the public headers:\n{result.stderr}")
            unknown.add(index)
        if result.returncode and not unknown:
            raise AbiError(f"cannot use the public headers:\n{result.stderr}")
        return [facts[index] for index in sorted(unknown)]

    # ---- what may differ ----

    def explain(self, unknown):
        """Each unknown subject needs a reason, each reason a subject."""
        reasons = exceptions.names_of(exceptions.ONLY_OURS)
        used = set()
        for fact in unknown:
            name = next((name for name in (fact.subject, fact.subject.split(".")[0])
                         if name in reasons), None)
            if name:
                used.add(name)
            elif not fact.subject.startswith(tuple(exceptions.NODE_PREFIXES)):
                self.problems.append(f"only ours: {fact.name}: not in the public headers")
        stated = {fact.subject for fact in all_facts(self.headers)}
        for name in sorted(reasons - used):
            if name in stated:
                self.problems.append(f"exceptions.py: {name} needs no exception")
            else:
                self.problems.append(f"exceptions.py: no header states {name}")

    def check_nodes(self):
        """Names of store nodes stand in the comments of the public headers."""
        for prefix, header in exceptions.NODE_PREFIXES.items():
            with open(os.path.join(self.public, "xen", header), encoding="utf-8") as file:
                words = set(re.findall(r"[\w-]+", file.read()))
            for name, constant in self.headers.constants.items():
                node = constant.body.strip('"')
                if name.startswith(prefix) and node not in words \
                        and node not in exceptions.NODES_OF_DRIVERS:
                    self.problems.append(f"only ours: {name}: {header} knows no {node}")

    def check_families(self):
        """Families that ours must have whole lack nothing but what is left out on purpose."""
        macros = self.run("-dM", "-E", "-I", self.public, *PUBLIC_FLAGS, self.path("public.c"))
        missing = {name for name, arguments in re.findall(r"^#define (\w+)(\()?", macros.stdout,
                                                          re.MULTILINE)
                   if not arguments and name.startswith(exceptions.WHOLE_FAMILIES)
                   and name not in self.headers.constants}
        for pattern in sorted(exceptions.names_of(exceptions.LEFT_OUT)):
            left_out = set(fnmatch.filter(missing, pattern))
            if not left_out:
                self.problems.append(f"exceptions.py: {pattern} is not left out")
            missing -= left_out
        self.problems += [f"only public: {name}" for name in sorted(missing)]

    # ---- the run ----

    def compare(self, facts):
        """Builds and runs the program. Answers what it prints."""
        self.write_ours(facts)
        self.write_public(facts)
        objects = []
        for source, flags in (("ours", ["-I", self.root]),
                              ("public", ["-I", self.public, *PUBLIC_FLAGS])):
            objects.append(self.path(source + ".o"))
            self.run(*flags, "-c", self.path(source + ".c"), "-o", objects[-1])
        self.run(os.path.join(HERE, "compare.c"), *objects, "-o", self.path("compare"))
        result = subprocess.run([self.path("compare")], capture_output=True, text=True,
                                check=False)
        if result.returncode not in (0, 1):
            raise AbiError(result.stderr)
        return result.stdout

    def without_designed_differences(self, facts):
        different = exceptions.names_of(exceptions.DIFFERENT)
        return [fact for fact in facts
                if not (fact.subject in different and fact.name.startswith("kind of "))]

    def execute(self):
        """Answers the report; the problems are in self.problems."""
        facts = self.without_designed_differences(all_facts(self.headers))
        unknown = self.facts_unknown_to_public(facts)
        self.explain(unknown)
        self.check_nodes()
        missing = {fact.name for fact in unknown}
        facts = [fact for fact in facts if fact.name not in missing]
        facts += equivalent_facts(self.root)
        output = self.compare(facts)
        self.check_families()
        self.problems += [line for line in output.split("\n") if line.startswith("differs: ")]
        return "\n".join([*self.problems, output.strip().split("\n")[-1] + f"; {len(unknown)} facts "
                          f"are ours alone, {len(self.problems)} problems"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--public", default="/usr/include")
    parser.add_argument("--cc", default="x86_64-linux-gnu-gcc")
    arguments = parser.parse_args()
    if not os.path.exists(os.path.join(arguments.public, "xen", "xen.h")):
        sys.exit(f"no public headers below {arguments.public}: install libxen-dev")
    try:
        run = Comparison(arguments.root, arguments.build, arguments.public, arguments.cc)
        print(run.execute())
        sys.exit(1 if run.problems else 0)
    except AbiError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
