#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs test guests, each as the first module of the hypervisor in a machine of its own.

    run.py [--build DIR] [--machine qemu|bochs] [--jobs N] [--verbose] [NAME ...]

Without a NAME all of tests/guest/*/main.c are run, in parallel, and a table is printed. The exit
status is 0 if none failed, 77 if the only test was skipped.

A line " * Machine: WORD ..." in the head comment of a test's main.c says what it needs:
    cpus=N           processors, default 1
    memory=N         MiB, default 64
    cpu=MODEL        QEMU's CPU model, default max
    options="..."    more options for the hypervisor
    domains=N        neighbours: unprivileged domains that run the same kernel, ids 1 to N
    command="..."    the guest's command line
    module=BYTES     a second module of so many bytes; byte n is n modulo 251
    kernel=NAME      another test's kernel is started, or a file of this name in the folder
    expect="..."     text that the hypervisor's log must have; the guest need not answer
    log="..."        text that the log must have besides the guest's success
    devices="..."    QEMU's devices that the machine has besides
    types="..."      what is typed on the console when the guest has printed "type now"
    nobochs="..."    why Bochs cannot run it

The guest's last line is its answer: success, skip, error, failure. A guest that announced
"must crash: REASON" succeeds when the hypervisor crashes the domain for that reason.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time

import coverage

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIMIT_S = {'qemu': 60, 'bochs': 400}
CONSOLE = 'console=com1 com1=115200 loglvl=all guest_loglvl=all'
STATUS = {'success': 0, 'skip': 77, 'error': 2, 'failure': 1}

# The control domain's lines have no prefix once it has been typed to.
ANSWER = re.compile(r'^(?:\(d\d+\) )?guest test: (success|skip|error|failure)\r?$', re.M)
COMPLAINT = re.compile(r'^(?:\(d\d+\) )?(FAILURE: .*?)\r?$', re.M)
MUST_CRASH = re.compile(r'\(d0\) guest test: must crash: (.*?)\r?\n')
CRASHED = re.compile(r'domain 0 crashed: (.*?)\r?\n')
PANIC = re.compile(r'PANIC on CPU')


class Machine:
    """What a test's head comment asks for."""

    def __init__(self, name):
        self.name = name
        self.words = {'cpus': '1', 'memory': '64', 'cpu': 'max', 'options': '', 'command': ''}
        head = (HERE / name / 'main.c').read_text().split('*/')[1]
        for line in re.findall(r'^ \* Machine: (.*)$', head, re.M):
            for word in shlex.split(line):
                key, _, value = word.partition('=')
                if key not in ('cpus', 'memory', 'cpu', 'options', 'command', 'module', 'kernel',
                               'expect', 'log', 'nobochs', 'domains', 'devices', 'types'):
                    raise SystemExit(f'tests/guest/{name}/main.c: no machine word "{key}"')
                self.words[key] = value

    def __getattr__(self, key):
        return self.words.get(key)

    def kernel_file(self, build):
        if self.kernel and (HERE / self.name / self.kernel).exists():
            return HERE / self.name / self.kernel
        return build / 'guest-tests' / f'{self.kernel or self.name}.elf'

    def hypervisor_options(self):
        neighbours = f'dom0_mem=24M test_domains={self.domains}' if self.domains else ''
        return ' '.join(f'{CONSOLE} {neighbours} {self.options}'.split())

    def guest_command(self):
        return f'{self.command} neighbours={self.domains}' if self.domains else self.command

    def module_file(self, folder):
        path = pathlib.Path(folder) / 'module'
        path.write_bytes(bytes(n % 251 for n in range(int(self.module))))
        return path


def qemu_command(machine, build, folder):
    modules = f'{machine.kernel_file(build)} {machine.guest_command()}'.strip().replace(',', ',,')
    if machine.module:
        modules += f',{machine.module_file(folder)}'
    devices = [word for name in (machine.devices or '').split() for word in ('-device', name)]
    return ['qemu-system-x86_64', '-machine', 'q35', '-accel', 'tcg', '-cpu', machine.cpu,
            '-smp', machine.cpus, '-m', machine.memory, *devices,
            '-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-no-reboot',
            '-kernel', str(build / 'hypervisor-debug' / 'parapet'),
            '-append', machine.hypervisor_options(), '-initrd', modules]


BOCHSRC = """
display_library: term
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/vgabios/vgabios.bin
megs: {memory}
cpu: model=athlon64_clawhammer, count={cpus}, ips=100000000, reset_on_triple_fault=0
clock: sync=none
ata0-master: type=cdrom, path={iso}, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev={serial}
log: {log}
panic: action=fatal
error: action=report
"""


def bochs_command(machine, build, folder):
    folder = pathlib.Path(folder)
    command = [ROOT / 'configs' / 'make_iso.sh', folder / 'test.iso',
               build / 'hypervisor-debug' / 'parapet', machine.hypervisor_options(),
               machine.kernel_file(build), machine.guest_command()]
    if machine.module:
        command += [machine.module_file(folder), '']
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
    (folder / 'serial').touch()
    (folder / 'bochsrc').write_text(BOCHSRC.format(
        memory=max(int(machine.memory), 64), cpus=machine.cpus, iso=folder / 'test.iso',
        serial=folder / 'serial', log=folder / 'bochs.log'))
    (folder / 'commands').write_text('c\n')
    return ['bochs', '-q', '-f', str(folder / 'bochsrc'), '-rc', str(folder / 'commands')]


