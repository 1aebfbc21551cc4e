#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""pvctl testbed, from the machine around: two side by side, several pvctl at once, one killed in the
middle, files of the shared folder, a QEMU that dies; and the demo as its users have it.

testbed.py HYPERVISOR [PART OF A CASE'S NAME]
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

import control
import machine

LIMIT_S = 900
UP = ("--memory", "1G", "--timeout", str(LIMIT_S))


class Users:
    """pvctl with folders of its own, so that testbeds of whoever works here are not met."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": folder, "XDG_STATE_HOME": folder}
        self.environment.pop("PVCTL_URI", None)

    def start(self, *words, testbed=None, **keywords):
        environment = dict(self.environment)
        if testbed:
            environment["PVCTL_URI"] = f"pv+testbed:///{testbed}"
        return subprocess.Popen((control.built("toolstack", "pvctl"), *words), env=environment,
                                cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **keywords)

    def run(self, *words, status=0, **keywords):
        process = self.start(*words, **keywords)
        out, err = process.communicate(timeout=LIMIT_S)
        text = (out + err).decode(errors="replace")
        if process.returncode != status:
            raise machine.Failure(f"pvctl {' '.join(words)} ended with {process.returncode}:\n{text}")
        return text

    def testbeds(self):
        shown = json.loads(self.run("--json", "testbed", "status"))
        return {entry["name"]: entry for entry in shown["result"]["testbeds"]}

    def end_all(self):
        for name, entry in self.testbeds().items():
            if entry["state"] == "running":
                self.run("testbed", "down", name, "--force")


def must_have(text, pattern):
    if not re.search(pattern, text):
        raise machine.Failure(f'nothing says "{pattern}":\n{text[-2000:]}')


def write_guest(folder, name):
    """pvguest with a disk in the shared folder, named by a path from the document's own folder."""
    with open(os.path.join(machine.ROOT, "configs", "pvguest.xml"), encoding="ascii") as file:
        text = file.read()
    text = text.replace("<name>pvguest<", f"<name>{name}<")
    text = text.replace("/var/lib/parapet/pvguest.img", f"{name}.img")
    with open(os.path.join(folder, f"{name}.img"), "wb") as file:
        file.write(os.urandom(1 << 20))
    path = os.path.join(folder, f"{name}.xml")
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    return path


def use_guest(users, path, name):
    """From its first line to its end, at its console; others ask meanwhile."""
    watcher = users.start("console", name, testbed="one")  # before there is such a domain
    watcher.communicate(timeout=LIMIT_S)
    if watcher.returncode != 5:
        raise machine.Failure(f"a console of nobody ended with {watcher.returncode}")
    text = users.run("create", path, "-c", testbed="one")
    must_have(text, "hello from user mode")
    must_have(users.run("why", name, testbed="one"), "poweroff")
    must_have(users.run("logs", name, testbed="one"), "hello from user mode")


def killed_in_the_middle(users):
    """Each of them has a port, and dies at it."""
    for _ in range(3):
        events = [users.start("dmesg", "-f", testbed="one") for _ in range(4)]
        for process in events:
            process.stdout.read(1)  # it is connected and served
        must_have(users.run("list", testbed="one"), "Domain-0")
        for process in events:
            process.kill()
            process.communicate()
        must_have(users.run("list", testbed="one"), "Domain-0")


def outside_of_the_share(users, path):
    with tempfile.NamedTemporaryFile(suffix=".img") as disk, open(path, encoding="ascii") as file:
        disk.truncate(1 << 20)
        text = re.sub(r"source file='[^']*'", f"source file='{disk.name}'", file.read())
        other = os.path.join(users.folder, "outside.xml")
        with open(other, "w", encoding="ascii") as document:
            document.write(text)
        shown = users.run("create", other, status=3, testbed="one")
        must_have(shown, f"{re.escape(disk.name)} lies outside of the testbed's shared folder")


def definitions(users, path, name):
    users.run("define", path, testbed="one")
    must_have(users.run("list", "--all", testbed="one"), rf"{name} .*shut off")
    must_have(users.run("start", name, "-c", testbed="one"), "hello from user mode")
    users.run("undefine", name, testbed="one")


def side_by_side():
    with tempfile.TemporaryDirectory(prefix="tb") as folder:
        users = Users(folder)
        try:
            users.run("testbed", "up", "one", *UP)
            must_have(users.run("testbed", "up", "one", status=6), "runs already")
            must_have(users.run("list"), "Domain-0")  # there is no other
            path = write_guest(folder, "small")
            use_guest(users, path, "small")
            killed_in_the_middle(users)
            outside_of_the_share(users, path)
            definitions(users, path, "small")

            users.run("testbed", "up", "two", "--cpus", "1", "--machine", "pc", *UP)
            must_have(users.run("list", status=2), "2 testbeds run")
            must_have(users.run("list", testbed="two"), "Domain-0 +0 +512 +1 ")
            must_have(users.run("list", testbed="one"), "Domain-0 +0 +512 +2 ")

            os.kill(users.testbeds()["two"]["pid"], signal.SIGKILL)
            while users.testbeds()["two"]["state"] == "running":  # it takes a moment to go
                time.sleep(0.1)
            must_have(users.run("list", status=9, testbed="two"), "does not run")
            must_have(users.run("list"), "Domain-0")
            must_have(users.run("testbed", "down", "two"), "had died")
            must_have(users.run("testbed", "down"), "testbed one is down")
            if users.testbeds():
                raise machine.Failure(f"left behind: {users.testbeds()}")
        finally:
            users.end_all()


def demo():
    with tempfile.TemporaryDirectory(prefix="tb") as folder:
        users = Users(folder)
        script = os.path.join(machine.ROOT, "toolstack", "testbed", "demo.py")
        try:
            done = subprocess.run((sys.executable, "-B", script, control.built("toolstack", "pvctl"),
                                   "--no-console"), env=users.environment, capture_output=True,
                                  text=True, errors="replace", timeout=LIMIT_S, check=False)
            if done.returncode:
                raise machine.Failure(f"it ended with {done.returncode}:\n{done.stdout[-2000:]}\n"
                                      + done.stderr[-1000:])
            must_have(done.stdout, "both times")
            must_have(done.stdout, "at both ends")
            must_have(done.stdout, r"linux +\d+ +128 +1 ")
            if users.testbeds():
                raise machine.Failure("it leaves a testbed behind")
        finally:
            users.end_all()


CASES = (("side by side", side_by_side), ("demo", demo))


def main():
    control.need()
    return machine.run_cases(control.wanted(CASES), lambda action: action(), workers=1)


if __name__ == "__main__":
    sys.exit(main())
