# SPDX-License-Identifier: MIT
"""Disks and network cards of a machine, with content that can be compared."""

import hashlib
import os
import random

DISK_BYTES = 4 << 20


class Disk:
    """A disk image of bytes that nothing else has, and the name Linux gives it."""

    def __init__(self, folder, seed):
        self.content = random.Random(seed).randbytes(DISK_BYTES)
        self.sum = hashlib.md5(self.content).hexdigest()
        self.path = os.path.join(folder, f"disk{seed}")
        with open(self.path, "wb") as file:
            file.write(self.content)

    def drive(self, name):
        return ("-drive", f"file={self.path},format=raw,if=none,id={name}")

    def is_copied(self):
        """Whether its first half has been written over its second."""
        with open(self.path, "rb") as file:
            return file.read() == self.content[:DISK_BYTES // 2] * 2


class Card:
    """A network card in a net of its own, with doors where a file is fetched and sent."""

    def __init__(self, folder, number, model):
        self.model = model
        self.net = f"10.0.{number + 3}"
        self.source = os.path.join(folder, f"source{number}")
        self.sent = os.path.join(folder, f"sent{number}")
        content = random.Random(f"card {number}").randbytes(DISK_BYTES // 2)
        self.sum = hashlib.md5(content).hexdigest()
        with open(self.source, "wb") as file:
            file.write(content)
        self.door = os.path.join(folder, f"door{number}")
        with open(self.door, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\ncat > {self.sent}\n")
        os.chmod(self.door, 0o755)

    def words(self):
        return ("-nic", f"user,model={self.model},net={self.net}.0/24,"
                        f"guestfwd=tcp:{self.net}.100:7-cmd:cat {self.source},"
                        f"guestfwd=tcp:{self.net}.100:8-cmd:{self.door}")


def sum_of(path):
    try:
        with open(path, "rb") as file:
            return hashlib.md5(file.read()).hexdigest()
    except FileNotFoundError:
        return None
