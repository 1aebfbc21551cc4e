#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether each hypercall and sub-operation has a guest test of its work and one of its refusals.

Test guests say which calls they made (kernel/calls.c); the runner keeps that for each test in
DIR/guest-tests/calls/, and this adds it up and compares it with the rows of hypercall-abi/tables/:

    coverage.py [--build DIR]
"""
import argparse
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TABLES = ROOT / 'hypercall-abi' / 'tables'

LINE = re.compile(r'(?:\(d\d+\) )?guest test: call (\d+) worked ([0-9a-f]+) refused ([0-9a-f]+)')
ROW = re.compile(r'^(?:HYPERCALL|OP)\(\s*(\d+),\s*(\w+)', re.M)

WORKED, REFUSED = 'worked', 'was refused'

# What cannot be, with the reason.
NEVER = {
    ('stack_switch', REFUSED): 'any stack may be named; a bad one crashes at its first use',
    ('fpu_taskswitch', REFUSED): 'sets or clears a flag',
    ('set_timer_op', REFUSED): 'any time is one',
    ('iret', WORKED): 'does not return',
    ('iret', REFUSED): 'does not return; a bad frame is an exception or a crash',
    ('sched_op.yield', REFUSED): 'has no argument',
    ('sched_op.block', REFUSED): 'has no argument',
    ('sched_op.shutdown', WORKED): 'does not return',
    ('nmi_op.unregister_callback', REFUSED): 'has no argument',
    ('memory_op.maximum_ram_page', REFUSED): 'has no argument',
    ('xen_version.version', REFUSED): 'has no argument',
    ('xen_version.pagesize', REFUSED): 'has no argument',
    ('xen_version.build_id', WORKED): 'the image has none',
    ('platform_op.enter_acpi_sleep', WORKED): 'does not return',
    ('sysctl.parapet_mitigation', WORKED): 'an emulated processor has no vulnerability',
    ('mmuext_op.invlpg_local', REFUSED): 'any address will do',
    ('mmuext_op.invlpg_all', REFUSED): 'any address will do',
    ('mmuext_op.tlb_flush_all', REFUSED): 'has no argument',
}


def note(text, folder, name):
    """Keeps what a test said; @text is the machine's console."""
    lines = [' '.join(match) for match in LINE.findall(text)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text('\n'.join(lines) + '\n')


def rows_of(path):
    return [(int(number), name) for number, name in ROW.findall(path.read_text())]


def all_rows():
    """(name, hypercall number, command) of each row."""
    hypercalls = rows_of(TABLES / 'hypercalls.def')
    with_table = set()
    for number, name in hypercalls:
        for stem in (name, name.removesuffix('_op')):
            path = TABLES / f'{stem}_ops.def'
            if path.exists() and name not in with_table:
                with_table.add(name)
                yield from ((f'{name}.{op}', number, command)
                            for command, op in rows_of(path))
        if name not in with_table:
            yield name, number, 0


def read_notes(folder):
    seen = {WORKED: {}, REFUSED: {}}
    for path in sorted(folder.glob('*')):
        for line in filter(None, path.read_text().splitlines()):
            number, worked, refused = line.split()
            for kind, bits in ((WORKED, worked), (REFUSED, refused)):
                seen[kind][int(number)] = seen[kind].get(int(number), 0) | int(bits, 16)
    return seen


def find_missing(folder):
    """Lines about rows without a test, and about exceptions that are none any more."""
    seen = read_notes(folder)
    for name, number, command in all_rows():
        for kind in (WORKED, REFUSED):
            is_seen = seen[kind].get(number, 0) >> command & 1
            if not is_seen and (name, kind) not in NEVER:
                yield f'{name}: in no test it {kind}'
            if is_seen and (name, kind) in NEVER:
                yield f'{name}: it {kind}, which it is said never to'


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--build', type=pathlib.Path, default=ROOT / 'build')
    folder = parser.parse_args().build / 'guest-tests' / 'calls'
    tests = {path.parent.name for path in HERE.glob('*/main.c')}
    not_run = sorted(tests - {path.name for path in folder.glob('*')})
    if not_run:
        print(f'these tests have not run in this build: {" ".join(not_run)}')
    missing = list(find_missing(folder))
    print('\n'.join(missing) if missing else 'each call has a test of its work and of a refusal')
    sys.exit(1 if missing or not_run else 0)


if __name__ == '__main__':
    main()
