#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A man page from its source: make_page.py PVCTL SCDOC SOURCE OUTPUT

A line @NAME@ stands for what `pvctl --document NAME` prints; then scdoc makes the page.
"""

import re
import subprocess
import sys


def main():
    pvctl, scdoc, source, output = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        text = file.read()

    def made(match):
        return subprocess.run((pvctl, "--document", match[1]), capture_output=True, text=True,
                              check=True).stdout
    text = re.sub(r"^@([a-z-]+)@$", made, text, flags=re.M)
    page = subprocess.run((scdoc,), input=text, capture_output=True, text=True, check=False)
    if page.returncode:
        sys.exit(f"{source}: {page.stderr}")
    with open(output, "w", encoding="utf-8") as file:
        # A line that begins with a path would be a macro.
        file.write(re.sub(r"^(?=\./)", r"\\&", page.stdout, flags=re.M))


if __name__ == "__main__":
    main()
