# SPDX-License-Identifier: MIT
"""Include lines are the arrows of the architecture: they point only where the design allows.

Inside hypervisor/ a folder is a layer and includes itself and the layers before it. hypercall-abi
includes nothing but <stdint.h> and itself. pvguest and toolstack see hypercall-abi and themselves.
"""

import os
import re

from tree import LAYERS, files_ending, read

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)
FREESTANDING = {"stdint.h", "stddef.h", "stdbool.h", "stdarg.h", "stdatomic.h", "stdalign.h",
                "stdnoreturn.h", "limits.h"}
ABI_HEADERS = {"stdint.h", "stddef.h", "stdbool.h"}
GENERATED = {"build_info.h"}
LIBXML2_USER = "domain_xml.c"


def check_abi(path, is_system, name):
    if is_system:
        return None if name in ABI_HEADERS else f"the published contract includes <{name}>"
    return None if name.startswith(("hypercall-abi/", "tables/")) or "/" not in name else \
        f"the published contract includes {name}"


def check_hypervisor(path, is_system, name):
    if is_system:
        return None if name in FREESTANDING else f"<{name}> is not freestanding"
    folder = name.split("/")[0]
    if folder == "hypercall-abi" or name in GENERATED:
        return None
    if "/" not in name or folder not in LAYERS:
        return f'"{name}" is not included by its folder'
    layer = path.split(os.sep)[1]
    if layer not in LAYERS:
        return f"{layer}/ is not a layer"
    if LAYERS.index(folder) > LAYERS.index(layer):
        return f"{layer}/ includes {name}, which lies above it"
    return None


def check_pvguest(path, is_system, name):
    if is_system:
        return None if name in FREESTANDING else f"<{name}> is not freestanding"
    return check_own(path, name)


def check_toolstack(path, is_system, name):
    if is_system:
        foreign = name.startswith("libxml/") and os.path.basename(path) != LIBXML2_USER
        return f"libxml2 is used outside {LIBXML2_USER}" if foreign else None
    return check_own(path, name)


def check_own(path, name):
    folder = name.split("/")[0]
    foreign = folder in ("hypervisor", "tests", "pvguest", "toolstack") and \
        folder != path.split(os.sep)[0]
    return f"includes {name} of another program" if foreign else None


RULES = {
    "hypercall-abi": check_abi,
    "hypervisor": check_hypervisor,
    "pvguest": check_pvguest,
    "toolstack": check_toolstack,
}


def resolves(root, path, name):
    """The file is there: beside the includer, at the root, or in the program's own folder."""
    top = path.split(os.sep)[0]
    places = (os.path.dirname(path), "", top)
    return name in GENERATED or any(
        os.path.isfile(os.path.join(root, place, name)) for place in places)


def find_problems(root):
    problems = []
    for path in files_ending(root, (".c", ".h", ".S"), RULES):
        rule = RULES[path.split(os.sep)[0]]
        for match in INCLUDE.finditer(read(root, path)):
            is_system, name = match.group(1) == "<", match.group(2)
            problem = rule(path, is_system, name)
            if not problem and not is_system and not resolves(root, path, name):
                problem = f'"{name}" does not exist'
            if problem:
                problems.append(f"{path}: {problem}")
    return problems
