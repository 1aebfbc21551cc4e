#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Start-up: from the hypervisor's entry to its line "Ready", by processors and memory.

Under -icount QEMU lets each instruction take one nanosecond of the machine's time, so that line
counts instructions, whatever else this computer does. Wall time is shown beside it.
"""

import argparse
import re
import subprocess
import sys
import time

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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hypervisor", required=True)
    hypervisor = parser.parse_args().hypervisor

    print(f"{'CPUs':>4} {'MiB':>6} {'million instructions':>21} {'wall s':>7}")
    counts = {}
    for cpus, megabytes in MACHINES:
        counts[cpus, megabytes], wall = boot(hypervisor, cpus, megabytes)
        print(f"{cpus:4} {megabytes:6} {counts[cpus, megabytes]:21.2f} {wall:7.2f}", flush=True)
    slope = (counts[1, 8192] - counts[1, 1024]) / 7
    print(f"each GiB adds {slope:.2f} million instructions (at most {MS_PER_GIB_MAX} ms are allowed)")


if __name__ == "__main__":
    main()
