#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Bad input to pvctl with pvd and the hypervisor below: each row of bad_input.txt is a command that must
be refused with one message, its cause, its remedy, and the exit code of its class; and nothing is left.

bad_input.py HYPERVISOR [-v]    -v prints what each said
"""

import base64
import glob
import gzip
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

import control
import machine


TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bad_input.txt")
ROW = re.compile(r"check: row (\d+) (\d+) ([A-Za-z0-9+/=]*)\s*$", re.M)
MESSAGE = re.compile(r"^pvctl: (?:(\S+?)(?::(\d+))?: )?(.*) \[(PV-E\d+)\]$", re.M)
ROWS_MIN = 60
KERNEL = "/usr/lib/parapet/pvguest"
BUSY_UUID = "039e9ee6-4a84-3055-4c81-8ba426ae2656"

# A document; a row puts its text in the place of one of these lines.
BASE = {
    "domain": "<domain type='xen'>",
    "name": "<name>bad</name>",
    "uuid": "<uuid>7b4cf3ce-1f9c-4a6b-8d77-30a4bd5a1f21</uuid>",
    "memory": "<memory unit='MiB'>32</memory>",
    "vcpu": "<vcpu>1</vcpu>",
    "os": f"<os><type>linux</type><kernel>{KERNEL}</kernel></os>",
    "devices": "<devices>",
    "device": "",
    "end": "</devices></domain>",
}
BUSY = {
    "name": "<name>busy</name>",
    "uuid": f"<uuid>{BUSY_UUID}</uuid>",
    "vcpu": "<vcpu current='1'>2</vcpu>",
    "os": f"<os><type>linux</type><kernel>{KERNEL}</kernel><cmdline>stay</cmdline></os>",
    "device": "<disk type='file'><source file='/bad/busy.img'/><target dev='xvda'/></disk>",
}


def document(changes):
    return "\n".join({**BASE, **changes}.values()).encode() + b"\n"


def whole(text):
    made = {
        "@empty": lambda: b"",
        "@random": lambda: bytes((i * 167 + 41) % 256 for i in range(4000)),
        "@latin1": lambda: b"<domain type='xen'><name>caf\xe9</name></domain>",
        "@huge": lambda: document({"name": f"<description>{'x' * (5 << 20)}</description>"}),
        "@deep": lambda: b"<domain type='xen'>" + b"<a>" * 300 + b"</a>" * 300 + b"</domain>",
        "@external": lambda: b"<!DOCTYPE domain [<!ENTITY secret SYSTEM 'file:///etc/passwd'>]>\n"
                             b"<domain type='xen'><name>&secret;</name></domain>",
        "@bomb": lambda: b"<!DOCTYPE domain [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]>\n"
                         b"<domain type='xen'><name>&b;</name></domain>",
    }
    return made[text]() if text in made else text.encode()


class Row:
    """where | what stands there | command | exit | id | line | said, of bad_input.txt."""

    def __init__(self, number, text):
        fields = [field.strip() for field in text.split(" | ")]
        if len(fields) != 7:
            raise machine.Failure(f"{TABLE}: {len(fields)} fields in: {text}")
        self.where, self.text, self.command, status, self.id, self.line, said = fields
        self.number, self.status = number, int(status)
        self.said = said.split(" & ")
        self.path = f"/bad/{number}.xml"
        self.command = self.command.replace("@", self.path)

    def bytes(self):
        if self.where == "whole":
            return whole(self.text)
        return document({self.where: self.text} if self.where != "-" else {})

    def problems(self, status, said):
        """What is wrong with what the command came to."""
        messages = MESSAGE.findall(said)
        if status != self.status:
            yield f"exit {status}"
        if len(messages) != 1:
            yield f"{len(messages)} messages"
            return
        _, line, _, identity = messages[0]
        if identity != self.id:
            yield f"{identity}"
        if self.line != "-" and (line != self.line or self.path not in said):
            yield f"line {line or 'not told'}"
        for words in self.said:
            if words not in said:
                yield f'not said: "{words}"'
        lines = [line for line in said.splitlines() if not line.startswith("pvctl: warning: ")]
        if len(lines) != 2 or not lines[1].startswith("pvctl: "):
            yield "no remedy" if len(lines) < 2 else "more than a message and its remedy"


def read_rows():
    with open(TABLE, encoding="ascii") as file:
        lines = [line.strip() for line in file]
    return [Row(number, line) for number, line in
            enumerate(line for line in lines if line and not line.startswith("#"))]


# ---- kernels that are none ----

def set_bytes(data, at, new):
    return data[:at] + new + data[at + len(new):]


def payload_of(bzimage):
    """Offset of what is compressed in a bzImage."""
    setup = (bzimage[0x1f1] or 4) + 1
    return setup * 512 + struct.unpack_from("<I", bzimage, 0x248)[0]


def gzip_bomb():
    """1 GiB of zeros."""
    with tempfile.TemporaryFile() as file:
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6) as packed:
            for _ in range(1 << 10):
                packed.write(bytes(1 << 20))
        file.seek(0)
        return file.read()


def bzimage():
    with tempfile.TemporaryDirectory() as folder:
        package = glob.glob(control.built("image", "packages", "linux-image-6.*_*.deb"))[0]
        subprocess.run(("dpkg-deb", "-x", package, folder), check=True)
        with open(glob.glob(f"{folder}/boot/vmlinuz-*")[0], "rb") as file:
            return file.read()


def make_kernels(root):
    with open(control.built("pvguest", "pvguest-pv"), "rb") as file:
        elf = file.read()
    linux = bzimage()
    files = {
        "random": bytes((i * 167 + 41) % 256 for i in range(65536)),
        "elf-cut": elf[:8192],
        "elf-head": elf[:64],
        "elf-32": set_bytes(elf, 4, b"\x01"),
        "elf-arm": set_bytes(elf, 18, struct.pack("<H", 183)),
        "elf-no-note": elf.replace(b"Xen\0", b"Nex\0"),
        "bz": linux,
        "bz-cut": linux[:1 << 20],
        "bz-old": set_bytes(linux, 0x206, b"\x00\x02"),
        "bz-damaged": set_bytes(linux, payload_of(linux) + 100000, bytes(64)),
        "bz-lzo": set_bytes(linux, payload_of(linux), b"\x89LZO\0\r"),
        "gzip-cut": gzip.compress(elf)[:5000],
        "gzip-text": gzip.compress(b"no kernel at all\n" * 100),
        "gzip-bomb": gzip_bomb(),
    }
    for name, data in files.items():
        with open(os.path.join(root, "bad", name), "wb") as file:
            file.write(data)


def make_files(folder, rows):
    root = os.path.join(folder, "files")
    os.makedirs(os.path.join(root, "usr/lib/parapet"))
    os.makedirs(os.path.join(root, "bad"))
    shutil.copyfile(control.built("pvguest", "pvguest-pv"), root + KERNEL)
    make_kernels(root)
    with open(os.path.join(root, "bad/busy.xml"), "wb") as file:
        file.write(document(BUSY))
    for row in rows:
        if row.path in row.command:
            with open(root + row.path, "wb") as file:
                file.write(row.bytes())
    with open(os.path.join(root, "bad/commands"), "w", encoding="ascii") as file:
        file.writelines(row.command + "\n" for row in rows)
    return root


def run(domain, rows):
    result = domain.check("bad_input", limit_s=1200, options="dom0_mem=448M")
    answers = {int(number): (int(status), base64.b64decode(said).decode(errors="replace"))
               for number, status, said in ROW.findall(result.text)}
    failures = re.findall(r"check: FAILED .*", result.text)
    for row in rows:
        status, said = answers.get(row.number, (-1, ""))
        problems = list(row.problems(status, said))
        if "-v" in sys.argv or problems:
            print(f"{'BAD ' if problems else ''}{row.where} {row.text} : {row.command}\n"
                  f"    {status}  " + said.replace("\n", "\n    "))
        if problems:
            failures.append(f"{row.text} : {row.command}: {', '.join(problems)}")
    if len(rows) < ROWS_MIN:
        failures.append(f"only {len(rows)} rows")
    if failures:
        raise machine.Failure("\n".join(failures) + "\n" + "\n".join(
            re.findall(r"^[-+<>] .*", result.text, re.M)))
    return f"{len(rows)} rows"


def main():
    control.need()
    rows = read_rows()
    with tempfile.TemporaryDirectory() as folder:
        domain = control.ControlDomain(control.initrd(folder, (make_files(folder, rows),)))
        return machine.run_cases([("bad input", lambda: run(domain, rows))], lambda action: action())


if __name__ == "__main__":
    sys.exit(main())
