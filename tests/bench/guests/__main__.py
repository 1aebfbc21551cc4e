#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How long it takes to make a guest, and what it costs: on Parapet, and on Debian's Xen beside it.

Under -icount, so seconds are virtual: 1 ns for each instruction, and waiting as it is; they do not depend on
this computer's load. With --wall a second run of each gives this computer's seconds.

./run bench guests [--guests N] [--xen-guests N] [--wall] [--no-xen] [--json FILE]
"""

import argparse
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "io"))
import archives  # noqa: E402  pylint: disable=wrong-import-position
import hosts  # noqa: E402  pylint: disable=wrong-import-position

MEMORY_MIB, DOMAIN_MIB = 4096, 768
GUEST_KIB = 16 << 10  # of a pvguest
SHOWN = (1, 10, 50, 100)
LIMIT_S = 3000


def run(host, files, guests, icount):
    """{"made": {(kind, number): [create, first, user]}, "free_kib": {number: KiB}, "missing": [...]}"""
    machine = archives.linux.Machine(hosts.command(
        host, files, f"bench.guests={guests}", icount, script="host_guests.sh", memory_mib=MEMORY_MIB,
        domain_mib=DOMAIN_MIB))
    machine.limit_s = LIMIT_S
    found = {"made": {}, "free_kib": {}, "missing": []}
    try:
        for _, line in machine.lines():
            if match := re.search(r"@G (\S+) (\d+) (\d+) (\d+) (\d+)", line):
                times = [int(text) / 1e9 for text in match.groups()[2:]]
                found["made"][f"{match[1]} {match[2]}"] = times
                if match[1] != "pvguest" or int(match[2]) in SHOWN:
                    print(f"  {host}: {match[1]} {match[2]}: made after {times[0]:.3f} s, first line after "
                          f"{times[1]:.3f} s" + (f", user space after {times[2]:.3f} s" if times[2] else ""),
                          flush=True)
            elif match := re.search(r"@M host (\d+) (\d+)", line):
                found["total_kib"], found["own_kib"] = int(match[1]), int(match[2])
            elif match := re.search(r"@M (\d+) (\d+)", line):
                found["free_kib"][match[1]] = int(match[2])
            elif match := re.search(r"@F (.*)", line):
                found["missing"].append(match[1])
                print(f"  {host}: {match[1]}", flush=True)
    finally:
        machine.end()
    if "@done" not in machine.text:
        raise archives.Failure(f"{host} did not come to its end:\n{machine.text[-1500:]}")
    return found


def memory_text(found):
    """The hypervisor's own memory, and what an idle pvguest takes besides its own."""
    free = {int(number): kib for number, kib in found["free_kib"].items()}
    own = (MEMORY_MIB << 10) - found["own_kib"] - free[0]
    text = (f"of {MEMORY_MIB} MiB the hypervisor sees {found['total_kib'] / 1024:.0f}; neither free nor the "
            f"control domain's {own / 1024:.1f} MiB, firmware's included")
    most = max(free)
    if most:
        each = (free[0] - free[most]) / most - GUEST_KIB
        text += f"; an idle pvguest {each:.0f} KiB besides its own memory (of {most})"
    return text


def flatness(found):
    made = found["made"]
    last = max((int(key.split()[1]) for key in made if key.startswith("pvguest ")), default=0)
    if last < 2:
        return "no pvguests to compare"
    first_of, last_of = made["pvguest 1"], made[f"pvguest {last}"]
    return (f"pvguest {last} against the first: made {last_of[0] / first_of[0]:.2f} times as long, first line "
            f"{last_of[1] / first_of[1]:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hypervisor", required=True)
    parser.add_argument("--guests", type=int, default=100, help="pvguests on Parapet (100)")
    parser.add_argument("--xen-guests", type=int, default=10, help="pvguests on Xen (10)")
    parser.add_argument("--wall", action="store_true", help="on this computer's clock as well")
    parser.add_argument("--no-xen", action="store_true", help="do not measure Xen")
    parser.add_argument("--json", help="write the figures to this file as well")
    options = parser.parse_args()

    files = archives.Files(options.hypervisor)
    results = {"missing": {}}
    for host, guests in (("parapet", options.guests), ("xen", options.xen_guests)):
        if host == "xen" and options.no_xen:
            continue
        for clock in ("virtual", "wall") if options.wall else ("virtual",):
            name = f"{host}, {clock} seconds"
            print(name, flush=True)
            try:
                results[name] = run(host, files, guests, clock == "virtual")
                print(f"  {flatness(results[name])}\n  {memory_text(results[name])}", flush=True)
            except archives.Failure as failure:
                results["missing"][name] = str(failure)
                print(f"  missing: {failure}", flush=True)
    if options.json:
        with open(options.json, "w", encoding="ascii") as file:
            json.dump(results, file, indent=1)
    return 1 if any(name.startswith("parapet") for name in results["missing"]) else 0


if __name__ == "__main__":
    sys.exit(main())
