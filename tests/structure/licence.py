# SPDX-License-Identifier: MIT
"""Every source says its licence in its first lines."""

import os

from tree import all_files, first_line, read

ENDINGS = (".c", ".h", ".S", ".ld", ".def", ".py", ".sh", ".cmake")
LINE = "SPDX-License-Identifier: MIT"


def is_source(root, path):
    return (path.endswith(ENDINGS) or os.path.basename(path) == "CMakeLists.txt"
            or first_line(root, path).startswith("#!"))


def find_problems(root):
    return [f"{path}: has no line {LINE}" for path in all_files(root)
            if is_source(root, path) and LINE not in "\n".join(read(root, path).split("\n")[:3])]
