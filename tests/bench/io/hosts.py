# SPDX-License-Identifier: MIT
"""The settings that are compared, by the machine they run on, and one run of such a machine."""

import collections
import re
import time

import archives  # noqa: F401
from archives import Failure, linux

ICOUNT = ("-icount", "shift=0,sleep=off")
MEMORY_MIB = 3072
DOMAIN_MIB = 1024  # of a control domain

Setting = collections.namedtuple("Setting", "name host title disk network")
SETTINGS = (
    Setting("native", "native", "native", "RAM disk itself", "loopback"),
    Setting("container", "native", "container", "RAM disk itself", "veth, bridge"),
    Setting("pv", "parapet", "Parapet PV", "blkfront", "netfront"),
    Setting("hvm-ide", "native", "HVM IDE, e1000", "IDE (PIIX3)", "e1000"),
    Setting("hvm-ahci", "native", "HVM AHCI, rtl8139", "AHCI (ICH9)", "rtl8139"),
    Setting("hvm-virtio", "native", "HVM virtio", "virtio-blk", "virtio-net"),
    Setting("hvm-vhost", "native", "HVM vhost", "virtio-blk", "virtio-net, vhost"),
    Setting("emulation", "native", "emulation", "IDE (PIIX3)", "e1000"),
    Setting("xen", "xen", "Xen PV", "blkfront", "netfront"),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}
# Virtualization inside needs a CPU that has some; a PV hypervisor is given one without.
CPU_OF_HOST = {"native": "EPYC,+svm,+npt", "parapet": "qemu64,-svm", "xen": "qemu64,-svm"}
HOSTS = ("native", "parapet", "xen")


def command(host, files, words, icount, plugin_output=None, cpus=1, script=None, memory_mib=MEMORY_MIB,
            domain_mib=DOMAIN_MIB):
    """QEMU's command line for a host that runs a script of machine/; @words: for its kernel."""
    archive = files.host(host)
    machine = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", CPU_OF_HOST[host],
               "-smp", str(cpus), "-m", str(memory_mib), "-display", "none", "-monitor", "none",
               "-nodefaults", "-serial", "stdio", "-no-reboot", "-nic", "none"]
    machine += list(ICOUNT) if icount else []
    if plugin_output:
        machine += ["-plugin", f"{files.plugin},out={plugin_output}"]
    words = f"quiet nokaslr control.run=/bench/{script or f'host_{host}.sh'} {words}"
    if host == "native":
        return machine + ["-kernel", files.vmlinuz, "-initrd", archive, "-append",
                          f"console=ttyS0 rdinit=/bench/host_init.sh {words}"]
    words = "console=hvc0 " + words.replace(",", ",,")
    if host == "xen":
        if not files.xen:
            raise Failure(files.xen_missing)
        return machine + ["-kernel", files.xen, "-append", f"console=com1 com1=115200,8n1 "
                          f"dom0_mem={domain_mib}M,max:{domain_mib}M dom0_max_vcpus=1",
                          "-initrd", f"{files.vmlinuz} rdinit=/bench/host_init.sh {words},{archive}"]
    return machine + ["-kernel", files.hypervisor, "-append", f"console=com1 com1=115200 "
                      f"dom0_mem={domain_mib}M dom0_max_vcpus=1 dom0_vcpus_pin",
                      "-initrd", f"{files.vmlinux} {words},{archive}"]


Result = collections.namedtuple("Result", "setting guests test operations bytes ticks ns median p99")


class Run:
    """One machine from power-on to its end: results, and what was counted between the marks."""

    def __init__(self, host, files, words, icount=False, plugin_output=None, cpus=1,
                 progress=None, limit_s=600, silence_s=300):
        self.results = []
        self.failures = []
        self.cpu_ns = {}      # (setting, guests, test): QEMU's own CPU time
        self.counters = {}    # (setting, guests, test): {name: difference}
        self.order = []       # the tests as they came, for the plugin's sections
        self._asks = host == "parapet"
        self._where = (None, 0)
        self._pending, self._counted, self._open_mark = {}, {}, None
        self._before, self._cpu_before = {}, 0
        self._progress = progress or (lambda text: None)
        self.machine = linux.Machine(command(host, files, words, icount, plugin_output, cpus))
        self._cpu_clock = (~self.machine.process.pid << 3) | 2  # of the process, all its threads
        self.machine.silence_s, self.machine.limit_s = silence_s, limit_s
        try:
            self._follow()
        finally:
            self.machine.end()

    def _follow(self):
        for _, line in self.machine.lines():
            if match := re.search(r"@([BE]) (\w+)", line):
                self._close_mark()
                self._at_mark(match[1] == "B", (*self._where, match[2]))
            elif match := re.search(r"@C (\w+) (\d+)", line):
                self._pending[match[1]] = int(match[2])
            elif match := re.search(r"@R\d+ (\w+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", line):
                self._close_mark()
                self.results.append(Result(*self._where, match[1], *map(int, match.groups()[1:])))
            elif match := re.search(r"@S (\S+) (\d+)", line):
                self._where = (match[1], int(match[2]))
                self._progress(f"{match[1]}, {match[2]} guest(s): start")
            elif match := re.search(r"@F (.*)", line):
                self.failures.append(f"{self._where[0]}: {match[1]}")

    def _at_mark(self, is_start, key):
        """Everything stands still until the newline: the hypervisor's answer to the key comes first."""
        if is_start:
            self._progress(f"{key[0]}, {key[1]} guest(s): {key[2]}")
            self.order.append(key)
        else:
            self.cpu_ns[key] = time.clock_gettime_ns(self._cpu_clock) - self._cpu_before
        self._pending, self._counted = {}, self._pending
        self._open_mark = (is_start, key, len(self.machine.text))
        self.machine.type(linux.ASK_FOR_COUNTERS if self._asks else b"")
        self._cpu_before = time.clock_gettime_ns(self._cpu_clock)
        self.machine.type(b"\n")

    def _close_mark(self):
        """By the next line of the program, all that was counted at the last mark has been said."""
        if not self._open_mark:
            return
        is_start, key, known = self._open_mark
        self._open_mark = None
        now = (hypervisor_counters(self.machine.text[known:]) if self._asks else self._counted)
        if is_start:
            self._before = now
        else:
            self.counters[key] = {name: value - self._before.get(name, 0) for name, value in now.items()}


def hypervisor_counters(text):
    """What Parapet's key c prints: {(CPU, name): number}; hypercalls by number as well."""
    found, cpu = collections.Counter(), 0
    for line in text.splitlines():
        if match := re.search(r"CPU (\d+): \d+ hypercalls", line):
            cpu = int(match[1])
        line = re.sub(r"^.*?\] +", "", line)
        if match := re.search(r"(\d+) hypercall (\d+)$", line):
            found[cpu, f"hypercall {match[2]}"] += int(match[1])
        elif line.startswith(("CPU ", " ")) or re.match(r"\d+ \w", line):
            for count, name in re.findall(r"(?<![A-Za-z] )\b(\d+) ([A-Za-z][A-Za-z -]*)", line):
                found[cpu, name.strip()] += int(count)
    return found


def read_sections(path):
    """What the plugin counted between marks: [((user, kernel, hypervisor), {address: instructions})]."""
    sections = []
    with open(path, encoding="ascii") as file:
        for line in file:
            words = line.split()
            if words[0] == "section":
                sections.append((tuple(map(int, words[2:5])), {}))
            else:
                blocks = sections[-1][1]
                address = int(words[0], 16)
                blocks[address] = blocks.get(address, 0) + int(words[1]) * int(words[2])
    return sections
