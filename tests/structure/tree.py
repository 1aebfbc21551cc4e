# SPDX-License-Identifier: MIT
"""Which files a check looks at. Folders made by builds are passed over."""

import os

LAYERS = ("lib arch console mm domain pvmmu sched event grant emulate hypercall control trap "
          "boot").split()
C_FOLDERS = ("hypercall-abi", "hypervisor", "pvguest", "toolstack", "tests")
PASSED_OVER = {".git", "__pycache__"}


def all_files(root):
    """Paths of all files below root, relative to it, in order."""
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders
                            if name not in PASSED_OVER and not name.startswith("build"))
        for name in sorted(files):
            path = os.path.relpath(os.path.join(folder, name), root)
            if path != ".git":
                found.append(path)
    return found


def files_ending(root, endings, folders=None):
    """Files with one of these endings, in the given top folders or anywhere."""
    return [path for path in all_files(root)
            if path.endswith(tuple(endings))
            and (folders is None or path.split(os.sep)[0] in folders)]


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def is_text(root, path):
    with open(os.path.join(root, path), "rb") as file:
        return b"\0" not in file.read(4096)


def first_line(root, path):
    return read(root, path).split("\n", 1)[0] if is_text(root, path) else ""
