# SPDX-License-Identifier: MIT
"""Plots of the rows by gnuplot, each as SVG and PNG."""

import os
import shutil
import subprocess

import hosts
import work

# file name, title, tests, what of a row
PLOTS = (
    ("disk_rate", "Random read 4 KiB: operations a second (more is better)",
     ("rand_read_4k", "rand_read_4k_d32"), "rate"),
    ("disk_instructions", "Instructions of the whole machine for a disk operation (less is better)",
     ("rand_read_4k", "rand_read_4k_d32"), "instructions"),
    ("network_instructions", "Instructions of the whole machine for a UDP round trip (less is better)",
     ("udp_rtt",), "instructions"),
    ("round_trip", "Round trip, median, us (less is better)", ("udp_rtt", "ping"), "median_us"),
    ("tcp", "TCP, MiB/s (more is better)", ("tcp_out", "tcp_in"), "mib"),
)
SCRIPT = """\
set terminal {terminal}
set output '{output}'
set title "{title}" noenhanced
set style data histogram
set style histogram clustered gap 1
set style fill solid 0.8 border -1
set boxwidth 0.9
set grid ytics
set yrange [0:*]
set xtics rotate by -25 noenhanced
set key top right noenhanced
set datafile missing '?'
plot {curves}
"""


def draw(rows, folder):
    """The names of the plots that could be drawn; none without gnuplot."""
    if not shutil.which("gnuplot"):
        return []
    drawn = []
    for name, title, tests, value in PLOTS:
        settings = [setting for setting in hosts.SETTINGS
                    if any(cell(rows, setting.name, test, value) != "?" for test in tests)]
        if not settings:
            continue
        data = os.path.join(folder, name + ".dat")
        with open(data, "w", encoding="ascii") as file:
            for setting in settings:
                cells = " ".join(cell(rows, setting.name, test, value) for test in tests)
                file.write(f'"{setting.title}" {cells}\n')
        curves = ", ".join(f"'{data}' using {i + 2}:xtic(1) title \"{work.TITLES[test]}\""
                           for i, test in enumerate(tests))
        for terminal, suffix in (("svg size 800,450 font 'sans,12'", "svg"),
                                 ("png size 800,450", "png")):
            script = SCRIPT.format(terminal=terminal, output=os.path.join(folder, f"{name}.{suffix}"),
                                   title=title, curves=curves)
            subprocess.run(("gnuplot",), input=script, text=True, check=True,
                           stderr=subprocess.DEVNULL)
        drawn.append(name)
    return drawn


def cell(rows, setting, test, value):
    row = rows.get((setting, 1, test))
    number = getattr(row, value) if row else None
    return "?" if number is None else f"{number:.3f}"
