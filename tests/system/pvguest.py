#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The small guest kernel on both bottoms: bare QEMU and the hypervisor, one CPU and several, its self
test from user mode and its benchmark to the last line.

pvguest.py HYPERVISOR
"""

import os
import sys

import machine

CPUS = (1, 2, 8)
BENCH_LINES = 9


def images(hypervisor):
    folder = os.path.join(os.path.dirname(os.path.dirname(hypervisor)), "pvguest")
    return {name: os.path.join(folder, f"pvguest-{name}") for name in ("native", "pv")}


def boot(hypervisor, bottom, init, cpus):
    """16 MiB are enough for the guest on either."""
    image = images(hypervisor)[bottom]
    if bottom == "native":
        return machine.qemu(None, cpus=cpus, memory="16M",
                            extra=("-kernel", image, "-append", f"init={init}"))
    return machine.qemu(hypervisor, "dom0_mem=16M", cpus=cpus, memory="128M",
                        extra=("-initrd", f"{image} init={init}"))


def text_has(result, *wanted):
    for line in wanted:
        if line not in result.text:
            raise machine.Failure(f'the console has no "{line}":\n{result.text[-1500:]}')


def self_test(hypervisor, bottom, cpus):
    result = boot(hypervisor, bottom, "selftest", cpus)
    text_has(result, f"pvguest on {bottom}: {cpus} CPU", "selftest: all passed",
             "the first process ended with 0")
    if "FAIL" in result.text:
        raise machine.Failure(f"a check failed:\n{result.text[-1500:]}")


def bench(hypervisor, bottom, cpus):
    result = boot(hypervisor, bottom, "bench", cpus)
    text_has(result, "bench: done")
    lines = [line for line in result.text.splitlines() if "bench " in line and
             ("ns" in line or "not here" in line)]
    if len(lines) != BENCH_LINES:
        raise machine.Failure(f"{len(lines)} lines and not {BENCH_LINES}:\n" + "\n".join(lines))


def unknown_program(hypervisor, bottom):
    text_has(boot(hypervisor, bottom, "nonsense", 1), "there is no such built-in program")


def main():
    machine.need("qemu-system-x86_64")
    hypervisor = os.path.abspath(sys.argv[1])
    cases = []
    for bottom in ("native", "pv"):
        cases += [(f"{bottom}, self test, {cpus} CPUs",
                   lambda b=bottom, n=cpus: self_test(hypervisor, b, n)) for cpus in CPUS]
        cases += [(f"{bottom}, benchmark, {cpus} CPUs",
                   lambda b=bottom, n=cpus: bench(hypervisor, b, n)) for cpus in (1, 2)]
        cases.append((f"{bottom}, a program that is not there",
                      lambda b=bottom: unknown_program(hypervisor, b)))
    return machine.run_cases(cases, lambda action: action())


if __name__ == "__main__":
    sys.exit(main())
