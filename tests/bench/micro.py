#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Basic operations of a kernel, native and paravirtual, in instructions.

pvguest's benchmark runs on the bare emulated machine and under the hypervisor, on one CPU with
-icount shift=0: there a nanosecond of the clock is an instruction, whoever executes it. What
is measured is so the whole path: program, guest kernel and hypervisor.

micro.py --hypervisor FILE [--json FILE]
"""

import argparse
import json
import os
import re
import subprocess
import sys

ICOUNT = ["-accel", "tcg", "-cpu", "qemu64", "-smp", "1", "-icount", "shift=0,sleep=off"]
LIMIT_S = 300
LINE = re.compile(r"bench (.*?) +(\d+) ns")


def measure(arguments):
    """What each benchmark took, by name."""
    command = ["qemu-system-x86_64", *ICOUNT, "-display", "none", "-nic", "none", "-monitor", "none",
               "-serial", "stdio", "-no-reboot", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", timeout=LIMIT_S, check=False)
    found = {match[1]: int(match[2]) for match in LINE.finditer(done.stdout)}
    if "bench: done" not in done.stdout:
        sys.exit(f"the benchmark did not end:\n{done.stdout[-1500:]}{done.stderr[-500:]}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hypervisor", required=True)
    parser.add_argument("--json", help="write the figures to this file as well")
    options = parser.parse_args()
    guests = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(options.hypervisor))),
                          "pvguest")
    native = measure(["-m", "16", "-kernel", os.path.join(guests, "pvguest-native"),
                      "-append", "init=bench"])
    pv = measure(["-m", "128", "-kernel", options.hypervisor, "-append", "console=com1 dom0_mem=16M",
                  "-initrd", os.path.join(guests, "pvguest-pv") + " init=bench"])

    print(f"{'instructions per operation':34} {'native':>9} {'pv':>9} {'ratio':>7}")
    for name in pv:
        if name in native:
            print(f"{name:34} {native[name]:9} {pv[name]:9} {pv[name] / max(native[name], 1):7.1f}")
        else:
            print(f"{name:34} {'-':>9} {pv[name]:9}")
    if options.json:
        with open(options.json, "w", encoding="ascii") as file:
            json.dump({"native": native, "pv": pv}, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
