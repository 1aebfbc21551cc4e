#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Basic operations of a kernel, natively and paravirtual, in instructions.

On one CPU with -icount shift=0 a nanosecond of the emulated clock is an instruction, whoever executes
it: what is measured is the whole path, program, guest kernel and hypervisor, and repeats whatever
else this computer does.

Two tables: pvguest's own benchmark, and a program on Debian's kernel, alone on the machine, in
Parapet's control domain, and in that of Debian's Xen. For the second there are Parapet's counters by
operation as well, and by runs without -icount the time on this computer's clock, which its other
load changes.

micro.py --hypervisor FILE [--json FILE] [--no-wall] [--no-xen]
"""

import argparse
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "linux"))
import settings  # noqa: E402  pylint: disable=wrong-import-position

ICOUNT = ["-accel", "tcg", "-cpu", "qemu64", "-smp", "1", "-icount", "shift=0,sleep=off"]
LIMIT_S = 300
LINE = re.compile(r"bench (.*?) +(\d+) ns")
WALL_ROUNDS = 3
SETTINGS = ("native", "parapet", "xen")
AIM = 0.5  # of Xen's extra instructions in Linux's operations
# What the counters are called in the answer to the key c.
COUNTERS = (("roots loaded", "CR3 loads"), ("TLB flushes here", "flushes"),
            ("hypercalls", "hypercalls"), ("system calls", "syscalls"), ("traps", "traps"),
            ("page-table writes emulated", "PT writes"), ("frame types changed", "type changes"))


# ---- pvguest ----

def pvguest(arguments):
    """What each benchmark took, by name."""
    command = ["qemu-system-x86_64", *ICOUNT, "-display", "none", "-nic", "none", "-monitor", "none",
               "-serial", "stdio", "-no-reboot", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", timeout=LIMIT_S, check=False)
    found = {match[1]: int(match[2]) for match in LINE.finditer(done.stdout)}
    if "bench: done" not in done.stdout:
        sys.exit(f"the benchmark did not end:\n{done.stdout[-1500:]}{done.stderr[-500:]}")
    return found


def measure_pvguest(hypervisor):
    guests = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(hypervisor))), "pvguest")
    native = pvguest(["-m", "16", "-kernel", os.path.join(guests, "pvguest-native"),
                      "-append", "init=bench"])
    pv = pvguest(["-m", "128", "-kernel", hypervisor, "-append", "console=com1 dom0_mem=16M",
                  "-initrd", os.path.join(guests, "pvguest-pv") + " init=bench"])
    return {"native": native, "pv": pv}


def print_pvguest(results):
    native, pv = results["native"], results["pv"]
    print(f"{'pvguest, instructions each':34} {'native':>9} {'pv':>9} {'ratio':>7}")
    for name in pv:
        if name in native:
            print(f"{name:34} {native[name]:9} {pv[name]:9} {pv[name] / max(native[name], 1):7.1f}")
        else:
            print(f"{name:34} {'-':>9} {pv[name]:9}")


# ---- Linux ----

class Run:
    """One run of the program: instructions or nanoseconds by operation, counters between."""

    def __init__(self, setting, files, icount):
        words = "bench.steps" if icount else f"bench.rounds={WALL_ROUNDS}"
        self.asks = icount and setting == "parapet"
        self.ticks, self.nanoseconds, self.counts = {}, {}, {}
        self.counters, self.text_known = [{}, {}], 0
        self.machine = settings.Machine(settings.command(setting, files, words, files.initrd, icount))
        try:
            self._follow()
        finally:
            self.machine.end()
        if "@done" not in self.machine.text:
            raise settings.Failure(f"{setting} did not end:\n{self.machine.text[-1500:]}")

    def _follow(self):
        for _, line in self.machine.lines():
            if re.search(r"@[BE] \w+", line):
                self._note_counters()
                self.machine.type((settings.ASK_FOR_COUNTERS if self.asks else b"") + b"\n")
            elif result := re.search(r"@R (\w+) (\d+) (\d+) (\d+)", line):
                self._note_counters()
                self._note(result[1], *map(int, result.groups()[1:]))

    def _note(self, name, count, ticks, nanoseconds):
        self.ticks[name] = min(ticks / count, self.ticks.get(name, float("inf")))
        self.nanoseconds[name] = min(nanoseconds / count, self.nanoseconds.get(name, float("inf")))
        before, after = self.counters
        self.counts[name] = {key: (after[key] - before.get(key, 0)) / count for key in after}

    def _note_counters(self):
        """The hypervisor has answered before the program's next line."""
        text, self.text_known = self.machine.text[self.text_known:], len(self.machine.text)
        if "hypercalls" in text:
            self.counters = [self.counters[1], settings.numbers_by_name(text)]


