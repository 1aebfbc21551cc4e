#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures against speculation: what the boot log says on an emulated CPU, and that guests run with
those that any CPU can execute patched in. Whether one helps cannot be seen here.

mitigations.py HYPERVISOR
"""

import os
import sys

import machine

# What is forced, and its bits in arch/measures.h.
EXECUTABLE = (
    ("verw", 0x200),
    ("rsb", 0xc0),
    ("div-scrub", 0x400),
    ("bti-thunk=retpoline", 0x8),
    ("verw,rsb,div-scrub,bti-thunk=retpoline", 0x6c8),
)
NEEDS_REGISTERS = "ibrs,ibpb,ibpb-entry,ssbd,bhi-dis-s"


def guest(hypervisor, options, cpus=2):
    image = os.path.join(os.path.dirname(os.path.dirname(hypervisor)), "pvguest", "pvguest-pv")
    return machine.qemu(hypervisor, f"dom0_mem=16M {options}", cpus=cpus, memory="128M",
                        extra=("-initrd", f"{image} init=selftest"))


def check_guest(result):
    for line in ("selftest: all passed", "the first process ended with 0"):
        if line not in result.text:
            raise machine.Failure(f'the console has no "{line}":\n{result.text[-1500:]}')


def emulated(hypervisor):
    result = guest(hypervisor, "")
    result.must_find("Speculation: an emulated CPU needs no measures")
    result.must_not_find("Speculation: measures")
    check_guest(result)


def forced(hypervisor, names, measures):
    result = guest(hypervisor, f"spec-ctrl={names}")
    result.must_find(rf"Speculation: measures {measures:#x}, SPEC_CTRL 0, [1-9]\d* places")
    check_guest(result)


def without_registers(hypervisor):
    result = guest(hypervisor, f"spec-ctrl={NEEDS_REGISTERS}")
    result.must_not_find("Speculation: measures")
    check_guest(result)


# Without the CPUID leaf that gives QEMU's emulator away, the CPU is what its name says.
def named(hypervisor, cpu, said, warned):
    result = machine.qemu(hypervisor, cpu=f"{cpu},-hypervisor")
    for line in said:
        result.must_find(f"Speculation: {line}")
    for title in warned:
        result.must_find(f"Speculation: {title}: NOT mitigated")
    for line in result.lines:
        title = line.partition("Speculation: ")[2].partition(": NOT mitigated")
        if title[1] and title[0] not in warned:
            raise machine.Failure(f"not expected: {line}")


NO_IBPB = "Spectre variant 2 between domains"
NAMED = (
    ("Haswell-noTSX", ("Spectre variant 2: retpolines",),
     ("Meltdown", "L1 terminal fault", "Microarchitectural data sampling", NO_IBPB)),
    ("Opteron_G3", ("Spectre variant 2: retpolines", "Spectre variant 1: "), (NO_IBPB,)),
    ("EPYC", ("Stale result of a division: a division",),
     ("Branch type confusion", "Speculative return stack overflow", NO_IBPB)),
)


def main():
    machine.need("qemu-system-x86_64")
    hypervisor = os.path.abspath(sys.argv[1])
    cases = [("an emulated CPU", lambda: emulated(hypervisor)),
             ("registers that are not there", lambda: without_registers(hypervisor))]
    cases += [(names, lambda n=names, m=measures: forced(hypervisor, n, m))
              for names, measures in EXECUTABLE]
    cases += [(cpu, lambda c=cpu, s=said, w=warned: named(hypervisor, c, s, w))
              for cpu, said, warned in NAMED]
    return machine.run_cases(cases, lambda action: action())


if __name__ == "__main__":
    sys.exit(main())
