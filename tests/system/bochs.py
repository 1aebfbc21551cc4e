#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The ISO boots in Bochs, on CPUs that never had virtualization extensions, and on newer ones whose
x2APIC and TSC-deadline timer QEMU does not emulate; the self test passes on all.

bochs.py HYPERVISOR: a debug build.
"""

import os
import sys
import tempfile

import machine

# Model, CPUs, and what the log must say of it.
MODELS = (
    ("athlon64_clawhammer", 1, ("AuthenticAMD", "xAPIC", "one-shot count", "FXSAVE")),
    ("athlon64_venice", 1, ("AuthenticAMD", "xAPIC", "one-shot count", "FXSAVE")),
    ("p4_prescott_celeron_336", 1, ("GenuineIntel", "xAPIC", "one-shot count", "FXSAVE")),
    ("corei7_sandy_bridge_2600k", 2, ("GenuineIntel", "xAPIC", "TSC deadline", "XSAVE")),
    ("corei7_ivy_bridge_3770k", 2, ("GenuineIntel", "x2APIC", "TSC deadline", "XSAVE", "SMEP")),
)


def boot(iso, model, cpus, words):
    result = machine.bochs(iso, model, cpus, until=machine.STOPPED + "|end of report")
    # Old CPUs are open to attacks by speculation, and the hypervisor warns of it.
    result.must_not_find("PANIC|warning: (?!Speculation)")
    result.must_find(f"Ready .*: {cpus} CPUs")
    result.must_find(f"self test: passed on {cpus} CPUs")
    for word in words:
        result.must_find(rf"\b{word}\b")
    return result.must_find(r"CPU: (?!.* family )(.*\S) *$")[1]


def main():
    machine.need("bochs", machine.BOCHS_ROM, machine.BOCHS_VGA_ROM, "grub-mkrescue", "xorriso",
                 "mformat")
    with tempfile.TemporaryDirectory() as folder:
        iso = os.path.join(folder, "parapet.iso")
        machine.make_iso(iso, sys.argv[1], "loglvl=all selftest noreboot")
        cases = [(model[0], model) for model in MODELS]
        return machine.run_cases(cases, lambda model: boot(iso, *model))


if __name__ == "__main__":
    sys.exit(main())