def measure_linux(files, with_wall, with_xen):
    results = {"missing": {}}
    for setting in SETTINGS:
        if setting == "xen" and (not with_xen or not files.xen):
            results["missing"]["xen"] = files.xen_missing or "not wanted"
            continue
        run = Run(setting, files, icount=True)
        results[setting] = {"instructions": run.ticks}
        if run.asks:
            results[setting]["counters"] = run.counts
        if with_wall:
            results[setting]["wall_ns"] = Run(setting, files, icount=False).nanoseconds
    return results


def print_instructions(results):
    native, ours = results["native"]["instructions"], results["parapet"]["instructions"]
    xen = results.get("xen", {}).get("instructions")
    print(f"{'Linux, instructions each':18} {'native':>9} {'Parapet':>9} {'extra':>9}"
          f" {'Xen':>9} {'extra':>9} {'/ Xen':>8}")
    for name, alone in native.items():
        if name == "null":
            continue
        line = f"{name:18} {alone:9.0f} {ours[name]:9.0f} {ours[name] - alone:9.0f}"
        if xen:
            extra = xen[name] - alone
            share = (ours[name] - alone) / extra if extra > 0.01 * alone else None
            line += f" {xen[name]:9.0f} {extra:9.0f} "
            line += f"{share:8.2f}{'' if share <= AIM else ' *'}" if share is not None else f"{'-':>8}"
        print(line)
    if xen:
        print(f"* more than {AIM} of Xen's extra instructions")


def print_wall(results):
    present = [setting for setting in SETTINGS if "wall_ns" in results.get(setting, {})]
    if not present:
        return
    print(f"\n{'wall us each':18}" + "".join(f" {setting:>9}" for setting in present)
          + f"   (best of {WALL_ROUNDS}; load of this computer: {os.getloadavg()[0]:.1f})")
    for name in results["native"]["wall_ns"]:
        if name != "null":
            print(f"{name:18}" + "".join(f" {results[setting]['wall_ns'][name] / 1000:9.2f}"
                                         for setting in present))


def print_counters(results):
    counters = results["parapet"]["counters"]
    print(f"\n{'Parapet counts':18}" + "".join(f" {title:>12}" for _, title in COUNTERS))
    for name, counts in counters.items():
        if name != "null":
            print(f"{name:18}" + "".join(f" {counts.get(key, 0):12.2f}" for key, _ in COUNTERS))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hypervisor", required=True)
    parser.add_argument("--json", help="write the figures to this file as well")
    parser.add_argument("--no-wall", action="store_true", help="only count instructions")
    parser.add_argument("--no-xen", action="store_true", help="do not fetch and measure Xen")
    options = parser.parse_args()

    results = {"pvguest": measure_pvguest(options.hypervisor)}
    print_pvguest(results["pvguest"])
    print(flush=True)
    try:
        linux = measure_linux(settings.Files(options.hypervisor), not options.no_wall,
                              not options.no_xen)
    except settings.Failure as failure:
        sys.exit(f"Linux: {failure}")
    results["linux"] = linux
    print_instructions(linux)
    for setting, reason in linux["missing"].items():
        print(f"{setting} is missing: {reason}")
    print_counters(linux)
    print_wall(linux)
    if options.json:
        with open(options.json, "w", encoding="ascii") as file:
            json.dump(results, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
