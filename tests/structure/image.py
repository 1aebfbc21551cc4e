# SPDX-License-Identifier: MIT
"""The hypervisor image: no byte of it is both writable and executable, it touches no FPU or SSE
register beyond saving a guest's, it needs no relocation, and it carries its symbols.
"""

import re
import subprocess
import sys

FPU_REGISTER = re.compile(r"%(?:[xyz]mm\d|st\b|mm\d)")
WRITE, EXECUTE = "W", "E"


def run_tool(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def find_loose_segments(image):
    """LOAD segments with rights that they should not have together."""
    problems, kinds = [], set()
    for line in run_tool("readelf", "-lW", image).split("\n"):
        fields = line.split()
        if not fields or fields[0] != "LOAD":
            continue
        rights = "".join(fields[6:-1])
        kinds.add(rights)
        if WRITE in rights and EXECUTE in rights:
            problems.append(f"segment at {fields[2]} is writable and executable")
    missing = {"RE", "R", "RW"} - kinds
    return problems + [f"no segment with exactly the rights {rights}" for rights in missing]


def find_loose_sections(image):
    """Code sections that can be written, and constants outside read-only sections."""
    problems = []
    for line in run_tool("readelf", "-SW", image).split("\n"):
        match = re.match(r"\s*\[\s*\d+\] (\S+)\s+\S+\s+[0-9a-f]+ [0-9a-f]+ [0-9a-f]+ \S+\s+([A-Z]+)",
                         line)
        if not match:
            continue
        name, flags = match.groups()
        if "W" in flags and "X" in flags:
            problems.append(f"section {name} is writable and executable")
        if "W" in flags and name.startswith((".rodata", ".data.rel.ro", ".symbol_table", ".got")):
            problems.append(f"section {name} is writable")
    return problems


def find_fpu_use(image):
    code = run_tool("objdump", "-d", "--no-show-raw-insn", image)
    return [f"uses the FPU: {line.strip()}" for line in code.split("\n")
            if FPU_REGISTER.search(line)]


def find_relocations(image):
    listing = run_tool("readelf", "-rW", image)
    return [] if "no relocations" in listing else ["has relocations left"]


def find_missing_symbols(image):
    listing = run_tool("nm", image)
    return [f"defines no {name}" for name in ("symbol_table", "symbol_table_size")
            if not re.search(rf" [rR] {name}$", listing, re.MULTILINE)]


def find_problems(image):
    return (find_loose_segments(image) + find_loose_sections(image) + find_fpu_use(image)
            + find_relocations(image) + find_missing_symbols(image))


if __name__ == "__main__":
    found = [f"{image}: {problem}" for image in sys.argv[1:] for problem in find_problems(image)]
    print("\n".join(found) or f"{len(sys.argv) - 1} images are well formed")
    sys.exit(1 if found else 0)
