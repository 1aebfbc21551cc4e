#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each command of pvctl against pvd and the hypervisor: exit codes, and objects that fit the schema.

pvctl.py HYPERVISOR [WORD]...    lists what each command came to
"""

import base64
import json
import os
import re
import shutil
import sys
import tempfile

import control
import machine

sys.path.insert(0, os.path.join(machine.ROOT, "tests", "unit", "pvctl"))
import json_schema  # pylint: disable=wrong-import-position

SCHEMA = os.path.join(machine.ROOT, "toolstack/pvctl/schema/pvctl.schema.json")
LINE = re.compile(r"check: pvctl (\d+) (\d+) (.*?) : ([A-Za-z0-9+/=]*)\s*$", re.M)


def guest_files(folder):
    """pvguest where configs/pvguest.xml says, and this file with a command line that lets it stay."""
    root = os.path.join(folder, "files")
    for name in ("usr/lib/parapet", "check"):
        os.makedirs(os.path.join(root, name))
    shutil.copyfile(control.built("pvguest", "pvguest-pv"),
                    os.path.join(root, "usr/lib/parapet/pvguest"))
    with open(os.path.join(machine.ROOT, "configs/pvguest.xml"), encoding="ascii") as file:
        text = file.read().replace("</kernel>", "</kernel><cmdline>stay</cmdline>")
    with open(os.path.join(root, "check/pvguest.xml"), "w", encoding="ascii") as file:
        file.write(text)
    return root


def check_line(schema, wanted, status, command, printed):
    """Raises Failure if the command did not do what it should."""
    try:
        printed = json.loads(base64.b64decode(printed))
    except ValueError:
        raise machine.Failure(f"{command}: prints no JSON") from None
    if status != wanted:
        raise machine.Failure(f"{command}: exit {status}, not {wanted}: {printed}")
    problems = json_schema.find_problems(printed, schema["definitions"][printed["schema"]], schema)
    if problems:
        raise machine.Failure(f"{command}: {problems}")
    return printed


def run(domain):
    with open(SCHEMA, encoding="ascii") as file:
        schema = json.load(file)
    result = domain.check("pvctl")
    lines = LINE.findall(result.text)
    for line in lines:
        print("  ".join(line[:3]), base64.b64decode(line[3])[:2000] if "-v" in sys.argv else "")
    left = re.findall(r"check: left: .*", result.text)
    failures = [f"left behind: {left}"] if left else []
    for line in lines:
        try:
            check_line(schema, *line)
        except machine.Failure as failure:
            failures.append(str(failure))
    if len(lines) < 40:
        failures.append(f"only {len(lines)} commands")
    for said, what in ((r"check: logs: pvguest on", "the guest's console is not in its log"),
                       (r"^\S* ?Name +ID +Mem\(MiB\) ", "the table has no header"),
                       (r"pvguest +\d+ +32 +1 +(running|blocked) ", "the table has no such guest"),
                       (r"check: domain \d+ came again as \d+", "the guest did not start again"),
                       (r"check: event: .*\"created\"", "nobody heard that the guest was created"),
                       (r"check: event: .*\"gone\"", "nobody heard that the guest is gone"),
                       (r"check: loop: .*not started again", "a guest that crashes is started for ever"),
                       (r"Domain-0 +0 +running .*\d", "no numbers of the control domain")):
        if not re.search(said, result.text, re.M):
            failures.append(what)
    if failures:
        raise machine.Failure("\n".join(failures))


def main():
    control.need()
    with tempfile.TemporaryDirectory() as folder:
        domain = control.ControlDomain(control.initrd(folder, extra=(guest_files(folder),)))
        return machine.run_cases([("every command", lambda: run(domain))], lambda action: action())


if __name__ == "__main__":
    sys.exit(main())
