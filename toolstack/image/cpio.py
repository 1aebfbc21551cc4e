# SPDX-License-Identifier: MIT
"""Archives for the kernel's first file system, the same bytes for the same files: no times, no owners."""

import os
import stat


class Archive:
    """A cpio archive of the form the kernel unpacks (Documentation/driver-api/early-userspace)."""

    def __init__(self):
        self.parts = []
        self.inode = 0

    def add(self, name, mode, content=b"", device=(0, 0)):
        self.inode += 1
        encoded = name.encode() + b"\0"
        fields = (self.inode, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(encoded), 0)
        header = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        self.parts += [header, b"\0" * (-len(header) % 4), content, b"\0" * (-len(content) % 4)]

    def add_tree(self, root):
        for folder, folders, names in os.walk(root):
            folders.sort()
            links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
            for name in sorted(names + folders):
                self.add_path(os.path.join(folder, name), os.path.relpath(
                    os.path.join(folder, name), root))
            folders[:] = [name for name in folders if name not in links]

    def add_path(self, path, name):
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            self.add(name, 0o120777, os.readlink(path).encode())
        elif stat.S_ISDIR(mode):
            self.add(name, 0o040755)
        elif stat.S_ISREG(mode):
            with open(path, "rb") as file:
                self.add(name, 0o100000 | (0o755 if mode & 0o111 else 0o644), file.read())

    def bytes(self):
        self.add("TRAILER!!!", 0)
        return b"".join(self.parts)
