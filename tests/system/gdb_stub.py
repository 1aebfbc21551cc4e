# SPDX-License-Identifier: MIT
"""A client of QEMU's gdb stub: stops the machine where the hypervisor is entered, looks at the
loader's and the firmware's memory, and changes it. Only what the tests need of the protocol.
"""

import os
import shutil
import socket
import struct
import tempfile
import time

CONNECT_PATIENCE_S = 30
REPLY_PATIENCE_S = 60
REGISTER_A, REGISTER_B = 0, 1  # the stub's numbers of RAX and RBX


class Stub:
    def __init__(self, path):
        deadline = time.monotonic() + CONNECT_PATIENCE_S
        while True:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                self.socket.connect(path)
                break
            except OSError:
                self.socket.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        self.socket.settimeout(REPLY_PATIENCE_S)
        self.buffer = b""
        # The stub answers for single registers only to those who have read their description.
        self.ask("qXfer:features:read:target.xml:0,ffb")

    def close(self):
        self.socket.close()

    def _byte(self):
        if not self.buffer:
            self.buffer = self.socket.recv(65536)
            if not self.buffer:
                raise ConnectionError("the machine is gone")
        byte, self.buffer = self.buffer[:1], self.buffer[1:]
        return byte

    def _send(self, text):
        data = text.encode()
        self.socket.sendall(b"$" + data + f"#{sum(data) & 0xff:02x}".encode())

    def _reply(self):
        while self._byte() != b"$":
            pass
        data = b""
        while (byte := self._byte()) != b"#":
            data += byte
        self._byte()
        self._byte()
        self.socket.sendall(b"+")
        return data.decode()

    def ask(self, text):
        self._send(text)
        return self._reply()

    def run_to(self, address):
        """Lets the machine run until it is about to execute `address`, and stops it there."""
        if self.ask(f"Z1,{address:x},1") != "OK":
            raise ConnectionError("no breakpoint")
        self.ask("c")
        self.ask(f"z1,{address:x},1")

    def go_on(self):
        """Lets the machine run for good."""
        self._send("D")

    def read(self, address, length):
        data = b""
        while len(data) < length:
            piece = min(length - len(data), 1024)
            reply = self.ask(f"m{address + len(data):x},{piece:x}")
            if reply.startswith("E"):
                raise ConnectionError(f"no memory at {address:#x}")
            data += bytes.fromhex(reply)
        return data

    def write(self, address, data):
        if self.ask(f"M{address:x},{len(data):x}:{data.hex()}") != "OK":
            raise ConnectionError(f"cannot write at {address:#x}")

    def read32(self, address):
        return struct.unpack("<I", self.read(address, 4))[0]

    def write32(self, address, value):
        self.write(address, struct.pack("<I", value))

    def get_register(self, number):
        return int.from_bytes(bytes.fromhex(self.ask(f"p{number:x}")), "little")

    def set_register(self, number, value):
        if self.ask(f"P{number:x}={value.to_bytes(8, 'little').hex()}") != "OK":
            raise ConnectionError("cannot set a register")


def entry_of(image):
    """The entry point of an ELF64 file."""
    with open(image, "rb") as file:
        return struct.unpack_from("<Q", file.read(64), 24)[0]


def at_entry(image, change):
    """For machine.qemu(): its extra arguments, and what to do `during` the run, so that
    change(stub) is called when the boot loader has just handed over."""
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "gdb")

    def during(_process):
        stub = Stub(path)
        try:
            stub.run_to(entry_of(image))
            change(stub)
            stub.go_on()
        finally:
            stub.close()
            shutil.rmtree(folder, ignore_errors=True)

    return ["-S", "-gdb", f"unix:{path},server=on,wait=off"], during
