# SPDX-License-Identifier: MIT
"""What is measured, and rows made of what the runs gave: one for each setting, number of guests and
test, with medians over the rounds. Nothing here runs anything."""

import collections
import statistics

FRAME_BYTES = 1448  # a stream's "operation": what one Ethernet frame carries

Test = collections.namedtuple("Test", "name title in_quick")
TESTS = (
    Test("seq_read_4k", "disk, sequential read 4 KiB", False),
    Test("seq_write_4k", "disk, sequential write 4 KiB", False),
    Test("rand_read_4k", "disk, random read 4 KiB", True),
    Test("rand_write_4k", "disk, random write 4 KiB", False),
    Test("rand_read_4k_d32", "disk, random read 4 KiB, depth 32", True),
    Test("rand_write_4k_d32", "disk, random write 4 KiB, depth 32", False),
    Test("seq_read_1m", "disk, sequential read 1 MiB", True),
    Test("seq_write_1m", "disk, sequential write 1 MiB", False),
    Test("udp_rtt", "UDP round trip, 56 bytes", True),
    Test("ping", "ping, 56 bytes", True),
    Test("tcp_out", "TCP out of the guest, per 1448 bytes", True),
    Test("tcp_in", "TCP into the guest, per 1448 bytes", True),
)
TITLES = {test.name: test.title for test in TESTS}
# Several guests at once do these.
TESTS_MANY = ("rand_read_4k", "rand_read_4k_d32", "udp_rtt", "tcp_out")

# Kinds of transitions, by what they are called in the counters.
PARAPET_KINDS = (
    ("hypercalls", ("hypercalls",)),
    ("system calls", ("system calls",)),
    ("traps", ("traps",)),
    ("events sent", ("events",)),
    ("upcalls", ("upcalls",)),
    ("grant calls", ("hypercall 20",)),
    ("page-table calls", ("hypercall 1", "hypercall 14", "hypercall 26", "page-table writes emulated")),
    ("domain switches", ("switches",)),
)
KVM_KINDS = (
    ("exits", ("exits",)),
    ("I/O exits", ("io_exits",)),
    ("MMIO exits", ("mmio_exits",)),
    ("interrupts injected", ("irq_injections",)),
)


class Row:
    """One row of the table; a value that was not measured is None."""

    def __init__(self, key):
        self.setting, self.guests, self.test = key
        self.rate = self.rate_min = self.rate_max = None  # operations a second
        self.mib = None
        self.median_us = self.p99_us = None
        self.cpu_us = None
        self.transitions, self.control_transitions = {}, {}
        self.instructions, self.hypervisor = None, None
        self.rounds = 0


def operations(result):
    return result["operations"] or result["bytes"] / FRAME_BYTES


def sums(results):
    """What guests that ran at once did together: operations, operations a second, MiB a second."""
    count = sum(operations(result) for result in results)
    rate = sum(operations(result) / result["ns"] * 1e9 for result in results)
    mib = sum(result["bytes"] / result["ns"] * 1e9 for result in results) / 2**20
    return count, rate, mib


def latency_us(results, which):
    return statistics.median(result[which] * result["ns"] / result["ticks"] / 1000 for result in results)


def kinds_per_operation(counters, count, cpu=None):
    """Transitions by kind; @cpu: only what that processor counted."""
    chosen = collections.Counter()
    for name, value in counters.items():
        where, _, what = name.partition(":")
        if what and cpu is not None and int(where) != cpu:
            continue
        chosen[what or where] += value
    kinds = KVM_KINDS if "exits" in chosen else PARAPET_KINDS
    return {title: sum(chosen[name] for name in names) / count for title, names in kinds} if chosen else {}


def by_key(run):
    found = collections.defaultdict(list)
    for result in run["results"]:
        found[result["setting"], result["guests"], result["test"]].append(result)
    return found


def name_of(key):
    return "/".join(map(str, key))


def rows_of(data):
    """{(setting, guests, test): Row} of everything that was measured."""
    rows = {}
    samples = collections.defaultdict(list)
    for run in data["rounds"]:
        for key, results in by_key(run).items():
            if key[2] == "null":
                continue
            samples[key].append((results, run["cpu_ns"].get(name_of(key)),
                                 run["counters"].get(name_of(key), {})))
    for key, rounds in samples.items():
        row = rows.setdefault(key, Row(key))
        totals = [sums(results) for results, _, _ in rounds]
        rates = [rate for _, rate, _ in totals]
        row.rate, row.rate_min, row.rate_max = statistics.median(rates), min(rates), max(rates)
        row.mib = statistics.median(mib for _, _, mib in totals)
        row.rounds = len(rounds)
        if all(result["operations"] for result in rounds[0][0]):
            row.median_us = statistics.median(latency_us(results, "median") for results, _, _ in rounds)
            row.p99_us = statistics.median(latency_us(results, "p99") for results, _, _ in rounds)
        row.cpu_us = statistics.median(cpu / count / 1000
                                       for (count, _, _), (_, cpu, _) in zip(totals, rounds))
        row.transitions = kinds_per_operation(rounds[0][2], totals[0][0])
    for run in data.get("counted", ()):
        for key, results in by_key(run).items():
            add_counts(rows, key, results, run)
    return rows


def add_counts(rows, key, results, run):
    """Instructions of a run with -icount; transitions, guest and control domain apart, of one with a
    processor for each."""
    if key[2] == "null":
        return
    row = rows.setdefault(key, Row(key))
    count = sums(results)[0]
    counters = run["counters"].get(name_of(key), {})
    instructions = run.get("instructions", {}).get(name_of(key))
    if instructions:
        row.instructions = sum(instructions.values()) / count
        row.hypervisor = instructions["hypervisor"] / count
        if counters and not row.transitions:
            row.transitions = kinds_per_operation(counters, count)
    elif run.get("is_split") and counters:
        row.transitions = kinds_per_operation(counters, count, cpu=1)
        row.control_transitions = kinds_per_operation(counters, count, cpu=0)
