#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Rows, tables and report of ./run bench io, from figures that were recorded once (recorded.json: two
settings, three tests; the second round is the first at half the speed), and the readers of what
machines say."""

import json
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "bench", "io"))
import hosts  # noqa: E402  pylint: disable=wrong-import-position
import plots  # noqa: E402  pylint: disable=wrong-import-position
import report  # noqa: E402  pylint: disable=wrong-import-position
import work  # noqa: E402  pylint: disable=wrong-import-position

COUNTERS = """\
[    1.000000] 'c': counters of each CPU
[    1.000001] CPU 0: 100 hypercalls, 2 traps, 3 interrupts, 40 system calls
[    1.000002]   5 emulated, 6 switches, 7 events, 8 upcalls, 0 IPIs, idle 9 times
[    1.000003]   10 grants mapped, 11 grants copied
[    1.000004]   12 hypercall 20
[    1.000005] CPU 1: 1 hypercalls, 0 traps, 0 interrupts, 0 system calls
"""
SECTIONS = "section 0 1 2 3\nffff810000001000 2 5\nsection 1 10 20 30\nffff810000001000 1 5\n" \
           "ffff810000001000 3 2\n"


def recorded():
    with open(os.path.join(HERE, "recorded.json"), encoding="ascii") as file:
        return json.load(file)


class Rows(unittest.TestCase):
    def setUp(self):
        self.data = recorded()
        self.rows = work.rows_of(self.data)

    def test_each_setting_and_test_has_one(self):
        self.assertEqual(set(self.rows), {(setting, 1, test) for setting in ("pv", "hvm-ahci")
                                          for test in ("rand_read_4k", "udp_rtt", "tcp_out")})

    def test_the_median_of_two_rounds_lies_between_them(self):
        result, = [result for result in self.data["rounds"][0]["results"]
                   if (result["setting"], result["test"]) == ("hvm-ahci", "rand_read_4k")]
        row = self.rows["hvm-ahci", 1, "rand_read_4k"]
        fast = result["operations"] / result["ns"] * 1e9
        self.assertAlmostEqual(row.rate_max, fast)
        self.assertAlmostEqual(row.rate_min, fast / 2)
        self.assertAlmostEqual(row.rate, fast * 3 / 4)
        self.assertAlmostEqual(row.mib, row.rate * 4 / 1024)
        self.assertAlmostEqual(row.median_us, result["median"] * result["ns"] / result["ticks"] / 1000)

    def test_streams_count_frames_and_have_no_latency(self):
        row = self.rows["pv", 1, "tcp_out"]
        self.assertIsNone(row.median_us)
        self.assertAlmostEqual(row.mib, row.rate * 1448 / 2**20)

    def test_instructions_are_those_of_the_counted_run(self):
        run, = [run for run in self.data["counted"] if "pv/1/udp_rtt" in run.get("instructions", {})]
        counts = run["instructions"]["pv/1/udp_rtt"]
        result, = [result for result in run["results"] if result["test"] == "udp_rtt"]
        row = self.rows["pv", 1, "udp_rtt"]
        self.assertAlmostEqual(row.instructions, sum(counts.values()) / result["operations"])
        self.assertAlmostEqual(row.hypervisor, counts["hypervisor"] / result["operations"])

    def test_guests_at_once_are_added_up(self):
        guest = dict(setting="pv", guests=2, test="rand_read_4k", operations=100, bytes=409600,
                     ticks=10**9, ns=10**9, median=5000, p99=9000)
        count, rate, mib = work.sums([guest, dict(guest, ns=5 * 10**8)])
        self.assertEqual((count, rate), (200, 300))
        self.assertAlmostEqual(mib, 300 * 4 / 1024)

    def test_transitions_have_the_kinds_of_their_hypervisor(self):
        self.assertIn("MMIO exits", self.rows["hvm-ahci", 1, "rand_read_4k"].transitions)
        kinds = work.kinds_per_operation({"0:hypercalls": 30, "1:hypercalls": 50, "1:traps": 10}, 10)
        self.assertEqual((kinds["hypercalls"], kinds["traps"]), (8, 1))
        alone = work.kinds_per_operation({"0:hypercalls": 30, "1:hypercalls": 50}, 10, cpu=1)
        self.assertEqual(alone["hypercalls"], 5)


class Report(unittest.TestCase):
    def test_has_every_setting_and_what_is_missing(self):
        text = report.markdown(recorded())
        for words in ("Parapet PV", "HVM AHCI, rtl8139", "missing: Xen PV", "no xen-hypervisor",
                      "undercharged", "overcharged", "## Transitions"):
            self.assertIn(words, text)

    def test_every_line_of_a_table_is_as_wide_as_its_head(self):
        rows = work.rows_of(recorded())
        lines = report.main_table(rows, {"rand_read_4k", "udp_rtt", "tcp_out"}, {1}).splitlines()
        self.assertEqual(len(lines), 2 + 6)
        self.assertEqual(len({len(line) for line in lines}), 1)

    def test_ratios_are_against_parapet(self):
        rows = work.rows_of(recorded())
        ours, theirs = rows["pv", 1, "udp_rtt"], rows["hvm-ahci", 1, "udp_rtt"]
        self.assertIn(f"{ours.rate / theirs.rate:.2f}", report.ratio_table(rows))

    def test_plots_leave_out_what_was_not_measured(self):
        rows = work.rows_of(recorded())
        self.assertEqual(plots.cell(rows, "xen", "udp_rtt", "rate"), "?")
        self.assertNotEqual(plots.cell(rows, "pv", "udp_rtt", "rate"), "?")


class Readers(unittest.TestCase):
    def test_counters_of_the_hypervisor_by_processor(self):
        found = hosts.hypervisor_counters(COUNTERS)
        self.assertEqual(found[0, "hypercalls"], 100)
        self.assertEqual(found[1, "hypercalls"], 1)
        self.assertEqual(found[0, "grants copied"], 11)
        self.assertEqual(found[0, "hypercall 20"], 12)
        self.assertEqual(found[0, "switches"], 6)

    def test_sections_of_the_plugin(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write(SECTIONS)
            file.flush()
            first, second = hosts.read_sections(file.name)
        self.assertEqual(first, ((1, 2, 3), {0xffff810000001000: 10}))
        self.assertEqual(second, ((10, 20, 30), {0xffff810000001000: 11}))


if __name__ == "__main__":
    unittest.main()
