#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Disks and network cards of running guests: Debian's kernel and pvguest in the control domain, with
cards of every kind that reach each other and the world, and devices that come and go under load.

guest_devices.py HYPERVISOR [PART OF A CASE'S NAME]
"""

import http.server
import os
import sys
import tempfile
import threading

import control
import guests
import machine

# The guest's first process: does what it reads on its console.
GUEST_INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /bin /sbin /proc /sys /dev /tmp
/bin/busybox --install -s /bin
export PATH=/sbin:/bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs devtmpfs /dev
printf '#!/bin/sh\\nexec /bin/busybox poweroff -f\\n' > /sbin/poweroff; chmod 755 /sbin/poweroff
insmod /xen-blkfront.ko; insmod /xen-netfront.ko
there() { until [ -e "$1" ]; do usleep 100000; done; }
address() { ip -4 addr show "$1" | sed -n 's/.*inet \\([0-9.]*\\).*/\\1/p'; }
dhcp() {
    there /sys/class/net/$1
    ip link set $1 up
    udhcpc -i $1 -s /udhcpc -t 20 -T 2 -n -q > /dev/null && echo "guest: $1 has $(address $1)"
}
say() { echo "guest: $*"; }
gone() { while [ -e "$1" ]; do usleep 100000; done; }
up() { ip link set $1 up; ip addr add $2/24 dev $1; }
load() { (while dd if=/dev/$1 of=/dev/null bs=64k count=64 iflag=direct 2> /dev/null; do :; done) & }
echo "guest: ready"
while read -r line; do eval "$line"; done
"""


def make_files(folder):
    """A tree with the first file system of the guests; their kernel is in the image."""
    root, packages = os.path.join(folder, "root"), os.path.join(folder, "packages")
    os.makedirs(os.path.join(root, "check"))
    os.makedirs(packages)
    guests.unpack("linux-image-6.*", packages)
    guests.unpack("busybox-static", packages)
    guests.write_initrd(f"{root}/check/guest-initrd", packages, GUEST_INIT,
                        programs=(os.path.join(machine.ROOT, "toolstack", "image", "udhcpc"),))
    return root


class Greeter(http.server.BaseHTTPRequestHandler):
    """The world, as guests see it: QEMU's 10.0.2.2 is this machine."""

    def do_GET(self):  # pylint: disable=invalid-name
        text = b"greetings from outside\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


def part(domain, name, port, *lines):
    result = domain.check("guest_devices", f"check.part={name} check.port={port}",
                          extra=("-nic", "user,model=e1000"), options="dom0_mem=448M", limit_s=900)
    control.must_hold(result, lines)


def main():
    control.need()
    world = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Greeter)
    port = world.server_address[1]
    threading.Thread(target=world.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        domain = control.ControlDomain(control.initrd(folder, (make_files(folder),)))
        cases = [
            ("nat: addresses, names, the world", lambda: part(
                domain, "nat", port, "a guest gets an address", "a guest reaches the world",
                "the network knows the guest's name", "a card gets the address that it is given",
                "dnsmasq is started again", "nothing is left of the network")),
            ("plug: disks under load, by force, of all kinds", lambda: part(
                domain, "plug", port,
                "disk and card agree on queues, persistent grants and indirect requests",
                "a disk comes and goes under load", "a guest that cannot answer lets go later",
                "a disk is taken by force", "the other disk is as it was", "disks of all kinds",
                "nothing is left of the disks")),
            ("cards: under load, routed, by a script", lambda: part(
                domain, "cards", port, "a card comes and goes under load", "a card is routed",
                "a script sets a card up", "nothing is left of the cards")),
        ]
        return machine.run_cases(control.wanted(cases), lambda action: action(), workers=1)


if __name__ == "__main__":
    sys.exit(main())
