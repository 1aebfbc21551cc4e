# SPDX-License-Identifier: MIT
"""Errors of the toolstack: every id that the sources use has a row in errors.def, of the same class."""

import re

from tree import files_ending, read

TABLE = "toolstack/common/errors.def"
ROW = re.compile(r'^ERROR_ROW\("(PV-E\d{4})", (\w+), "[^"]+", "[^"]+"\)$', re.MULTILINE)
USE = re.compile(r'ERROR_(\w+),\s*"(PV-E\d{4})"')
CLASSES = ("NONE FAILED USAGE INPUT UNSUPPORTED NOT_FOUND STATE RESOURCES PERMISSION CONNECTION "
           "TIMEOUT GUEST HOST").split()


def find_problems(root):
    if TABLE not in files_ending(root, (".def",), ("toolstack",)):
        return []
    text = read(root, TABLE)
    rows = dict(ROW.findall(text))
    problems = [f"{TABLE}: {name} should be {CLASSES[int(name[4:6])]}"
                for name, word in rows.items() if CLASSES.index(word) != int(name[4:6])]
    if len(rows) != len(re.findall(r"^ERROR_ROW\(", text, re.MULTILINE)):
        problems.append(f"{TABLE}: has an id twice, or a row that is no row")
    for path in files_ending(root, (".c",), ("toolstack",)):
        for word, name in USE.findall(read(root, path)):
            if name not in rows:
                problems.append(f"{path}: {name} has no row in {TABLE}")
            elif word not in ("NONE", rows[name]):  # NONE: not always an error
                problems.append(f"{path}: {name} is {word} here and {rows[name]} in {TABLE}")
    return problems
