#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Disk and network of guests, measured in each setting: natively, in a container, paravirtual on Parapet
and on Xen, in hardware-virtualized machines with emulated and virtio devices, and emulated.

All in QEMU: the same kernel, guests' first file system, program, RAM disk and numbers of operations. Rounds
go through the machines in turn. Before them, instructions are counted under -icount, and transitions of guest
and control domain apart, on a processor for each.

./run bench io [--settings A,B] [--quick] [--rounds N] [--json FILE]
"""

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import archives  # noqa: E402  pylint: disable=wrong-import-position
import hosts  # noqa: E402  pylint: disable=wrong-import-position
import plots  # noqa: E402  pylint: disable=wrong-import-position
import report  # noqa: E402  pylint: disable=wrong-import-position
import work  # noqa: E402  pylint: disable=wrong-import-position

QUICK_SETTINGS = ("native", "pv", "hvm-ide", "hvm-ahci")
SCALE, QUICK_SCALE, QUICK_COUNTED_SCALE, COUNTED_SCALE = 0.25, 0.2, 0.25, 0.5
MANY_SETTINGS = ("pv", "hvm-ide", "hvm-virtio", "xen")
COUNTED_TRIES, COUNTED_LIMIT_S, COUNTED_SILENCE_S = 3, 400, 120
WALL_LIMIT_S = 1800


class Progress:
    """What is being done, on one line, with the time that is left by what the past parts took."""

    def __init__(self, parts):
        self.parts, self.done, self.start = parts, 0, time.monotonic()

    def __call__(self, text):
        passed = time.monotonic() - self.start
        left = f", about {passed / self.done * (self.parts - self.done):.0f} s left" if self.done else ""
        line = f"[{self.done}/{self.parts}] {text}{left}"
        if sys.stdout.isatty():
            print(f"\r\033[K{line}", end="", flush=True)

    def say(self, text):
        print(("\r\033[K" if sys.stdout.isatty() else "") + text, flush=True)

    def part_is_done(self, text):
        self.done += 1
        passed = time.monotonic() - self.start
        self.say(f"[{self.done}/{self.parts}] {text}; {passed:.0f} s so far, about "
                 f"{passed / self.done * (self.parts - self.done):.0f} s left")


def version_of(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"


def environment(files):
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    kernel = os.path.basename(files.kernel_root()).split("_")
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "CPU": f"{model[1] if model else 'unknown'}, {os.cpu_count()} cores",
        "load at the start": f"{os.getloadavg()[0]:.1f}",
        "kernel of this computer": os.uname().release,
        "QEMU": version_of("qemu-system-x86_64", "--version"),
        "accelerator": "TCG",
        "emulated CPU": ", ".join(f"{host}: {cpu}" for host, cpu in hosts.CPU_OF_HOST.items()),
        "kernel of hosts and guests": f"{kernel[0].removeprefix('kernel-')} {kernel[1]}",
        "Parapet": version_of("git", "-C", archives.HERE, "rev-parse", "--short", "HEAD"),
        "Xen": linux_xen_version(files),
    }


def linux_xen_version(files):
    if not files.xen:
        return f"none ({files.xen_missing})"
    known = archives.image_build.descriptions([archives.linux.XEN_PACKAGE])
    return known[archives.linux.XEN_PACKAGE]["Version"]


class Bench:
    def __init__(self, options, files):
        self.files, self.options = files, options
        names = [setting.name for setting in hosts.SETTINGS]
        wanted = options.settings.split(",") if options.settings else (
            QUICK_SETTINGS if options.quick else names)
        unknown = [name for name in wanted if name not in names]
        if unknown:
            sys.exit(f"no setting {' '.join(unknown)}; there are: {' '.join(names)}")
        self.settings = [name for name in names if name in wanted]
        self.tests = ["null"] + [test.name for test in work.TESTS if test.in_quick or not options.quick]
        self.hosts = [host for host in hosts.HOSTS if self.of_host(host)]
        self.data = {"schema": "parapet-bench-io/1", "environment": environment(files), "rounds": [],
                     "counted": [], "missing": {}, "settings": self.settings, "tests": self.tests}
        # By machines: a guest of KVM that hangs takes no other's figures with it.
        self.counted_groups = [group for group in (
            [name for name in self.settings if name in ("native", "container")],
            *([name] for name in self.settings if name not in ("native", "container"))) if group]
        self.progress = Progress(len(self.hosts) * options.rounds + len(self.counted_groups)
                                 + ("pv" in self.settings))

    def of_host(self, host):
        return [name for name in self.settings if hosts.BY_NAME[name].host == host]

    def words(self, names, scale, with_many, more=""):
        runs = names
        if with_many:
            runs = runs + [f"{name}*{guests}" for name in runs if name in MANY_SETTINGS
                           for guests in (2, 4)]
        return (f"bench.run={','.join(runs)} bench.tests={','.join(self.tests)} "
                f"bench.tests_many={','.join(work.TESTS_MANY)} bench.scale={scale} {more}")

    def record(self, run, **more):
        for failure in run.failures:
            self.progress.say(f"  failed: {failure}")
        for setting in {failure.split(":")[0] for failure in run.failures}:
            reasons = [failure.partition(": ")[2] for failure in run.failures
                       if failure.startswith(setting + ":")]
            self.data["missing"].setdefault(hosts.BY_NAME[setting].title if setting in hosts.BY_NAME
                                            else setting, "; ".join(reasons))
        return {**more, "results": [result._asdict() for result in run.results],
                "cpu_ns": {work.name_of(key): value for key, value in run.cpu_ns.items()},
                "counters": {work.name_of(key): {name if isinstance(name, str) else f"{name[0]}:{name[1]}":
                                                 value for name, value in counters.items() if value}
                             for key, counters in run.counters.items()}}

    def wall(self, number, host):
        quick = self.options.quick
        run = hosts.Run(host, self.files,
                        self.words(self.of_host(host), QUICK_SCALE if quick else SCALE,
                                   not quick and number == 1),
                        progress=self.progress, limit_s=WALL_LIMIT_S)
        self.data["rounds"].append(self.record(run, round=number, host=host))
        for result in run.results:
            key = (result.setting, result.guests, result.test)
            if result.test != "null" and result.guests == 1:
                self.progress.say(report.terminal_line(result._asdict(), run.cpu_ns.get(key)))

    def counted(self, host, names):
        scale = QUICK_COUNTED_SCALE if self.options.quick else COUNTED_SCALE
        output = os.path.join(self.files.io, f"counted-{names[0]}.txt")
        for tries in range(1, COUNTED_TRIES + 1):
            try:
                run = hosts.Run(host, self.files, self.words(names, scale, False), icount=True,
                                plugin_output=output, progress=self.progress, limit_s=COUNTED_LIMIT_S,
                                silence_s=COUNTED_SILENCE_S)
                break
            except hosts.Failure as failure:
                self.progress.say(f"  {names[0]} under -icount, try {tries}: {str(failure).splitlines()[0]}")
        else:
            self.data["missing"][f"instructions, {', '.join(names)}"] = (
                f"{COUNTED_TRIES} runs under -icount did not end in {COUNTED_LIMIT_S} s")
            return
        sections = hosts.read_sections(output)
        instructions = {work.name_of(key): {"user": user, "kernel": kernel, "hypervisor": hypervisor}
                        for key, ((user, kernel, hypervisor), _) in zip(run.order, sections)}
        self.data["counted"].append(self.record(run, host=host, settings=names, tries=tries,
                                                instructions=instructions))

    def split(self):
        """Guest and control domain each on a processor of its own: their transitions apart."""
        scale = QUICK_COUNTED_SCALE if self.options.quick else COUNTED_SCALE
        run = hosts.Run("parapet", self.files, self.words(["pv"], scale, False, "bench.pin=1"), cpus=2,
                        progress=self.progress, limit_s=WALL_LIMIT_S)
        self.data["counted"].append(self.record(run, host="parapet", is_split=True))

    def part(self, text, host, action):
        try:
            action()
        except (hosts.Failure, SystemExit) as failure:
            reason = str(failure).splitlines()[0] if str(failure) else "it ended"
            self.progress.say(f"  failed: {text}: {failure}")
            for name in self.of_host(host):
                self.data["missing"].setdefault(hosts.BY_NAME[name].title, f"{text}: {reason}")
        self.progress.part_is_done(text)
        self.save()

    def save(self):
        for path in (os.path.join(self.files.io, "result.json"), self.options.json):
            if path:
                with open(path, "w", encoding="ascii") as file:
                    json.dump(self.data, file, indent=1)

    def measure(self):
        for names in self.counted_groups:
            host = hosts.BY_NAME[names[0]].host
            self.part(f"instructions, {', '.join(names)}", host, lambda: self.counted(host, names))
        if "pv" in self.settings:
            self.part("transitions of guest and control domain", "parapet", self.split)
        for number in range(1, self.options.rounds + 1):
            for host in self.hosts:
                self.part(f"round {number} on host {host}", host, lambda: self.wall(number, host))


def finish(data, folder):
    rows = work.rows_of(data)
    drawn = plots.draw(rows, folder)
    text = report.markdown(data, drawn)
    path = os.path.join(folder, "report.md")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    print(report.main_table(rows, set(data["tests"]), {1, 2, 4}))
    for name, reason in data["missing"].items():
        print(f"missing: {name}: {reason}")
    print(f"report: {path}, plots: {', '.join(drawn) or 'none, gnuplot is missing'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hypervisor", required=True)
    parser.add_argument("--settings", help="names with commas, of: "
                        + " ".join(setting.name for setting in hosts.SETTINGS))
    parser.add_argument("--quick", action="store_true", help="fewer operations, tests and settings")
    parser.add_argument("--rounds", type=int, help="times that each setting is measured (3; quick: 1)")
    parser.add_argument("--json", help="write the figures to this file as well")
    parser.add_argument("--report-only", metavar="FILE", help="report and plots from the figures in FILE")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 3)
    if options.report_only:
        with open(options.report_only, encoding="ascii") as file:
            data = json.load(file)
        folder = os.path.dirname(os.path.abspath(options.report_only))
    else:
        bench = Bench(options, archives.Files(options.hypervisor))
        bench.measure()
        data, folder = bench.data, bench.files.io
    finish(data, folder)
    return 1 if not data["rounds"] else 0


if __name__ == "__main__":
    sys.exit(main())
