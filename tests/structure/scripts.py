# SPDX-License-Identifier: MIT
"""Shell scripts parse (bash -n) and so do Python ones."""

import os
import subprocess

from tree import all_files, first_line, read


def check_shell(root, path):
    result = subprocess.run(["bash", "-n", os.path.join(root, path)], capture_output=True,
                            text=True, check=False)
    return [f"{path}: {result.stderr.strip()}"] if result.returncode else []


def check_python(root, path):
    try:
        compile(read(root, path), path, "exec")
    except SyntaxError as error:
        return [f"{path}: {error}"]
    return []


def find_problems(root):
    problems = []
    for path in all_files(root):
        start = first_line(root, path)
        if path.endswith(".py"):
            problems += check_python(root, path)
        elif path.endswith(".sh") or (start.startswith("#!") and "bash" in start):
            problems += check_shell(root, path)
    return problems
