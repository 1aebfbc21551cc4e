#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The ways in which the hypervisor ends the machine: power-off, reboot, halt.

stops.py HYPERVISOR: a debug build, whose option provoke= starts them.
"""

import sys
import time

import machine

HYPERVISOR = sys.argv[1] if len(sys.argv) > 1 else ""
LINGER_S = 0.5  # a machine that reboots is gone long before


def poweroff(kind):
    """A machine that were reset instead would start again, and again."""
    result = machine.qemu(HYPERVISOR, "provoke=poweroff", machine=kind, cpus=2, is_final=False)
    result.must_find("Ready")
    if len([line for line in result.lines if "Ready" in line]) != 1:
        raise machine.Failure("it started again")


def reboot(kind):
    machine.qemu(HYPERVISOR, "provoke=reboot", machine=kind, cpus=2, is_final=False,
                 until=r"Ready(.|\n)*Ready")


def noreboot(kind):
    """With noreboot a machine that has stopped stays as it is, for somebody to look at."""
    def check_running(process):
        time.sleep(LINGER_S)
        if process.poll() is not None:
            raise machine.Failure("it rebooted")
    machine.qemu(HYPERVISOR, "noreboot provoke=panic", machine=kind, cpus=2, until="end of report",
                 after=check_running)


if __name__ == "__main__":
    machine.need("qemu-system-x86_64")
    sys.exit(machine.run_cases(
        [(f"{act.__name__}, {kind}", (act, kind))
         for act in (poweroff, reboot, noreboot) for kind in ("pc", "q35")],
        lambda case: case[0](case[1])))
