#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The control domain as its user has it: from GRUB by BIOS and by UEFI to a shell on the console, and by
poweroff, reboot and halt to the machine's end; what happens when its kernel panics.

control_shell.py HYPERVISOR [PART OF A CASE'S NAME]
"""

import os
import sys
import tempfile

import control
import machine

UEFI = ["-drive", f"if=pflash,format=raw,readonly=on,file={machine.OVMF}"]
# A machine that is reset starts again; one that is powered off is QEMU's end.
POWERS_OFF, REBOOTS = "the control domain powers off", "the control domain reboots"
AGAIN = r"[\s\S]*Loaded by"


def use_shell(terminal):
    """Its lines have no prefix, its editing keys work, and it can be interrupted."""
    control.at_shell(terminal)
    terminal.command("echo $((6 * 7)) lines", r"\n42 lines\n")
    terminal.command("echo wrong\b\b\b\b\bright", r"\nright\n")
    # It is in the foreground when it says so: an earlier Ctrl-C would meet the shell alone.
    terminal.type("sh -c 'echo now; exec sleep 1000'\r")
    terminal.expect(r"\nnow\n")
    terminal.type("\x03")
    terminal.expect(control.PROMPT)
    terminal.command("tty; cat /sys/class/net/xenbr0/uevent", r"/dev/hvc0\n[^$]*INTERFACE=xenbr0\n")


def powers_off(command, **keywords):
    """Boots to the shell, where the command ends the machine."""
    def dialog(terminal):
        use_shell(terminal)
        terminal.command(command)

    def run(domain):
        result = domain.boot(dialog=dialog, is_final=False, **keywords)
        result.must_find(POWERS_OFF)
    return run


def from_disk(firmware, kind, command, last_words):
    """The same from a disk that GRUB starts."""
    def run(domain):
        with tempfile.TemporaryDirectory() as folder:
            iso = os.path.join(folder, "parapet.iso")
            modules = [word for module in domain.modules("") for word in module]
            machine.make_iso(iso, control.hypervisor(), control.HYPERVISOR_OPTIONS, *modules)

            def dialog(terminal):
                use_shell(terminal)
                terminal.command("grep -c IO-APIC /proc/interrupts; ls /sys/firmware/acpi/tables")
                terminal.expect("FACP")
                terminal.command(command)

            result = machine.qemu(machine=kind, cpu="max", cpus=2, memory="1G", dialog=dialog,
                                  is_final=False, limit_s=control.LIMIT_S,
                                  until=REBOOTS + AGAIN, extra=(*firmware, "-cdrom", iso))
            result.must_find("Loaded by GRUB 2")
            result.must_find(last_words)
            control.must_not_complain(result.text)
    return run


def panics(options, until):
    def dialog(terminal):
        control.at_shell(terminal)
        terminal.command("echo c > /proc/sysrq-trigger")

    def run(domain):
        result = domain.boot(dialog=dialog, options=f"{control.HYPERVISOR_OPTIONS} {options}",
                             until=until, is_clean=False, is_final=False)
        control.must_say(result, "Kernel panic - not syncing: sysrq triggered crash")
        control.must_say(result, f"error: the control domain crashed{until}")
    return run


CASES = (
    ("GRUB by BIOS on pc, reboot", from_disk([], "pc", "reboot", REBOOTS)),
    ("GRUB by UEFI on q35, poweroff", from_disk(UEFI, "q35", "poweroff", POWERS_OFF)),
    ("halt", powers_off("halt")),
    ("poweroff on pc", powers_off("poweroff", machine="pc", cpu="qemu64")),
    ("panic, reboot", panics("", "; the machine reboots" + AGAIN)),
    ("panic, noreboot", panics("noreboot", "; the machine halts")),
)


def main():
    control.need()
    machine.need("grub-mkrescue", "xorriso", "mformat", machine.OVMF)
    with tempfile.TemporaryDirectory() as folder:
        domain = control.ControlDomain(control.initrd(folder))
        cases = [(name, lambda r=run: r(domain)) for name, run in CASES]
        return machine.run_cases(control.wanted(cases), lambda action: action())


if __name__ == "__main__":
    sys.exit(main())
