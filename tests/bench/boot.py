#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Start-up: of the hypervisor alone, and of Debian's kernel to the first user-space instruction of
the control domain's image.

Under -icount QEMU lets each instruction take one nanosecond of the machine's time, so times there
count instructions (and what was waited for), whatever else this computer does. Wall time is shown
beside it.

First, from the hypervisor's entry to its line "Ready", by processors and memory. Second, Debian's
kernel with the image's archive: under Parapet, alone, and under Debian's Xen.
"""

import argparse
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "linux"))
import settings  # noqa: E402  pylint: disable=wrong-import-position

LIMIT_S = 120
READY = re.compile(r"Ready ([\d.]+) ms after entry")
MACHINES = ((1, 128), (1, 1024), (1, 2048), (1, 4096), (1, 8192), (4, 1024))
MS_PER_GIB_MAX = 15


def boot(hypervisor, cpus, megabytes):
    """(million instructions until ready, seconds on this computer's clock)."""
    command = ["timeout", str(LIMIT_S), "qemu-system-x86_64", "-machine", "q35", "-accel", "tcg",
               "-icount", "shift=0,sleep=off", "-smp", str(cpus), "-m", str(megabytes),
               "-kernel", hypervisor, "-append", "console=com1 com1=115200 noreboot",
               "-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot"]
    start = time.monotonic()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, errors="replace") as machine:
        try:
            for line in machine.stdout:
                match = READY.search(line)
                if match:
                    return float(match.group(1)), time.monotonic() - start
        finally:
            machine.terminate()
    sys.exit(f"{cpus} CPUs, {megabytes} MiB: the hypervisor never said that it is ready")


START = re.compile(r"@I (\d+) (\d+)")
ENTRY = re.compile(r"(\d+) ticks at entry")


def start_linux(setting, files, icount):
    """Seconds until user space begins: since power-on by the time-stamp counter, by the kernel's clock,
    at the hypervisor's entry; on this computer's clock since QEMU's start and the first line."""
    machine = settings.Machine(settings.command(
        setting, files, "rdinit=/bench_init bench.start_only", files.start_initrd, icount))
    first = None
    try:
        for now, line in machine.lines():
            first = now if first is None and line.strip() else first
            if match := START.search(line):
                entry = ENTRY.search(machine.text)
                return (int(match[1]) / 1e9, int(match[2]) / 1e9,
                        int(entry[1]) / 1e9 if entry else None, now, now - first)
    finally:
        machine.end()
    raise settings.Failure(f"{setting} did not come to user space:\n{machine.text[-1500:]}")


def measure_linux(hypervisor):
    files = settings.Files(hypervisor)
    print(f"\n{'s to user space':16} {'power-on':>9} {'banner':>9} {'Linux':>9}"
          f" {'wall, QEMU':>11} {'banner':>9}   (load of this computer: {os.getloadavg()[0]:.1f})")
    entry = 0
    for setting in ("parapet", "native", "xen"):
        if setting == "xen" and not files.xen:
            print(f"xen is missing: {files.xen_missing}")
            continue
        total, linux, its_entry, _, _ = start_linux(setting, files, icount=True)
        _, _, _, wall, wall_banner = start_linux(setting, files, icount=False)
        entry = its_entry or entry
        print(f"{setting:16} {total:9.3f} {total - entry:9.3f} {linux:9.3f} {wall:11.2f}"
              f" {wall_banner:9.2f}", flush=True)
    print("banner: after the firmware, whose time is taken from Parapet's run; Linux: by its own clock.\n"
          "Alone and under Xen the kernel is unpacked (XZ) in that time, for Parapet it was before.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hypervisor", required=True)
    hypervisor = parser.parse_args().hypervisor

    print(f"{'CPUs':>4} {'MiB':>6} {'million instructions':>21} {'wall s':>7}")
    counts = {}
    for cpus, megabytes in MACHINES:
        counts[cpus, megabytes], wall = boot(hypervisor, cpus, megabytes)
        print(f"{cpus:4} {megabytes:6} {counts[cpus, megabytes]:21.2f} {wall:7.2f}", flush=True)
    slope = (counts[1, 8192] - counts[1, 1024]) / 7
    print(f"each GiB adds {slope:.2f} million instructions (at most {MS_PER_GIB_MAX} ms are allowed)", flush=True)
    measure_linux(hypervisor)


if __name__ == "__main__":
    main()
