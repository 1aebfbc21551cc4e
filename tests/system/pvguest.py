#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The small guest kernel on both bottoms: bare QEMU and the hypervisor, one CPU and several, its self
test from user mode, its benchmark to the last line, and its tests of devices.

pvguest.py HYPERVISOR
"""

import os
import socket
import sys
import tempfile
import threading

import machine

CPUS = (1, 2, 8)
BENCH_LINES = 9
DISK_BYTES = 32 << 20
DEPTHS = (1, 2, 4, 8, 16, 32)
GUEST, GATEWAY = "10.0.2.15", "10.0.2.2"  # of QEMU's own network
SERVED = 50


def images(hypervisor):
    folder = os.path.join(os.path.dirname(os.path.dirname(hypervisor)), "pvguest")
    return {name: os.path.join(folder, f"pvguest-{name}") for name in ("native", "pv")}


def boot(hypervisor, bottom, init, cpus):
    """16 MiB are enough for the guest on either."""
    image = images(hypervisor)[bottom]
    if bottom == "native":
        return machine.qemu(None, cpus=cpus, memory="16M",
                            extra=("-kernel", image, "-append", f"init={init}"))
    return machine.qemu(hypervisor, "dom0_mem=16M", cpus=cpus, memory="128M",
                        extra=("-initrd", f"{image} init={init}"))


def text_has(result, *wanted):
    for line in wanted:
        if line not in result.text:
            raise machine.Failure(f'the console has no "{line}":\n{result.text[-1500:]}')


def self_test(hypervisor, bottom, cpus):
    result = boot(hypervisor, bottom, "selftest", cpus)
    text_has(result, f"pvguest on {bottom}: {cpus} CPU", "selftest: all passed",
             "the first process ended with 0")
    if "FAIL" in result.text:
        raise machine.Failure(f"a check failed:\n{result.text[-1500:]}")


def cpus_come_and_go(hypervisor, bottom, cpus):
    """The self test after it, too, on the CPUs that came back."""
    result = boot(hypervisor, bottom, "selftest cputest=3", cpus)
    text_has(result, f"cpu: ok {cpus} CPUs, 3 times down and up", "selftest: all passed")


def bench(hypervisor, bottom, cpus):
    result = boot(hypervisor, bottom, "bench", cpus)
    text_has(result, "bench: done")
    lines = [line for line in result.text.splitlines() if "bench " in line and
             ("ns" in line or "not here" in line)]
    if len(lines) != BENCH_LINES:
        raise machine.Failure(f"{len(lines)} lines and not {BENCH_LINES}:\n" + "\n".join(lines))


def block_test(hypervisor, cpus):
    """Two IDE disks of their own, one behind each channel of the controller."""
    with tempfile.TemporaryDirectory() as folder:
        disks = [os.path.join(folder, name) for name in ("hda", "hdc")]
        extra = ["-kernel", images(hypervisor)["native"]]
        for disk, index in zip(disks, (0, 2)):
            with open(disk, "wb") as file:
                file.truncate(DISK_BYTES)
            extra += ["-drive", f"if=ide,index={index},format=raw,file={disk}"]
        for name in ("hda", "hdc"):
            result = machine.qemu(None, machine="pc", cpus=cpus, memory="16M",
                                  extra=extra + ["-append", f"blocktest={name}"])
            text_has(result, *(f"block: ok {name} depth {depth}:" for depth in DEPTHS),
                     f"block: ok {name}: random writes and reads")


def no_disk(hypervisor):
    result = machine.qemu(None, machine="pc", memory="16M", limit_s=2 * machine.LIMIT_S,
                          extra=("-kernel", images(hypervisor)["native"], "-append",
                                 "blocktest=hdd devicewait=1"))
    text_has(result, "block: FAILED hdd: there is no such disk")


class Echo:
    """Sends datagrams back, on a port of its own, while it is used as a context."""

    def __enter__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self

    def __exit__(self, *_):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"end", ("127.0.0.1", self.port))
        self.thread.join()
        self.socket.close()

    def serve(self):
        while True:
            data, sender = self.socket.recvfrom(2048)
            if data == b"end":
                return
            self.socket.sendto(data, sender)


def native_network(hypervisor, nic, cpus, words):
    return machine.qemu(None, machine="pc", cpus=cpus, memory="16M",
                        extra=("-kernel", images(hypervisor)["native"], "-nic", nic, "-append",
                               f"ip={GUEST}/24 gateway={GATEWAY} {words}"))


def network_test(hypervisor, cpus):
    """The guest asks: QEMU's gateway for echoes, a peer behind it for its own datagrams."""
    with Echo() as echo:
        peer = f"{GATEWAY}:{echo.port}"
        result = native_network(hypervisor, "user,model=e1000", cpus,
                                f"ping={GATEWAY} echo={peer} stream={peer}")
    text_has(result, f"net: ok ping {GATEWAY}: 16 of 16", f"net: ok echo {GATEWAY}: 64 of 64",
             f"net: ok stream {GATEWAY}: 2000 of 2000", "net: ok eth0", " 0 bad")