class Run:
    """One machine, from its start until it answered."""

    def __init__(self, machine, kind, build):
        self.machine, self.kind, self.build = machine, kind, build
        self.text = ''
        self.to_type = (machine.types or '').encode().decode('unicode_escape').encode('latin-1')

    def judge(self):
        """The answer so far, with a remark, or None."""
        if PANIC.search(self.text):
            return 'failure', 'the hypervisor panicked'
        if self.machine.expect:
            return ('success', '') if self.machine.expect in self.text else None
        answer = ANSWER.search(self.text)
        if answer:
            complaint = COMPLAINT.search(self.text)  # a neighbour's counts too
            result = 'failure' if complaint else answer.group(1)
            if result == 'success' and self.machine.log and self.machine.log not in self.text:
                return 'failure', f'the log has no "{self.machine.log}"'
            return result, self.first_remark()
        crashed = CRASHED.search(self.text)
        if not crashed:
            return None
        wanted = MUST_CRASH.search(self.text)
        if not wanted:
            return 'failure', 'the domain was crashed: ' + crashed.group(1)
        if wanted.group(1) in crashed.group(1) and crashed.start() > wanted.start():
            return 'success', ''
        return 'failure', f'crashed for "{crashed.group(1)}", not for "{wanted.group(1)}"'

    def first_remark(self):
        remark = re.search(r'^(?:\(d\d+\) )?((?:FAILURE|ERROR|SKIP): .*?)\r?$', self.text, re.M)
        return remark.group(1) if remark else ''

    def read_pipe(self, process):
        for piece in iter(lambda: os.read(process.stdout.fileno(), 65536), b''):
            self.text += piece.decode('latin-1')

    def type(self, process):
        if self.to_type and 'type now' in self.text:
            process.stdin.write(self.to_type)
            process.stdin.flush()
            self.to_type = b''

    def wait(self, process, serial):
        end = time.monotonic() + LIMIT_S[self.kind]
        while time.monotonic() < end:
            ended = process.poll() is not None
            if ended and serial is None:
                self.reader.join()
            if serial:
                self.text = serial.read_bytes().decode('latin-1')
            answer = self.judge()
            self.type(process)
            if answer or ended:
                return answer or ('failure', 'the machine ended without an answer')
            time.sleep(0.02)
        return 'failure', f'no answer within {LIMIT_S[self.kind]} s'

    def run(self):
        if self.kind == 'bochs' and self.machine.nobochs:
            return 'skip', self.machine.nobochs
        with tempfile.TemporaryDirectory() as folder:
            make = qemu_command if self.kind == 'qemu' else bochs_command
            command = make(self.machine, self.build, folder)
            is_bochs = self.kind == 'bochs'
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE if self.to_type else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL if is_bochs else subprocess.PIPE,
                stderr=subprocess.DEVNULL if is_bochs else subprocess.STDOUT,
                env=dict(os.environ, TERM='xterm'))
            if not is_bochs:
                self.reader = threading.Thread(target=self.read_pipe, args=[process], daemon=True)
                self.reader.start()
            try:
                return self.wait(process, pathlib.Path(folder) / 'serial' if is_bochs else None)
            finally:
                process.kill()
                process.wait()


def run_one(name, options):
    begin = time.monotonic()
    run = Run(Machine(name), options.machine, options.build)
    result, remark = run.run()
    if options.machine == 'qemu':
        coverage.note(run.text, options.build / 'guest-tests' / 'calls', name)
    return name, result, remark, time.monotonic() - begin, run.text


def all_tests():
    return sorted(path.parent.name for path in HERE.glob('*/main.c'))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--build', type=pathlib.Path, default=ROOT / 'build')
    parser.add_argument('--machine', choices=('qemu', 'bochs'), default='qemu')
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    parser.add_argument('--verbose', action='store_true', help='print every console')
    parser.add_argument('names', nargs='*')
    options = parser.parse_args()
    options.build = options.build.resolve()
    names = options.names or all_tests()

    count = dict.fromkeys(STATUS, 0)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for name, result, remark, seconds, text in pool.map(lambda n: run_one(n, options), names):
            count[result] += 1
            if options.verbose or result in ('failure', 'error'):
                print(text.replace('\r', ''))
            print(f'{name:44} {result:8} {seconds:5.1f} s  {remark}', flush=True)
    if len(names) > 1:
        print(', '.join(f'{number} {result}' for result, number in count.items()))
    if count['failure'] or count['error']:
        sys.exit(STATUS['failure'] if count['failure'] else STATUS['error'])
    sys.exit(STATUS['skip'] if count['skip'] == len(names) == 1 else 0)


if __name__ == '__main__':
    main()
