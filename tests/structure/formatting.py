# SPDX-License-Identifier: MIT
"""clang-format would change nothing."""

import os
import subprocess

from tree import C_FOLDERS, files_ending


def find_problems(root):
    sources = [os.path.join(root, path) for path in files_ending(root, (".c", ".h"), C_FOLDERS)]
    if not sources:
        return []
    result = subprocess.run(["clang-format", "--style=file", "--dry-run", *sources],
                            capture_output=True, text=True, check=True)
    places = [line.split(": ")[0] for line in result.stderr.split("\n") if ": warning:" in line]
    return [f"{os.path.relpath(place, root)}: not formatted (./run format)" for place in places]
