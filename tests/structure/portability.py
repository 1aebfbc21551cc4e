# SPDX-License-Identifier: MIT
"""No file names a folder of somebody's machine, a package registry's host, or unfinished work."""

import re

from tree import all_files, is_text, read

# The bracketed letters keep these lines from matching themselves.
PATTERNS = (
    (re.compile(r"(?<![\w.$}{/*-])/([w]ork|[h]ome|[r]oot|[t]mp/wt|[t]mp/team|[U]sers)/"),
     "a path of one machine"),
    (re.compile(r"https?://[a-z0-9.-]*([m]irror|[r]egistry|\b[d]eb\b|[p]ypi|[c]rates\.io)"),
     "a registry's host"),
    (re.compile(r"\b([T]ODO|[F]IXME)\b"), "unfinished work without an issue"),
)


def find_problems(root):
    problems = []
    for path in all_files(root):
        if not is_text(root, path):
            problems.append(f"{path}: a binary file")
            continue
        for number, line in enumerate(read(root, path).split("\n"), 1):
            problems += [f"{path}:{number}: {what}: {line.strip()}"
                         for pattern, what in PATTERNS if pattern.search(line)]
    return problems
