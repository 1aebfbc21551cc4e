# SPDX-License-Identifier: MIT
"""The hypervisor image: no byte of it is both writable and executable, it touches no FPU or SSE
register beyond saving a guest's, it needs no relocation, and it carries its symbols.
"""

import glob
import os
import re
import subprocess
import sys

FPU_REGISTER = re.compile(r"%(?:[xyz]mm\d|st\b|mm\d)")
WRITE, EXECUTE = "W", "E"


def run_tool(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def load_segments(image):
    """(start, end, rights) of the LOAD segments; rights as "RE" or "RW"."""
    segments = []
    for line in run_tool("readelf", "-lW", image).split("\n"):
        fields = line.split()
        if fields and fields[0] == "LOAD":
            start, size = int(fields[2], 16), int(fields[5], 16)
            segments.append((start, start + size, "".join(fields[6:-1])))
    return segments


def find_loose_segments(image):
    """LOAD segments with rights that they should not have together."""
    segments = load_segments(image)
    missing = {"RE", "R", "RW"} - {rights for _, _, rights in segments}
    return [f"the segment at {start:#x} is writable and executable"
            for start, _, rights in segments if WRITE in rights and EXECUTE in rights] + \
        [f"no segment has exactly the rights {rights}" for rights in sorted(missing)]


def constants_of(objects):
    """Names in the section for constants that hold addresses, which only position-independent
    code has; a linker script that does not name it puts them among the variables.
    """
    listings = "\n".join(run_tool("objdump", "-t", path) for path in objects)
    return {line.split()[-1] for line in listings.split("\n")
            if re.search(r"\s\.data\.rel\.ro\S*\s", line)}


def find_writable_constants(image):
    """Constants of the object files beside the image that are writable in it."""
    objects = glob.glob(os.path.join(os.path.dirname(image), "**", "*.obj"), recursive=True)
    constants = constants_of(objects) | {"symbol_table"}
    writable = [(start, end) for start, end, rights in load_segments(image) if WRITE in rights]
    problems = []
    for line in run_tool("nm", image).split("\n"):
        fields = line.split()
        if len(fields) == 3 and fields[2] in constants and \
                any(start <= int(fields[0], 16) < end for start, end in writable):
            problems.append(f"the constant {fields[2]} is writable")
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
    return (find_loose_segments(image) + find_writable_constants(image) + find_fpu_use(image)
            + find_relocations(image) + find_missing_symbols(image))


if __name__ == "__main__":
    found = [f"{image}: {problem}" for image in sys.argv[1:] for problem in find_problems(image)]
    print("\n".join(found) or f"{len(sys.argv) - 1} images are well formed")
    sys.exit(1 if found else 0)
