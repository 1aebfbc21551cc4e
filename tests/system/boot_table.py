#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The hypervisor boots on each CPU model, machine type, number of CPUs and size of memory.

boot_table.py HYPERVISOR: a set of machines in which each two of these four meet in each pair of
their values; prints them as a table.
"""

import itertools
import sys

import machine

MODELS = ("Opteron_G1", "core2duo,-vmx", "Nehalem", "qemu64", "max")
MACHINES = ("pc", "q35")
CPUS = (1, 2, 3, 4, 5, 6, 7, 8)
MEMORY_MIB = (128, 512, 1024, 4096, 8192, 16384)
COLUMNS = (MODELS, MACHINES, CPUS, MEMORY_MIB)

# What the firmware keeps for itself, and the hypervisor's image and tables at the most.
FIRMWARE_MIB_MAX = 2
USED_MIB_MAX = 8
USED_PER_GIB_MIB_MAX = 12


def pairs_of(row):
    return {(i, row[i], j, row[j]) for i, j in itertools.combinations(range(len(row)), 2)}


def covering_rows():
    """Rows, chosen greedily, until every pair of values of two columns is in one of them."""
    everything = list(itertools.product(*COLUMNS))
    missing = set().union(*map(pairs_of, everything))
    rows = []
    while missing:
        best = max(everything, key=lambda row: len(pairs_of(row) & missing))
        missing -= pairs_of(best)
        rows.append(best)
    return sorted(rows, key=lambda row: tuple(map(list.index, map(list, COLUMNS), row)))


def boot(hypervisor, row):
    model, kind, cpus, mib = row
    result = machine.qemu(hypervisor, "loglvl=all", machine=kind, cpu=model, cpus=cpus,
                          memory=f"{mib}M")
    ready = result.must_find(r"Ready ([\d.]+) ms after entry: (\d+) CPUs, (\d+) MiB of memory, "
                             r"(\d+) MiB free")
    if int(ready[2]) != cpus:
        raise machine.Failure(f"{ready[2]} CPUs came up")
    if not mib - FIRMWARE_MIB_MAX <= int(ready[3]) <= mib:
        raise machine.Failure(f"{ready[3]} MiB of memory were found")
    if int(ready[3]) - int(ready[4]) > USED_MIB_MAX + USED_PER_GIB_MIB_MAX * mib / 1024:
        raise machine.Failure(f"only {ready[4]} MiB are free")
    result.must_find(machine.STOPPED)
    result.must_not_find("warning:|PANIC")
    if [line for line in result.lines if "error:" in line and machine.STOPPED not in line]:
        raise machine.Failure("the log has errors:\n" + "\n".join(result.lines))
    return float(ready[1]), int(ready[4])


def main():
    machine.need("qemu-system-x86_64")
    hypervisor = sys.argv[1]
    rows = covering_rows()
    results = machine.in_parallel(rows, lambda row: boot(hypervisor, row))
    print(f"{'CPU model':<14} {'machine':<7} {'CPUs':>4} {'MiB':>6} {'free':>6} {'ready ms':>9}")
    failed = 0
    for row, result in zip(rows, results):
        head = "{:<14} {:<7} {:>4} {:>6}".format(*row)
        if isinstance(result, Exception):
            failed += 1
            print(f"{head} FAILED: {result}")
        else:
            print(f"{head} {result[1]:>6} {result[0]:>9.1f}")
    print(f"{len(rows) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
