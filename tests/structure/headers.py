# SPDX-License-Identifier: MIT
"""Each header compiles alone and twice, without warnings, and its guard is spelled in our way."""

import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

from tree import C_FOLDERS, files_ending, read

GUARD = re.compile(r"^#ifndef ((?:PARAPET|PVGUEST)_[A-Z0-9_]+_H)\n#define \1\n", re.MULTILINE)
FLAGS = ("-std=gnu11 -fsyntax-only -Wall -Wextra -Werror -Wconversion -Wsign-conversion -Wshadow "
         "-Wstrict-prototypes -Wvla -Wundef -Wcast-qual -mgeneral-regs-only "
         "-DPARAPET_DEBUG=1").split()
INCLUDE_PATHS = {
    "hypercall-abi": ["."],
    "hypervisor": ["hypervisor", "."],
    "pvguest": ["pvguest", "."],
    "toolstack": ["toolstack", "."],
    "tests": ["tests/support/fake_arch", "hypervisor", ".", "tests", "toolstack", "pvguest"],
}
FREESTANDING = ("hypercall-abi", "hypervisor", "pvguest")


def compile_alone(root, path):
    top = path.split(os.sep)[0]
    flags = list(FLAGS)
    if top in FREESTANDING:
        flags.append("-ffreestanding")
    # Paths go in front for the header itself, so that a test's header finds its neighbours.
    for folder in [os.path.dirname(path)] * (top == "tests") + INCLUDE_PATHS[top]:
        flags += ["-I", os.path.join(root, folder)]
    compiler = os.environ.get("PARAPET_CC", "x86_64-linux-gnu-gcc")
    line = f'#include "{os.path.join(root, path)}"\n'
    result = subprocess.run([compiler, *flags, "-x", "c", "-"], input=line + line, text=True,
                            capture_output=True, check=False)
    if result.returncode:
        return [f"{path}: does not compile alone:\n{result.stderr.rstrip()}"]
    return []


def check_header(root, path):
    problems = compile_alone(root, path)
    if not GUARD.search(read(root, path)):
        problems.append(f"{path}: has no include guard PARAPET_..._H")
    return problems


def find_problems(root):
    headers = files_ending(root, (".h",), C_FOLDERS)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda path: check_header(root, path), headers)
    return [problem for problems in found for problem in problems]
