#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs one check over a tree: check.py NAME ROOT. Prints the problems, and fails if there are any."""

import importlib
import sys


def main():
    name, root = sys.argv[1:]
    problems = importlib.import_module(name).find_problems(root)
    for problem in problems:
        print(problem)
    print(f"{name}: {len(problems)} problems" if problems else f"{name}: fine")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
