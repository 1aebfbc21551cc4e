# SPDX-License-Identifier: MIT
"""Files and folders of the tree that a document names in backticks are there."""

import os
import re

from tree import files_ending, read

FOLDERS = "configs|docs|hypercall-abi|hypervisor|pvguest|tests|toolstack"
LAYER_FILE = re.compile(r"`((?:lib|arch|console|mm|domain|pvmmu|sched|event|grant|emulate|hypercall|"
                        r"control|trap|boot)/[\w-]+\.\w+)(?::\d+)?`")
NAME = re.compile(rf"`((?:{FOLDERS})/[\w./-]*)(?::\d+)?`")


def named_paths(text):
    return NAME.findall(text) + ["hypervisor/" + path for path in LAYER_FILE.findall(text)]


def find_problems(root):
    return [f"{document}: {path} does not exist"
            for document in files_ending(root, (".md",))
            for path in named_paths(read(root, document))
            if not os.path.exists(os.path.join(root, path))]
