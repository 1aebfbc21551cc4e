#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How many requests a second pvd's store answers at its socket, on this machine.

store.py --hypervisor HYPERVISOR      the pvd of the same build is measured

One request at a time is mostly the time of this script; with many under way it is the store's.
"""

import argparse
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time

READ, WRITE = 2, 11
NODES = 10000
REQUESTS = 50000
HEAD = struct.Struct("<IIII")


def message(kind, payload):
    return HEAD.pack(kind, 1, 0, len(payload)) + payload


def receive(client, count, pending=b""):
    """Counts whole answers until there are so many."""
    done = 0
    while done < count:
        pending += client.recv(1 << 16)
        at = 0
        while len(pending) - at >= HEAD.size:
            end = at + HEAD.size + HEAD.unpack_from(pending, at)[3]
            if end > len(pending):
                break
            at, done = end, done + 1
        pending = pending[at:]


def rate(client, messages, under_way):
    begin = time.monotonic()
    for start in range(0, len(messages), under_way):
        part = messages[start:start + under_way]
        client.sendall(b"".join(part))
        receive(client, len(part))
    return len(messages) / (time.monotonic() - begin)


def paths():
    return [b"/local/domain/%d/device/vif/%d/state" % (i // 100, i % 100) for i in range(NODES)]


def measure(client):
    names = paths()
    rate(client, [message(WRITE, name + b"\0" + b"4") for name in names], 32)
    reads = [message(READ, names[i * 7919 % NODES] + b"\0") for i in range(REQUESTS)]
    writes = [message(WRITE, names[i * 7919 % NODES] + b"\0" + b"5") for i in range(REQUESTS)]
    for name, messages in (("reads", reads), ("writes", writes)):
        for under_way in (1, 32):
            print(f"{name}, {under_way:2} under way, {NODES} nodes: "
                  f"{rate(client, messages, under_way):8.0f} a second")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hypervisor", required=True)
    build = os.path.dirname(os.path.dirname(os.path.abspath(parser.parse_args().hypervisor)))
    pvd = os.path.join(build, "toolstack", "pvd")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "store")
        with subprocess.Popen([pvd, "--foreground", "--detached", "--run-folder", folder,
                               "--store-socket", path, "--socket", os.path.join(folder, "control"),
                               "--log-level", "warning", "--log-folder", folder]) as daemon:
            try:
                while not os.path.exists(path):
                    time.sleep(0.01)
                with socket.socket(socket.AF_UNIX) as client:
                    client.connect(path)
                    measure(client)
            finally:
                daemon.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
