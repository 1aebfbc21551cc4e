#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The hypervisor's own test of CPUs, timers, interrupts, locks and flushes (option selftest of debug
builds) passes on each CPU model.

self_test.py HYPERVISOR
"""

import sys

import machine

MACHINES = (
    ("Opteron_G1", "pc", 1),
    ("Opteron_G1", "q35", 4),
    ("core2duo,-vmx", "q35", 3),
    ("Nehalem", "pc", 4),
    ("qemu64", "q35", 8),
    ("max", "q35", 4),
    ("max,-xsave", "pc", 2),
)


def run(hypervisor, model, kind, cpus):
    result = machine.qemu(hypervisor, "loglvl=all selftest smap=0", machine=kind, cpu=model, cpus=cpus)
    passed = result.must_find(r"self test: passed on (\d+) CPUs")
    if int(passed[1]) != cpus:
        raise machine.Failure(f"it ran on {passed[1]} CPUs only")
    result.must_not_find("PANIC")
    return result.must_find(r"\] (Protection: .*)")[1]


def smap(hypervisor):
    """SMAP is off unless asked for, and then on where the CPU has it."""
    off = machine.qemu(hypervisor, "", cpu="max").must_find("Protection: (.*)")[1]
    on = machine.qemu(hypervisor, "smap=1 selftest", cpu="max")
    on.must_find("self test: passed")
    absent = machine.qemu(hypervisor, "smap=1", cpu="qemu64").must_find("Protection: (.*)")[1]
    if "SMAP" in off or "SMAP" not in on.must_find("Protection: (.*)")[1] or \
            "no SMAP" not in absent:
        raise machine.Failure(f"off: {off}; absent: {absent}")


def fewer_cpus(hypervisor):
    result = machine.qemu(hypervisor, "maxcpus=2 selftest", cpus=4)
    result.must_find("self test: passed on 2 CPUs")


def boot_time(hypervisor):
    result = machine.qemu(hypervisor, "", extra=["-rtc", "base=2024-02-29T12:34:56"])
    return result.must_find(r"Boot time: (2024-02-29 12:3\d:\d\d UTC)")[1]


def main():
    machine.need("qemu-system-x86_64")
    hypervisor = sys.argv[1]
    cases = [(f"{model}, {kind}, {cpus} CPUs",
              lambda m=model, k=kind, c=cpus: run(hypervisor, m, k, c))
             for model, kind, cpus in MACHINES]
    cases += [("option smap", lambda: smap(hypervisor)),
              ("option maxcpus", lambda: fewer_cpus(hypervisor)),
              ("boot time", lambda: boot_time(hypervisor))]
    return machine.run_cases(cases, lambda action: action())


if __name__ == "__main__":
    sys.exit(main())
