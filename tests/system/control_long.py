#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What takes long, by ./run test --long: the control domain on all CPU models and machines, a soak, the clock
under load, and a boot in Bochs on a CPU of 2005.

control_long.py HYPERVISOR table|soak|clock|bochs [PART OF A CASE'S NAME | SECONDS]
"""

import os
import shutil
import sys
import tempfile

import control
import control_domain
import machine
import parts

import build  # the image's; control.py knows where it is

MODELS = ("qemu64", "Opteron_G1", "core2duo,-vmx", "Nehalem", "max")
VCPUS = (1, 2, 4)
# The control domain's share of a machine, in turn.
SHARES = (("1G", "512M"), ("2G", "1G"), ("5G", "4G"))
TABLE = [(model, kind, vcpus, *SHARES[(row + column) % len(SHARES)])
         for row, model in enumerate(MODELS)
         for column, (kind, vcpus) in enumerate((kind, vcpus)
                                                for kind in ("pc", "q35") for vcpus in VCPUS)]
SOAK_S = 900
CLOCK_S = 120
BOCHS_MODEL = "p4_prescott_celeron_336"
BOCHS_LIMIT_S = 3600
# stress-ng and all that it is linked with.
STRESS_PACKAGES = """stress-ng libapparmor1 libbsd0 libmd0 libc6 libgcc-s1 libcrypt1 libegl1 libglvnd0
    libgbm1 libgles2 libdrm2 libexpat1 libwayland-server0 libffi8 libxcb-randr0 libxcb1 libxau6
    libxdmcp6 libstdc++6 libipsec-mb1 libjpeg62-turbo libjudydebian1 libkmod2 libssl3 libsctp1
    libxxhash0 zlib1g liblzma5 libzstd1""".split()


def table(folder):
    domain = control.ControlDomain(control.initrd(folder))
    cases = [(f"{model}, {kind}, {vcpus} vCPUs, {share} of {memory}",
              lambda r=(model, kind, min(vcpus, 2), vcpus, memory, share):
              control_domain.boots(domain, *r))
             for model, kind, vcpus, memory, share in TABLE]
    return [case for case in cases if all(word in case[0] for word in sys.argv[3:])]


def stress_files(folder):
    """A tree with the program, for the first file system."""
    everything, wanted = os.path.join(folder, "all"), os.path.join(folder, "wanted")
    packages = build.fetch(build.resolved(STRESS_PACKAGES), control.built("image", "packages"))
    build.unpack(packages, everything)
    build.check_libraries(everything)
    for name in ("usr/bin", "usr/lib/x86_64-linux-gnu"):
        os.makedirs(os.path.join(wanted, name))
    os.rename(os.path.join(everything, "usr/bin/stress-ng"), os.path.join(wanted, "usr/bin/stress-ng"))
    libraries = "usr/lib/x86_64-linux-gnu"
    for name in os.listdir(os.path.join(everything, libraries)):
        if ".so" in name:
            os.rename(os.path.join(everything, libraries, name), os.path.join(wanted, libraries, name))
    shutil.rmtree(everything)
    return wanted


def soak(folder, seconds):
    domain = control.ControlDomain(control.initrd(folder, [stress_files(folder)]))
    card = parts.Card(folder, 0, "e1000e")
    extra = list(card.words())
    for number, device in enumerate(("ide-hd,bus=ide.0", "virtio-blk-pci")):
        path = os.path.join(folder, f"disk{number}")
        with open(path, "wb") as file:
            file.truncate(512 << 20)
        extra += ["-drive", f"file={path},format=raw,if=none,id=d{number}",
                  "-device", f"{device},drive=d{number}"]
    memory = []

    def dialog(terminal):
        for moment in ("begins", "ed"):
            terminal.expect(f"check: soak ?{moment}", seconds * 3 + 300)
            answer = terminal.debug_key("m", r"Memory: .* (\d+) KiB free, (\d+) objects")
            memory.append([int(word) for word in answer.groups()])
        terminal.debug_key("p", "Every reference and type of every frame is accounted for")

    result = domain.check("soak", f"soak={seconds}", dialog=dialog, options="dom0_mem=700M",
                          extra=extra, limit_s=seconds * 3 + 600)
    for said in ("disk sda is there", "disk vda is there", "stress ended with 0", "disks unmounted"):
        control.must_say(result, f"check: {said}")
    counts = [control.must_say(result, rf"check: {name} (\d+) right, 0 wrong")
              for name in ("copies", "fetches")]
    return f"{counts[0][1]} copies, {counts[1][1]} fetches; free KiB and objects {memory}"


def bochs(folder):
    """A machine of 2005, to user space and back; slow: the emulator executes one instruction after the
    other."""
    domain = control.ControlDomain(control.initrd(folder))
    iso = os.path.join(folder, "control.iso")
    modules = [word for module in domain.modules("control.run=/check/boot.sh") for word in module]
    machine.make_iso(iso, control.hypervisor(), "dom0_mem=400M", *modules)
    result = machine.bochs(iso, BOCHS_MODEL, memory_mib=768, limit_s=BOCHS_LIMIT_S,
                           until="powers off|crashed|end of report")
    control.must_not_complain(result.text)
    control.must_say(result, "check: done")
    return result.must_find(r"CPU: (?!.* family )(.*\S) *$")[1]


def main():
    control.need()
    what, seconds = sys.argv[2], int(sys.argv[3]) if sys.argv[3:4] and sys.argv[3].isdigit() else 0
    with tempfile.TemporaryDirectory() as folder:
        if what == "table":
            cases = table(folder)
        elif what == "soak":
            cases = [("soak", lambda: soak(folder, seconds or SOAK_S))]
        elif what == "clock":
            domain = control.ControlDomain(control.initrd(folder))
            cases = [("clock", lambda: control_domain.clock(domain, seconds or CLOCK_S))]
        else:
            machine.need("bochs", machine.BOCHS_ROM, machine.BOCHS_VGA_ROM, "grub-mkrescue",
                         "xorriso", "mformat")
            cases = [(BOCHS_MODEL, lambda: bochs(folder))]
        return machine.run_cases(cases, lambda action: action())


if __name__ == "__main__":
    sys.exit(main())
