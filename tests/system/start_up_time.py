#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""From the hypervisor's entry to "Ready" takes at most 15 ms more for each GiB of memory.

start_up_time.py HYPERVISOR: under -icount an instruction takes a nanosecond of the machine's time,
so the result is the same on a busy computer.
"""

import sys

import machine

SIZES_GIB = (1, 2, 4, 8, 16)
MS_PER_GIB_MAX = 15


def ready_ms(hypervisor, gib):
    result = machine.qemu(hypervisor, "", memory=f"{gib}G",
                          extra=["-icount", "shift=0,sleep=off"])
    return float(result.must_find(r"Ready ([\d.]+) ms")[1])


def main():
    machine.need("qemu-system-x86_64")
    hypervisor = sys.argv[1]
    times = machine.in_parallel(SIZES_GIB, lambda gib: ready_ms(hypervisor, gib))
    for gib, time_ms in zip(SIZES_GIB, times):
        if isinstance(time_ms, Exception):
            raise time_ms
        print(f"{gib:2} GiB: ready {time_ms:7.3f} ms after entry")
    growth = max((b - a) / (gib_b - gib_a) for (gib_a, a), (gib_b, b)
                 in zip(zip(SIZES_GIB, times), list(zip(SIZES_GIB, times))[1:]))
    print(f"a GiB adds {growth:.3f} ms at most ({MS_PER_GIB_MAX} are allowed)")
    return 1 if growth > MS_PER_GIB_MAX else 0


if __name__ == "__main__":
    sys.exit(main())
