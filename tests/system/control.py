# SPDX-License-Identifier: MIT
"""Debian's stock kernel as control domain, with the image that ./run build makes. Tests put scripts and
programs of their own into its first file system: all of tests/control/, below /check.

What the kernel says of itself must be clean in every boot.
"""

import os
import re
import sys

import machine

sys.path.insert(0, os.path.join(machine.ROOT, "toolstack", "image"))
import cpio  # pylint: disable=wrong-import-position

SCRIPTS = os.path.join(machine.ROOT, "tests", "control")
LIMIT_S = 600
PROMPT = r"[~/] # "
COMPLAINT = re.compile(r"WARNING:|BUG:|Oops|unable to handle|soft lockup|hung_task|blocked for more than"
                       r"|rcu.*stall|[Hh]ypercall .* failed|Kernel panic|\] error: ")
# A control domain, unless a test wants another one.
HYPERVISOR_OPTIONS = "dom0_mem=448M"


def hypervisor():
    return os.path.abspath(sys.argv[1])


def built(*names):
    return os.path.join(os.path.dirname(os.path.dirname(hypervisor())), *names)


def need():
    machine.need("qemu-system-x86_64")
    if not os.path.exists(built("image", "initrd.zst")):
        print("the control domain's image is missing: build the target `image`")
        sys.exit(1)


def wanted(cases):
    """Those whose name has the words of the command line."""
    return [case for case in cases if all(word in case[0] for word in sys.argv[2:])]


def initrd(folder, extra=()):
    """The image's first file system behind one with the tests' files. `extra`: roots of trees of
    more files."""
    path = os.path.join(folder, "initrd")
    archive = cpio.Archive()
    archive.add("check", 0o040755)
    for source in (SCRIPTS, built("tests", "control", "programs")):
        for name in sorted(os.listdir(source)):
            file = os.path.join(source, name)
            if os.path.isfile(file) and (source != SCRIPTS or name.endswith(".sh")):
                archive.add_path(file, f"check/{name}")
    for root in extra:
        archive.add_tree(root)
    with open(path, "wb") as file:
        file.write(archive.bytes())
        with open(built("image", "initrd.zst"), "rb") as image:
            file.write(image.read())
    return path


def must_say(result, pattern):
    match = re.search(pattern, result.text)
    if not match:
        raise machine.Failure(f'nothing says "{pattern}":\n{result.text[-1500:]}')
    return match


def must_hold(result, lines):
    """The script found no fault ("check: FAILED"), and says of all these that they hold."""
    failed = [line for line in result.text.splitlines() if "check: FAILED" in line]
    if failed:
        start = result.text.index("check: FAILED")
        raise machine.Failure("\n".join(failed) + "\n" + result.text[start:start + 4000])
    for line in lines:
        must_say(result, f"check: {line}")


def must_not_complain(text):
    text = text[text.find("Loaded by"):]  # firmware and boot loader have their own
    complaint = COMPLAINT.search(text)
    if complaint:
        raise machine.Failure("a complaint:\n" +
                              text[max(complaint.start() - 300, 0):complaint.start() + 1200])


class ControlDomain:
    """A machine with the control domain; keywords as machine.qemu() has them."""

    def __init__(self, initrd_path):
        self.initrd = initrd_path

    def modules(self, words):
        return ((built("image", "vmlinux"), f"console=hvc0 {words}"), (self.initrd, ""))

    def boot(self, words="", options=HYPERVISOR_OPTIONS, extra=(), is_clean=True, **machine_words):
        """To the machine's end. @words are the kernel's, @options the hypervisor's."""
        (kernel, kernel_words), (first_files, _) = self.modules(words)
        settings = {"machine": "q35", "cpu": "max", "cpus": 2, "memory": "1G", "limit_s": LIMIT_S}
        result = machine.qemu(hypervisor(), options,
                              extra=("-initrd", f"{kernel} {kernel_words},{first_files}", *extra),
                              **{**settings, **machine_words})
        if is_clean:
            must_not_complain(result.text)
        return result

    def check(self, script, words="", **keywords):
        """Boots to the end of a script of tests/control, which the image's init runs."""
        result = self.boot(f"control.run=/check/{script}.sh {words}", **keywords)
        must_say(result, "check: done")
        return result


def at_shell(terminal):
    """Waits for the shell's prompt, and makes its lines the user's."""
    terminal.expect("control: ready")
    terminal.type("\r")
    terminal.expect(PROMPT)
