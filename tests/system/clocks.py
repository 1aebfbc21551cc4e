#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The TSC's frequency is measured right against each clock that a machine may have.

clocks.py HYPERVISOR: under -icount the TSC runs at exactly 1 GHz, however busy this computer is.
"""

import sys

import firmware
import gdb_stub
import machine

HYPERVISOR = sys.argv[1] if len(sys.argv) > 1 else ""
ICOUNT = ["-icount", "shift=0,sleep=off"]
MHZ = 1000
MHZ_TOLERANCE = 2

# Offsets in the FADT: the PM timer's port, and the same in the generic form.
PM_TIMER_BLOCK, X_PM_TIMER_BLOCK = 76, 208


def take_pm_timer_away(stub):
    fadt = firmware.find_table(stub, b"FACP")
    length = stub.read32(fadt + 4)
    stub.write32(fadt + PM_TIMER_BLOCK, 0)
    if length >= X_PM_TIMER_BLOCK + 12:
        stub.write(fadt + X_PM_TIMER_BLOCK, bytes(12))
    firmware.fix_checksum(stub, fadt)


def measure(clock, kind, hpet, change):
    extra, during = gdb_stub.at_entry(HYPERVISOR, change) if change else ([], None)
    result = machine.qemu(HYPERVISOR, "", machine=f"{kind},hpet={hpet}", extra=ICOUNT + extra,
                          during=during)
    mhz = float(result.must_find(rf"TSC: ([\d.]+) MHz by the {clock}")[1])
    if abs(mhz - MHZ) > MHZ_TOLERANCE:
        raise machine.Failure(f"{mhz} MHz were measured")
    return f"{mhz} MHz"


CLOCKS = (
    ("HPET", "on", None),
    ("PM timer", "off", None),
    ("PIT", "off", take_pm_timer_away),
)

if __name__ == "__main__":
    machine.need("qemu-system-x86_64")
    sys.exit(machine.run_cases([(f"{clock}, {kind}", (clock, kind, hpet, change))
                                for clock, hpet, change in CLOCKS for kind in ("pc", "q35")],
                               lambda case: measure(*case)))
