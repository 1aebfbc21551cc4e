#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The small guest kernel on both bottoms: bare QEMU and the hypervisor, one CPU and several, its self
test from user mode, its benchmark to the last line, and its test of disks.

pvguest.py HYPERVISOR
"""

import os
import sys
import tempfile

import machine

CPUS = (1, 2, 8)
BENCH_LINES = 9
DISK_BYTES = 32 << 20
DEPTHS = (1, 2, 4, 8, 16, 32)


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


def block_test(hypervisor, cpus):
    """Two IDE disks of their own, one behind each channel of the controller."""
    with tempfile.TemporaryDirectory() as folder:
        disks = [os.path.join(folder, name) for name in ("hda", "hdc")]
        extra = ["-kernel", images(hypervisor)["native"]]
        for disk, index in zip(disks, (0, 2)):
            with open(disk, "wb") as file:
                file.truncate(DISK_BYTES)
            extra += ["-drive", f"if=ide,index={index},format=raw,file={disk}"]
        for name in ("hda", "hdc"):
            result = machine.qemu(None, machine="pc", cpus=cpus, memory="16M",
                                  extra=extra + ["-append", f"blocktest={name}"])
            text_has(result, *(f"block: ok {name} depth {depth}:" for depth in DEPTHS),
                     f"block: ok {name}: random writes and reads")


def no_disk(hypervisor):
    result = machine.qemu(None, machine="pc", memory="16M", limit_s=2 * machine.LIMIT_S,
                          extra=("-kernel", images(hypervisor)["native"], "-append",
                                 "blocktest=hdd devicewait=1"))
    text_has(result, "block: FAILED hdd: there is no such disk")


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
    cases += [(f"native, IDE disks, {cpus} CPUs", lambda n=cpus: block_test(hypervisor, n))
              for cpus in (1, 2)]
    cases.append(("native, a disk that is not there", lambda: no_disk(hypervisor)))
    return machine.run_cases(cases, lambda action: action())


if __name__ == "__main__":
    sys.exit(main())
