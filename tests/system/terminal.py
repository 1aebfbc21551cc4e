# SPDX-License-Identifier: MIT
"""Somebody at a machine's serial console: types, and waits for what it says."""

import os
import re
import threading
import time

import machine

ANSWER_LIMIT_S = 200
HYPERVISOR_KEYS = "\x01\x01\x01"  # Ctrl-a three times: to the hypervisor's debug keys, and back


class Terminal:
    """A pair of pipes to a machine. What it says is also in a file, which is what is read here, so that
    nothing is lost, and whoever reads slowly does not hold it up."""

    def __init__(self, path, console):
        self.console = console
        self.position = 0
        self.process = None
        self.words = ["-chardev", f"pipe,id=keys,path={path},logfile={console}"]
        for end in ("in", "out"):
            os.mkfifo(f"{path}.{end}")
        # Opened for both directions, as QEMU does: neither waits for the other.
        self.keys = os.open(f"{path}.in", os.O_RDWR)
        self.screen = os.open(f"{path}.out", os.O_RDWR)

    def hold(self, dialog):
        """What run_until() calls while the machine runs."""
        def during(process):
            self.process = process
            threading.Thread(target=self._discard, daemon=True).start()
            dialog(self)
        return during

    def _discard(self):
        """Only so that the machine can go on sending."""
        while os.read(self.screen, 65536):
            pass

    def type(self, text):
        os.write(self.keys, text.encode())

    def expect(self, pattern, limit_s=ANSWER_LIMIT_S):
        """Waits until what has been said since the last match has the pattern; returns the match."""
        expression = re.compile(pattern)
        deadline = time.monotonic() + limit_s
        while True:
            has_ended = self.process.poll() is not None
            text = machine.read_console(self.console)
            match = expression.search(text, self.position)
            if match:
                self.position = match.end()
                return match
            if has_ended or time.monotonic() > deadline:
                raise machine.Failure(f'nothing says "{pattern}" within {limit_s} s:\n'
                                      + text[self.position:][-1500:])
            time.sleep(machine.POLL_S)

    def command(self, line, pattern=None):
        """Types a command at the shell's prompt, and waits for its answer if there is to be one."""
        self.type(line + "\r")
        return self.expect(pattern) if pattern else None

    def debug_key(self, key, answer):
        """The hypervisor's answer to a debug key."""
        self.type(HYPERVISOR_KEYS)
        self.expect("Input goes to the hypervisor")
        self.type(key)
        match = self.expect(answer)
        self.type(HYPERVISOR_KEYS)
        self.expect("Input goes to the control domain")
        return match
