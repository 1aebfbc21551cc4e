#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table in docs/domain-xml.md, from the rules that pvctl reads documents by.

make_reference.py PVCTL [--check]     writes the page, or says whether it is as it should be
"""

import os
import subprocess
import sys

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/domain-xml.md")
FIRST_LINE = "| element, attribute |"


def main():
    table = subprocess.run((sys.argv[1], "--document", "domain-xml"), capture_output=True,
                           text=True, check=True).stdout
    with open(PAGE, encoding="utf-8") as file:
        old = file.read()
    new = old[:old.index(FIRST_LINE)] + table
    if "--check" in sys.argv:
        if new != old:
            sys.exit("docs/domain-xml.md is not what the rules say: run " + sys.argv[0])
        print("docs/domain-xml.md is what the rules say")
        return
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(new)


if __name__ == "__main__":
    main()