def ask_guest(port, wanted):
    """Datagrams to the guest's echo service until so many came back as they were. Those that were
    sent before it was there may still come back later."""
    sent = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.settimeout(0.2)
        answered = 0
        for _ in range(100 * wanted):
            data = os.urandom(8 + answered * 29 % 1465)
            sent.add(data)
            try:
                peer.sendto(data, ("127.0.0.1", port))
                answer = peer.recv(2048)
            except (TimeoutError, socket.timeout, ConnectionRefusedError):
                continue
            if answer not in sent:
                return f"the guest sent {answer[:16]} back, which it never got"
            answered += 1
            if answered == wanted:
                return answered
    return answered


def serving(hypervisor):
    """A peer outside asks: the guest answers datagrams that QEMU forwards."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    answered = []
    client = threading.Thread(target=lambda: answered.append(ask_guest(port, SERVED)))
    client.start()
    result = native_network(hypervisor, f"user,model=e1000,hostfwd=udp:127.0.0.1:{port}-:7", 1,
                            f"ping={GATEWAY} serve={SERVED}")
    client.join()
    text_has(result, "net: ok serve:")
    if answered != [SERVED]:
        raise machine.Failure(f"{answered} datagrams came back as they were")


def no_network(hypervisor):
    text_has(native_network(hypervisor, "none", 1, f"ping={GATEWAY} devicewait=1"),
             "net: FAILED: there is no network device")


def unknown_program(hypervisor, bottom):
    text_has(boot(hypervisor, bottom, "nonsense", 1), "there is no such built-in program")


def main():
    machine.need("qemu-system-x86_64")
    hypervisor = os.path.abspath(sys.argv[1])
    cases = []
    for bottom in ("native", "pv"):
        cases += [(f"{bottom}, self test, {cpus} CPUs",
                   lambda b=bottom, n=cpus: self_test(hypervisor, b, n)) for cpus in CPUS]
        cases += [(f"{bottom}, benchmark, {cpus} CPUs",
                   lambda b=bottom, n=cpus: bench(hypervisor, b, n)) for cpus in (1, 2)]
        cases.append((f"{bottom}, a program that is not there",
                      lambda b=bottom: unknown_program(hypervisor, b)))
    cases += [(f"{bottom}, {cpus} CPUs go down and come back",
               lambda b=bottom, n=cpus: cpus_come_and_go(hypervisor, b, n))
              for bottom in ("native", "pv") for cpus in (2, 3)]
    cases += [(f"native, IDE disks, {cpus} CPUs", lambda n=cpus: block_test(hypervisor, n))
              for cpus in (1, 2)]
    cases += [("native, a disk that is not there", lambda: no_disk(hypervisor)),
              ("native, e1000, one CPU", lambda: network_test(hypervisor, 1)),
              ("native, e1000, two CPUs", lambda: network_test(hypervisor, 2)),
              ("native, e1000, asked from outside", lambda: serving(hypervisor)),
              ("native, no network card", lambda: no_network(hypervisor))]
    return machine.run_cases(cases, lambda action: action())


if __name__ == "__main__":
    sys.exit(main())
