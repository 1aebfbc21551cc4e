#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A fault or failed assertion anywhere ends in a readable report: cause, registers, a backtrace with
names, the last trace records; and then the machine stops.

reports.py HYPERVISOR: a debug build, whose option provoke= breaks something on purpose.
"""

import re
import sys

import machine

# What to provoke, the cause that is reported, a function of the backtrace.
FAULTS = (
    ("de", r"exception 0 ", "provoke_divide"),
    ("ud", r"exception 6 ", "provoke_invalid_opcode"),
    ("gp", r"exception 13 ", "provoke_general_protection"),
    ("canonical", r"exception 13 ", "provoke_non_canonical"),
    ("pf", r"(exception 14 |page fault).*", "provoke_page_fault"),
    ("text", r"(exception 14 |page fault).*", "provoke_write_to_text"),
    ("idt", r"(exception 14 |page fault).*", "provoke_write_to_idt"),
    ("nx", r"(exception 14 |page fault).*", "boot_"),
    ("stack", r"(exception 8 |double fault)", "overflow_stack"),
    ("mc", r"(exception 18 |machine check)", "provoke_machine_check"),
)
ASSERTIONS = (
    ("assert", r"boot/provoke\.c:\d+: this_cpu\(\) == NULL does not hold", "provoke_assertion"),
    ("must", r"boot/provoke\.c:\d+: this_cpu\(\) == NULL does not hold", "provoke_must"),
    ("panic", r"provoked", "provoke_panic"),
    ("lock", r"lib/spinlock\.c:\d+: .* does not hold", "provoke_double_lock"),
    ("order", r"lib/spinlock\.c:\d+: .* does not hold", "provoke_lock_order"),
)
REGISTERS = ("rip", "rax", "rsi", "r9", "r13", "cr0", "cr2")


def provoke(hypervisor, what):
    return machine.qemu(hypervisor, f"loglvl=all provoke={what}", cpus=2)


def check_report(result, cause, function, cpu=0):
    result.must_find(rf"PANIC on CPU {cpu}: .*{cause}")
    result.must_find(rf"(at|from) +ffff81[0-9a-f]+ {function}")
    result.must_find("end of report")
    result.must_not_find("panic within")
    if len([line for line in result.lines if "PANIC" in line]) != 1:
        raise machine.Failure("more than one CPU reported")
    if any(re.search(r"/(tmp|home|root|work)/", line) for line in result.lines):
        raise machine.Failure("the report names a folder of the machine it was built on")


def fault(hypervisor, what, cause, function):
    result = provoke(hypervisor, what)
    check_report(result, cause, function)
    for register in REGISTERS:
        result.must_find(rf"\b{register} +([0-9a-f]{{4}}:)?[0-9a-f]{{8,16}}\b")


def page_fault_address(hypervisor, _):
    """CR2 is where it was written to, the error code says write to an absent page."""
    result = provoke(hypervisor, "pf")
    result.must_find("cr2 ffff83fffffff000")
    result.must_find("error code (0x)?2")


def other_cpu(hypervisor, _):
    """The report comes from the CPU that failed, and the first one stops."""
    result = provoke(hypervisor, "cpu1")
    check_report(result, "exception 6 ", "break_that_cpu", cpu=1)


def trace_records(hypervisor, _):
    """An NMI leaves a trace record; the report that follows prints it."""
    result = provoke(hypervisor, "trace")
    check_report(result, "provoked", "provoke_trace")
    result.must_find("last trace records of CPU 0")


def harmless_nmi(hypervisor, _):
    result = provoke(hypervisor, "nmi")
    result.must_find("the NMI did no harm")
    result.must_not_find("PANIC")
    result.must_find(machine.STOPPED)


def unknown_provocation(hypervisor, _):
    result = provoke(hypervisor, "nothing")
    result.must_find('nothing is called "nothing"')


def main():
    machine.need("qemu-system-x86_64")
    hypervisor = sys.argv[1]
    cases = [(what, lambda w=what, c=cause, f=function: fault(hypervisor, w, c, f))
             for what, cause, function in FAULTS]
    cases += [(what, lambda w=what, c=cause, f=function:
               check_report(provoke(hypervisor, w), c, f))
              for what, cause, function in ASSERTIONS]
    cases += [(test.__name__, lambda t=test: t(hypervisor, None))
              for test in (page_fault_address, other_cpu, trace_records, harmless_nmi,
                           unknown_provocation)]
    return machine.run_cases(cases, lambda run: run())


if __name__ == "__main__":
    sys.exit(main())
