#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The control domain's image: made a second time, elsewhere, it is the same to the byte, and small enough.

image.py HYPERVISOR
"""

import filecmp
import os
import subprocess
import sys
import tempfile

import control
import machine

LIMIT_BYTES = 64 << 20


def main():
    control.need()
    image = control.built("image")
    stub, = (name for name in os.listdir(control.built("toolstack", "image"))
             if name.startswith("libicuuc.so.") and name.count(".") == 2)
    programs = [word for name in ("pvctl", "pvd", "pvd-ports")
                for word in ("--program", control.built("toolstack", name))]
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(os.path.join(image, "packages"), os.path.join(folder, "packages"))
        subprocess.run((sys.executable, "-B", os.path.join(machine.ROOT, "toolstack/image/build.py"),
                        *programs, "--pvguest", control.built("pvguest", "pvguest-pv"),
                        "--icu-stub", control.built("toolstack", "image", stub),
                        "--output", folder), check=True)
        for name in ("vmlinux", "initrd.zst"):
            if not filecmp.cmp(os.path.join(image, name), os.path.join(folder, name), False):
                print(f"FAILED {name} is not the same when it is made again")
                return 1
    packed = os.path.getsize(os.path.join(image, "initrd.zst"))
    print(f"ok     the same again; {packed / 2**20:.1f} MiB")
    return 0 if packed <= LIMIT_BYTES else 1


if __name__ == "__main__":
    sys.exit(main())
