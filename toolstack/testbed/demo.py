#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The demo: a testbed, Debian's kernel as a guest in it with disk and network, and the proof that both work.

demo.py PVCTL [--no-console]
"""

import argparse
import hashlib
import http.server
import os
import re
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
NAME = "demo"
GUEST = "linux"
URI = f"pv+testbed:///{NAME}"
PROMPT = r"guest# $"
HOST = "10.0.2.2"  # this machine, as QEMU's user network has it
LIMIT_S = 300
PROOF = os.urandom(1 << 20)
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Failure(Exception):
    """Something did not do what the demo promises."""


def say(text):
    mark, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    print(f"{mark}==> {text}{plain}", flush=True)


class Pvctl:
    """pvctl, talking to the demo's testbed."""

    def __init__(self, path):
        self.path = path
        self.environment = dict(os.environ, PVCTL_URI=URI)

    def words(self, *arguments):
        return (self.path, *arguments)

    def run(self, *arguments, shown=True):
        if shown:
            print(f"$ pvctl {' '.join(arguments)}", flush=True)
        status = subprocess.run(self.words(*arguments), env=self.environment, check=False).returncode
        if status:
            raise Failure(f"pvctl {' '.join(arguments)} ended with {status}")

    def is_up(self):
        shown = subprocess.run(self.words("testbed", "status", NAME), capture_output=True, check=False)
        return not shown.returncode

    def console(self, *arguments):
        print(f"$ pvctl {' '.join(arguments)}", flush=True)
        return Console(subprocess.Popen(self.words(*arguments), env=self.environment,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE))


class Console:
    """Somebody at a guest's console, whom one may watch."""

    def __init__(self, process):
        self.process = process
        self.text = ""
        self.grew = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            data = os.read(self.process.stdout.fileno(), 65536)
            text = ESCAPES.sub("", data.decode(errors="replace"))
            sys.stdout.write(text)
            sys.stdout.flush()
            with self.grew:
                self.text = self.text + text if data else None
                self.grew.notify()
            if not data:
                return

    def expect(self, pattern):
        """Waits for it, and forgets what came up to there."""
        deadline = time.monotonic() + LIMIT_S
        with self.grew:
            while self.text is not None:
                match = re.search(pattern, self.text)
                if match:
                    self.text = self.text[match.end():]
                    return match
                if not self.grew.wait(max(deadline - time.monotonic(), 0)):
                    break
        raise Failure(f'the guest does not say "{pattern}"')

    def command(self, line, pattern=None):
        self.process.stdin.write(line.encode() + b"\r")
        self.process.stdin.flush()
        self.expect(re.escape(line[-20:]))  # its echo
        match = self.expect(pattern) if pattern else None
        self.expect(PROMPT)
        return match

    def leave(self):
        print(flush=True)
        self.process.terminate()
        self.process.wait()


class Proof(http.server.BaseHTTPRequestHandler):
    """A page that only this run has."""

    def do_GET(self):  # pylint: disable=invalid-name
        self.send_response(200)
        self.send_header("Content-Length", str(len(PROOF)))
        self.end_headers()
        self.wfile.write(PROOF)

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        pass


def serve_proof():
    server = http.server.HTTPServer(("127.0.0.1", 0), Proof)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def start_testbed(pvctl):
    if pvctl.is_up():
        say("A testbed of an earlier demo is there; it ends first")
        pvctl.run("testbed", "down", NAME)
    say("Starting QEMU with the hypervisor and Debian's kernel as control domain")
    pvctl.run("testbed", "up", NAME, "--fresh", "--share", ROOT)


def prove_disk(console):
    console.command("dd if=/dev/urandom of=/disk/proof bs=1M count=4 conv=fsync 2> /dev/null")
    written = console.command("md5sum /disk/proof", r"([0-9a-f]{32})  /disk/proof")[1]
    console.command("umount /disk && mount /dev/xvda /disk")
    if console.command("md5sum /disk/proof", r"([0-9a-f]{32})  /disk/proof")[1] != written:
        raise Failure("the disk does not give back what was written")
    return written


def prove_network(console, port):
    console.command("ip -4 addr show eth0", r"inet [0-9.]+/")
    fetched = console.command(f"wget -q -O - http://{HOST}:{port}/proof | md5sum",
                              r"([0-9a-f]{32})  -")[1]
    if fetched != hashlib.md5(PROOF).hexdigest():
        raise Failure("what was fetched is not what this machine has")
    return fetched


def show(pvctl):
    start_testbed(pvctl)
    say(f"Creating a guest from configs/{GUEST}.xml, and being at its console")
    console = pvctl.console("create", os.path.relpath(os.path.join(ROOT, "configs", f"{GUEST}.xml")),
                            "-c")
    console.expect(r"guest: ready")
    console.expect(PROMPT)
    port = serve_proof()
    written = prove_disk(console)
    fetched = prove_network(console, port)
    console.leave()
    say(f"Disk: 4 MiB written, unmounted, mounted and read again: {written} both times")
    say(f"Network: 1 MiB fetched from this machine: {fetched} at both ends")
    pvctl.run("list")


NEXT = f"""
What to try next, from here, while the testbed runs:

  export PVCTL_URI={URI}     or -c with each command
  {{pvctl}} list                     the domains
  {{pvctl}} console {GUEST}            back to the guest's console; Ctrl-] leaves it
  {{pvctl}} vcpu-set {GUEST} 2         a second CPU for the guest
  {{pvctl}} create configs/pvguest.xml -c   the small guest of this project
  {{pvctl}} top                      what they use
  {{pvctl}} shutdown {GUEST}           the guest's end
  {{pvctl}} testbed console          hypervisor's log and control domain's shell
  {{pvctl}} testbed down             the end of it all
"""


def end(pvctl):
    say("Ending the guest, then the testbed")
    pvctl.run("shutdown", GUEST, "--wait", "--timeout", "120")
    pvctl.run("testbed", "down", NAME)
    say("Everything worked, and nothing is left running")


def stay(pvctl):
    print(NEXT.format(pvctl=os.path.relpath(pvctl.path)), flush=True)
    if sys.stdin.isatty() and sys.stdout.isatty():
        say("The guest's console; Ctrl-] leaves it, and guest and testbed go on")
        os.execve(pvctl.path, pvctl.words("console", GUEST), pvctl.environment)
    say("The guest and its testbed go on running")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pvctl")
    parser.add_argument("--no-console", action="store_true", help="end guest and testbed")
    options = parser.parse_args()
    pvctl = Pvctl(os.path.abspath(options.pvctl))
    begun = time.monotonic()
    try:
        show(pvctl)
        say(f"All this took {time.monotonic() - begun:.0f} s")
        (end if options.no_console else stay)(pvctl)
    except Failure as failure:
        print(f"\ndemo: {failure}", file=sys.stderr)
        print(f"demo: the testbed is left as it is: {options.pvctl} testbed console {NAME}; "
              f"{options.pvctl} testbed down {NAME}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\ndemo: interrupted; {options.pvctl} testbed down {NAME} ends what runs",
              file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
