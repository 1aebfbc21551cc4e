#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A disk with Debian 12 for guests (configs/debian.xml): one ext4 file system, without partitions.

It is made by mmdebstrap, of the packages of debian/packages.txt, from wherever this machine's apt gets
Debian's; then comes what debian/root/ has. Nobody has to be root: mmdebstrap finds its way, and mke2fs
works under fakeroot. Made once: FILE.recipe says of what, and where that is unchanged nothing is done.

debian_image.py FILE [--size SIZE]
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = os.path.join(HERE, "debian")
SUITE = "bookworm"
SIZE = "2G"
# Not needed in a guest; apt gives it back with a package's next version only if this is taken out of
# /etc/dpkg/dpkg.cfg.d there.
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
# What apt's configuration says of this machine rather than of apt.
TRANSPORT = re.compile(r"^Acquire::(http|https|ftp|Check-|Retries|Max-|ForceIPv)", re.I)
# Within the new system, once its packages are there; $1 is its root.
FINISH = """
chroot "$1" passwd -q -d root
chroot "$1" systemctl -q enable systemd-networkd systemd-resolved
chroot "$1" systemctl -q disable systemd-networkd-wait-online apt-daily.timer apt-daily-upgrade.timer
: > "$1/etc/machine-id"
rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap"
ln -sf ../run/systemd/resolve/stub-resolv.conf "$1/etc/resolv.conf"
"""


# What mmdebstrap says of its way, and is worth a line.
STEP = re.compile(r"I: (running apt|downloading|extracting|installing|cleaning|creating)")


class Progress:
    """A line for each step, with the time it has taken so far."""

    def __init__(self):
        self.start = time.monotonic()

    def say(self, text):
        print(f"debian-image: [{time.monotonic() - self.start:4.0f} s] {text}", flush=True)


def recipe(size):
    """Of all that the image is made of in this tree."""
    digest = hashlib.sha256(size.encode())
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(FILES) for name in names]
    for path in sorted(paths) + [os.path.abspath(__file__)]:
        with open(path, "rb") as file:
            digest.update(os.path.relpath(path, HERE).encode() + b"\0" + file.read() + b"\0")
    return digest.hexdigest() + "\n"


def is_made(path, wanted):
    try:
        with open(path + ".recipe", encoding="ascii") as file:
            return os.path.exists(path) and file.read() == wanted
    except FileNotFoundError:
        return False


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def sources():
    """The lines for Debian's own archives of the suite, as this machine's apt has them."""
    found = output_of("apt-get", "indextargets", "--format",
                      "$(RELEASE) deb $(REPO_URI) $(RELEASE) $(COMPONENT)",
                      "Created-By: Packages", "Origin: Debian")
    lines = [line.partition(" ")[2] for line in found.splitlines()
             if re.match(rf"{SUITE}(-updates|-security)? ", line)]
    if not any(f" {SUITE} main" in line for line in lines):
        sys.exit(f"debian-image: this machine's apt has no sources of Debian's {SUITE}; "
                 "see sources.list(5), then apt-get update")
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


def transport():
    """Proxies and the like."""
    return [line for line in output_of("apt-config", "dump").splitlines() if TRANSPORT.match(line)]


def words_of(path):
    with open(path, encoding="ascii") as file:
        return [word for line in file for word in line.split("#")[0].split()]


def make_tree(tar, packages, hooks, progress):
    """@hooks: words for mmdebstrap."""
    command = ["mmdebstrap", "--variant=minbase", f"--include={','.join(packages)}",
               *(f"--aptopt={line}" for line in transport()),
               *hooks, SUITE, tar, "-"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdin.write(sources())
    process.stdin.close()
    said = []
    for line in process.stderr:
        said.append(line)
        if STEP.match(line):
            progress.say(line[3:].rstrip().rstrip("."))
    if process.wait():
        sys.exit("debian-image: mmdebstrap failed:\n" + "".join(said[-25:]))


def make_disk(tar, path, size, folder, *words):
    """The owners and devices of the tree are known to fakeroot alone, so one fakeroot does both.
    @words: for mke2fs."""
    tree = os.path.join(folder, "tree")
    os.mkdir(tree)
    script = ('set -e; tar -x --numeric-owner -C "$1" -f "$2"; '
              'tree=$1; shift 2; mke2fs -q -F -t ext4 -L debian -d "$tree" "$@"; '
              'chmod -R u+rwX "$tree"; rm -rf "$tree"')
    result = subprocess.run(("fakeroot", "--", "sh", "-c", script, "sh", tree, tar, *words, path, size),
                            capture_output=True, text=True, check=False)
    if result.returncode:
        sys.exit(f"debian-image: the file system cannot be made:\n{result.stderr[-2000:]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--size", default=SIZE, help=f"of the disk, as mke2fs takes it; {SIZE}")
    options = parser.parse_args()
    path = os.path.abspath(options.file)
    wanted = recipe(options.size)
    if is_made(path, wanted):
        print(f"debian-image: {options.file} is there")
        return 0
    missing = [name for name in ("mmdebstrap", "fakeroot", "mke2fs") if not shutil.which(name)]
    if missing:
        sys.exit(f"debian-image: {' '.join(missing)}: not installed (configs/packages.txt, debian)")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    progress = Progress()
    with tempfile.TemporaryDirectory(dir=os.path.dirname(path)) as folder:
        tar, disk = os.path.join(folder, "root.tar"), os.path.join(folder, "disk")
        progress.say(f"Debian's {SUITE} from this machine's mirror")
        make_tree(tar, words_of(os.path.join(FILES, "packages.txt")),
                  (*(f"--dpkgopt=path-exclude={path}" for path in LEFT_OUT),
                   f"--essential-hook=cp -r {FILES}/root/. \"$1\"", f"--customize-hook={FINISH}"),
                  progress)
        progress.say("making the file system")
        make_disk(tar, disk, options.size, folder)
        os.rename(disk, path)
    with open(path + ".recipe", "w", encoding="ascii") as file:
        file.write(wanted)
    progress.say(f"{options.file}: {os.path.getsize(path) >> 20} MiB, of which "
                 f"{os.stat(path).st_blocks >> 11} are in use")
    return 0


if __name__ == "__main__":
    sys.exit(main())
