# SPDX-License-Identifier: MIT
"""Rows as text: on the terminal, and as a report in Markdown."""

import hosts
import work

CARRIES_OVER = """\
## What these figures say, and what they do not

Everything ran in QEMU's TCG, an emulator. It charges one host-time price for an instruction whatever
it is, and gives away what is expensive on hardware:

* **undercharged**: VM exits and entries (on hardware 1000 to 2000 cycles each, here an emulated
  instruction or two), nested page walks, cache misses. Settings with hardware virtualization look better
  here than on hardware, and HVM with emulated devices most of all, which exits 8 to 27 times for a disk
  operation.
* **overcharged**: writes of CR3 and TLB flushes (each empties the emulated TLB, thousands of
  instructions of the host), which a PV guest needs at each system call and each switch; the emulated
  instructions of KVM (TCG has no next-RIP saving). Wall time of PV looks worse here than on hardware.
* **under -icount** only the length of paths counts: each instruction, and each iteration of a string
  operation, is one nanosecond.

Columns that carry over to hardware: transitions for each operation (the guests' drivers decide them)
and instructions for each operation (a length of path; no caches, no exits' price). Columns that do not:
operations a second, MiB/s, latency and CPU time; they are for comparing settings within one run, as
ratios, and depend on this computer's load.

A disk is a RAM disk (brd) of the host's kernel in every setting, so there is no device behind it: what
is compared is the way there. CPU time is that of the QEMU process, all of the emulated machine: guest,
hypervisor, host. Native and container have no virtual device: their disk is the RAM disk itself, their
network the loopback device, or a pair of virtual Ethernet devices.
"""


def number(value, digits=1):
    if value is None:
        return ""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{digits}f}" if value >= 10 else f"{value:.2f}"


def transitions_text(kinds):
    return ", ".join(f"{number(value)} {name}" for name, value in kinds.items() if value >= 0.005)


def title_of(setting, guests):
    title = hosts.BY_NAME[setting].title
    return title if guests == 1 else f"{title}, {guests} guests"


def in_order(rows):
    settings = [setting.name for setting in hosts.SETTINGS]
    tests = [test.name for test in work.TESTS]
    return sorted(rows.values(), key=lambda row: (tests.index(row.test), row.guests,
                                                  settings.index(row.setting)))


def terminal_line(result, cpu_ns):
    """One result as it comes."""
    count = work.operations(result)
    rate = count / result["ns"] * 1e9
    cpu = f"{cpu_ns / count / 1000:9.1f} us CPU" if cpu_ns else ""
    return (f"  {title_of(result['setting'], result['guests']):22} {result['test']:18}"
            f" {number(rate):>10} /s {cpu}")


def table(header, lines):
    widths = [max(len(str(line[i])) for line in [header, *lines]) for i in range(len(header))]
    ruler = ["-" * width for width in widths]
    return "\n".join("| " + " | ".join(str(cell).ljust(width) for cell, width in zip(line, widths)) + " |"
                     for line in [header, ruler, *lines])


def main_table(rows, tests, guests):
    lines = []
    for row in in_order(rows):
        if row.test not in tests or row.guests not in guests:
            continue
        spread = f" ({number(row.rate_min)} - {number(row.rate_max)})" if row.rounds > 1 else ""
        lines.append((row.test, title_of(row.setting, row.guests), number(row.rate) + spread,
                      number(row.mib), number(row.median_us), number(row.p99_us), number(row.cpu_us),
                      number(row.instructions), number(row.hypervisor)))
    return table(("test", "setting", "operations/s (min - max)", "MiB/s", "median us", "p99 us",
                  "CPU us each", "instructions each", "of it hypervisor"), lines)


def transitions_table(rows):
    lines = [(row.test, title_of(row.setting, row.guests), transitions_text(row.transitions),
              transitions_text(row.control_transitions))
             for row in in_order(rows) if row.transitions and row.guests == 1]
    return table(("test", "setting", "of the guest (Parapet: of both, where the next column is empty)",
                  "of the control domain"), lines)


def ratio_table(rows):
    """Each setting's operations a second, and instructions, relative to Parapet's guest."""
    lines = []
    for row in in_order(rows):
        ours = rows.get(("pv", row.guests, row.test))
        if not ours or row.setting == "pv":
            continue
        rate = f"{ours.rate / row.rate:.2f}" if ours.rate and row.rate else ""
        path = (f"{row.instructions / ours.instructions:.2f}"
                if ours.instructions and row.instructions else "")
        lines.append((row.test, title_of(row.setting, row.guests), rate, path))
    return table(("test", "against", "Parapet's rate / its rate", "its instructions / Parapet's"), lines)


def markdown(data, plots=()):
    rows = work.rows_of(data)
    environment = data["environment"]
    disk = {test.name for test in work.TESTS if not is_network(test.name)}
    network = {test.name for test in work.TESTS} - disk
    parts = ["# Disk and network: PV, HVM, emulation, container, Xen\n",
             "| | |\n|---|---|",
             *(f"| {name} | {value} |" for name, value in environment.items()),
             f"| rounds | {len({run['round'] for run in data['rounds']})}, settings interleaved |"]
    parts += [f"| missing: {name} | {reason} |" for name, reason in data["missing"].items()]
    tries = [f"{', '.join(run['settings'])}: {run['tries']}" for run in data.get("counted", ()) if run.get("tries")]
    if tries:
        parts.append(f"| tries of the runs that count instructions | {', '.join(tries)} |")
    parts += ["", *(f"![{name}]({name}.svg)\n" for name in plots)]
    parts += ["## Disk\n", main_table(rows, disk, {1}), "\n## Network\n", main_table(rows, network, {1})]
    if any(row.guests > 1 for row in rows.values()):
        parts += ["\n## Several guests at once\n\nOperations of all of them together.\n",
                  main_table(rows, disk | network, {2, 4})]
    parts += ["\n## Transitions for each operation\n", transitions_table(rows),
              "\n## Parapet against the others\n\nMore than 1: Parapet is ahead.\n", ratio_table(rows),
              "\n" + CARRIES_OVER]
    return "\n".join(parts)


def is_network(test):
    return test in ("udp_rtt", "ping", "tcp_out", "tcp_in")
