# SPDX-License-Identifier: MIT
"""Lengths of files and functions: the longest are shown, and only gross ones are refused.

A file above 600 lines, or a function above 50, is a question to whoever reads this report.
"""

import os
import re

from tree import C_FOLDERS, files_ending, read

FILE_ASK, FILE_MAX = 600, 900
FUNCTION_ASK, FUNCTION_MAX = 50, 120
SHOWN = 5
SHOWN_NAME = 60


def functions_of(source):
    """(first line, lines) of the functions: bodies are braces at the start of a line, below ')'."""
    lines = source.split("\n")
    for start, line in enumerate(lines):
        if line != "{" or not lines[start - 1].rstrip().endswith(")"):
            continue
        head = start - 1
        while head > 0 and lines[head][:1].isspace():
            head -= 1
        end = lines.index("}", start) if "}" in lines[start:] else len(lines) - 1
        yield lines[head][:SHOWN_NAME], end - head + 1


def report(kind, measured, ask):
    long = sum(length > ask for length, _ in measured)
    print(f"{len(measured)} {kind}, {long} over {ask} lines; the longest:")
    for length, name in sorted(measured, reverse=True)[:SHOWN]:
        print(f"  {length:5} {name}")


def find_problems(root):
    files, functions = [], []
    for path in files_ending(root, (".c", ".h", ".S", ".py", ".sh"),
                             C_FOLDERS + ("configs",)) + ["run"] * os.path.exists(f"{root}/run"):
        source = read(root, path)
        files.append((source.count("\n"), path))
        if path.endswith((".c", ".h")):
            functions += [(length, f"{path}: {name}") for name, length in functions_of(source)]
    report("files", files, FILE_ASK)
    report("functions", functions, FUNCTION_ASK)
    return [f"{name}: {length} lines, the limit is {FILE_MAX}"
            for length, name in files if length > FILE_MAX] + \
        [f"{name}: {length} lines, the limit is {FUNCTION_MAX}"
         for length, name in functions if length > FUNCTION_MAX]
