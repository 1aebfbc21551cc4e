#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""pvguest as guest in Debian's control domain, with a disk and a network card: its tests of both, with all
that the two ends can agree on and with each part of it left out; then what the toolstack asks of it.

pvguest_guest.py HYPERVISOR [PART OF A CASE'S NAME]
"""

import os
import re
import shutil
import sys
import tempfile

import control
import machine

# Clients of tests/control/pvguest.sh, and what must be seen of the features of each.
CLIENTS = {
    "all": ("2 queues of 4 pages, persistent grants, indirect requests", "scatter, checksum, gso",
            "2 queues, a port each way"),
    "single": ("single grants, indirect requests", "scatter, checksum$"),
    "direct": ("persistent grants, direct requests", "mtu 1500, checksum$"),
    "small": ("2 queues of 1 page, persistent", "mtu 1500, scatter$"),
    "one": ("xvda: 1 queue of 4 pages", "eth0: 1 queue,"),
    "plain": ("32 segments$", "one port for both ways"),
}
RESULTS = ("block: ok xvda depth 1:", "block: ok xvda depth 32:", "block: ok xvda: random writes and reads",
           "net: ok ping 10.9.0.1: 16 of 16", "net: ok echo 10.9.0.3: 300 of 300",
           "net: ok stream 10.9.0.3: 300 of 300", "net: ok eth0: .* 0 bad", "powered off")


def lines_of(result, guest):
    """What a guest's console said, as the script shows it."""
    return [match[1].rstrip() for line in result.text.splitlines()
            if (match := re.search(rf"check: {guest}: (.*)", line))]


def must_match(lines, pattern, guest):
    if not any(re.search(pattern, line) for line in lines):
        raise machine.Failure(f'{guest} does not say "{pattern}":\n' + "\n".join(lines))


def nothing_is_left(result):
    for mishap in ("is not made", "check: never:", "loop left"):
        if mishap in result.text:
            raise machine.Failure(f'"{mishap}":\n{result.text[-3000:]}')
    names = re.findall(r"check: list: (\S+) ", result.text)
    if names != ["Name", "Domain-0"]:
        raise machine.Failure(f"there are domains left: {names}")


def devices(domain):
    result = domain.check("pvguest", "pvguest=devices")
    for guest, features in CLIENTS.items():
        lines = lines_of(result, guest)
        for pattern in (*features, *RESULTS):
            must_match(lines, pattern, guest)
    nothing_is_left(result)


def life(domain):
    result = domain.check("pvguest", "pvguest=life")
    if result.text.count("check: ping: 3 packets transmitted") != 2:
        raise machine.Failure(f"the guest does not answer pings:\n{result.text[-3000:]}")
    lines = lines_of(result, "server")
    for pattern in ("balloon: 5120 pages", "balloon: 8192 pages", "cpu: 1 is offline", "cpu: 1 is online",
                    "block: xvdb: 16384 sectors", "blkfront: xvdb has gone"):
        must_match(lines, pattern, "server")
    nothing_is_left(result)


def main():
    control.need()
    with tempfile.TemporaryDirectory() as folder:
        tree = os.path.join(folder, "tree")
        os.makedirs(os.path.join(tree, "check"))
        shutil.copy(control.built("pvguest", "pvguest-pv"), os.path.join(tree, "check"))
        domain = control.ControlDomain(control.initrd(folder, extra=(tree,)))
        cases = [("pvguest tests its disk and network card", lambda: devices(domain)),
                 ("pvguest does what the toolstack asks for", lambda: life(domain))]
        return machine.run_cases(control.wanted(cases), lambda action: action(), workers=1)


if __name__ == "__main__":
    sys.exit(main())
