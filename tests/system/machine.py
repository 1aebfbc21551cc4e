# SPDX-License-Identifier: MIT
"""Machines for the system tests: QEMU (TCG) and Bochs, each run to a line of its console.

Nothing here measures time; the limits only end a run that hangs.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import terminal

LIMIT_S = 120
POLL_S = 0.05
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
OVMF = "/usr/share/OVMF/OVMF_CODE_4M.fd"
BOCHS_ROM = "/usr/share/bochs/BIOS-bochs-latest"
BOCHS_VGA_ROM = "/usr/share/vgabios/vgabios.bin"

# A line of the hypervisor's log starts like this; the BIOS leaves its last one without an end.
LOG_LINE = re.compile(r"\[ *\d+\.\d{6}\] .*")
STOPPED = "No control domain given"


class Failure(Exception):
    """A machine did not do what the test wants; the text says what."""


def log_lines(text):
    return [match.group(0) for line in text.splitlines()
            if (match := LOG_LINE.search(line.rstrip()))]


class Result:
    """What a machine said: its log lines, and whether it ended by itself."""

    def __init__(self, text, has_ended):
        self.text = text
        self.lines = log_lines(text)
        self.has_ended = has_ended

    def find(self, pattern):
        """The first match of a regular expression in any line, or None."""
        expression = re.compile(pattern)
        for line in self.lines:
            match = expression.search(line)
            if match:
                return match
        return None

    def must_find(self, pattern):
        match = self.find(pattern)
        if not match:
            tail = "\n".join(self.lines[-12:]) or self.text[-800:]
            raise Failure(f'no line has "{pattern}"; the last ones are:\n{tail}')
        return match

    def must_not_find(self, pattern):
        match = self.find(pattern)
        if match:
            raise Failure(f'a line has "{pattern}": {match.string}')


def run_until(command, console, until, limit_s=LIMIT_S, environment=None, during=None, after=None):
    """Starts a machine whose console goes to the file `console`, waits until a line of it matches
    `until` (None: until the machine ends) and ends it by its process id. `during` and `after` are
    called with the process once it has been started, and when the wait is over."""
    expression = re.compile(until) if until else None
    deadline = time.monotonic() + limit_s
    with open(os.devnull, "rb") as nothing, tempfile.TemporaryFile() as noise:
        process = subprocess.Popen(command, stdin=nothing, stdout=noise, stderr=noise,
                                   env=environment, start_new_session=True)
        try:
            if during:
                during(process)
            while True:
                ended = process.poll() is not None
                text = read_console(console)
                if ended or (expression and expression.search(text)):
                    break
                if time.monotonic() > deadline:
                    raise Failure(f"nothing more happened within {limit_s} s; the console ends:\n"
                                  + text[-1200:])
                time.sleep(POLL_S)
            if after:
                after(process)
        finally:
            end_process(process)
        if ended and process.returncode:
            noise.seek(0)
            raise Failure(f"{command[0]} ended with {process.returncode}: "
                          + noise.read().decode(errors="replace")[-800:])
        return Result(read_console(console), ended)


def read_console(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def end_process(process):
    """Ends a process and what it started, all in the session that run_until() made for it."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)  # Bochs does not listen to SIGTERM
        process.wait()


def qemu(kernel=None, options="", machine="q35", cpu="qemu64", cpus=1, memory="256M", until=None,
         extra=(), is_final=True, during=None, after=None, limit_s=LIMIT_S, dialog=None):
    """Boots in QEMU. Without `until` the machine has to end by itself: the hypervisor reboots when
    it stops, which is the end of a machine that `is_final`. `dialog` is called with a Terminal at
    the machine's console."""
    with tempfile.TemporaryDirectory() as folder:
        console = os.path.join(folder, "console")
        serial = ["-serial", f"file:{console}"]
        if dialog:
            keyboard = terminal.Terminal(os.path.join(folder, "keys"), console)
            serial = [*keyboard.words, "-serial", "chardev:keys"]
            during = keyboard.hold(dialog)
        command = ["qemu-system-x86_64", "-machine", machine, "-accel", "tcg", "-cpu", cpu,
                   "-smp", str(cpus), "-m", memory, "-display", "none", "-vga", "none",
                   "-nic", "none", "-monitor", "none", *serial]
        if is_final:
            command.append("-no-reboot")
        if kernel:
            command += ["-kernel", kernel, "-append", f"console=com1 com1=115200 {options}"]
        return run_until(command + list(extra), console, until, limit_s, during=during, after=after)


def screen_of(process):
    """The terminal that a process has made itself, once it has, or None."""
    while process.poll() is None:
        for name in os.listdir(f"/proc/{process.pid}/fd"):
            try:
                if os.readlink(f"/proc/{process.pid}/fd/{name}") == "/dev/ptmx":
                    with open(f"/proc/{process.pid}/fdinfo/{name}", encoding="ascii") as file:
                        number = re.search(r"tty-index:\s*(\d+)", file.read())[1]
                    return os.open(f"/dev/pts/{number}", os.O_RDONLY | os.O_NOCTTY)
            except OSError:
                continue
        time.sleep(POLL_S)
    return None


def discard_screen(process):
    """Reads what a machine draws, which waits for its reader at some time."""
    def work():
        try:
            screen = screen_of(process)
            while screen is not None and os.read(screen, 65536):
                pass
        except OSError:
            pass

    threading.Thread(target=work, daemon=True).start()


def bochs(iso, model, cpus=1, until=STOPPED, limit_s=LIMIT_S, memory_mib=256):
    """Boots an ISO in Bochs, which does not end by itself. Its screen is the terminal that
    nobody looks at: the RFB one opens a port, and two that start at once can fail over it."""
    with tempfile.TemporaryDirectory() as folder:
        console = os.path.join(folder, "console")
        rc, commands = os.path.join(folder, "bochsrc"), os.path.join(folder, "commands")
        with open(commands, "w", encoding="ascii") as file:
            file.write("c\n")
        with open(rc, "w", encoding="ascii") as file:
            file.write(f"""display_library: term
romimage: file={BOCHS_ROM}
vgaromimage: file={BOCHS_VGA_ROM}
ata0-master: type=cdrom, path={iso}, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev={console}
clock: sync=none
megs: {memory_mib}
cpu: model={model}, count={cpus}, ips=50000000, reset_on_triple_fault=0
log: {folder}/log
""")
        environment = dict(os.environ, HOME=folder, TERM="xterm")
        return run_until(["bochs", "-q", "-f", rc, "-rc", commands], console, until, limit_s,
                         environment, during=discard_screen)


def make_iso(path, hypervisor, options, *modules):
    """`modules`: a file and its options, each."""
    subprocess.run([os.path.join(ROOT, "configs", "make_iso.sh"), path, hypervisor,
                    f"console=com1 com1=115200 {options}", *modules], check=True)


def in_parallel(items, action, workers=2):
    """[action(item) for item in items], by several threads, in the order of the items. An
    exception takes the place of the result."""
    results = [None] * len(items)
    left = iter(list(enumerate(items)))
    lock = threading.Lock()

    def work():
        while True:
            with lock:
                index, item = next(left, (None, None))
            if index is None:
                return
            try:
                results[index] = action(item)
            except Exception as problem:  # pylint: disable=broad-except
                results[index] = problem

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def need(*programs):
    """Ends the test as skipped (77) where a program is missing; ./run test installs them."""
    for program in programs:
        if not shutil.which(program) and not os.path.exists(program):
            print(f"skipped: {program} is not installed")
            sys.exit(77)


def run_cases(cases, action, workers=2):
    """Runs action(case) for named cases, prints a line for each, and gives the exit status."""
    failed = 0
    for (name, _), result in zip(cases, in_parallel([case for _, case in cases], action, workers)):
        if isinstance(result, Exception):
            failed += 1
            print(f"FAILED {name}: {result}")
        else:
            print(f"ok     {name}{': ' + result if result else ''}")
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0
