#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The control domain's kernel and user space, from Debian packages.

The packages of packages.txt are fetched by apt (by name, from wherever this machine's apt gets
them) and unpacked into a folder; nothing is installed. Same packages, same bytes: the archive is
written here, sorted, without times and owners.

build.py --program PVCTL --program PVD --program PVD-PORTS --pvguest PVGUEST --icu-stub LIBRARY
         --output FOLDER                   makes FOLDER/vmlinux and FOLDER/initrd.zst

In it lie also what first guests start from: /usr/lib/parapet/pvguest, Debian's kernel as /boot/vmlinuz
(unpacked and packed again by what unpacks fast), and for the latter /boot/initrd.img.
"""

import argparse
import glob
import os
import re
import shutil
import subprocess
import sys

import cpio

HERE = os.path.dirname(os.path.abspath(__file__))
# Not needed at run time.
PRUNED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/lintian",
          "usr/share/bash-completion", "usr/share/bug", "usr/share/gcc", "usr/share/gdb", "var",
          "usr/share/initramfs-tools", "usr/share/linux", "usr/share/libc-bin", "etc/init.d", "etc/cron.d",
          "lib/systemd", "usr/lib/x86_64-linux-gnu/gconv", "usr/lib/x86_64-linux-gnu/audit",
          "usr/lib/x86_64-linux-gnu/tc", "usr/lib/x86_64-linux-gnu/krb5", "boot",
          "usr/lib/grub-xen/grub-i386-xen.bin", "usr/lib/grub-xen/grub-i386-xen_pvh.bin")
LIMIT_BYTES = 64 << 20
# Where our programs go.
PROGRAM_FOLDERS = {"pvctl": "usr/bin", "pvd": "usr/sbin", "pvd-ports": "usr/sbin"}
# The modules of the small guest, in the order in which they are loaded.
GUEST_MODULES = ("xen-blkfront", "xen-netfront", "ext4")
USERS = (("root", 0), ("nobody", 65534))  # and groups


def say(text):
    print(f"image: {text}", flush=True)


def words_of(name):
    with open(os.path.join(HERE, name), encoding="ascii") as file:
        return [word for line in file for word in line.split("#")[0].split()]


def descriptions(packages):
    """What apt knows of the newest version of each package, by name, in one question."""
    shown = subprocess.run(("apt-cache", "show", "--no-all-versions", *packages),
                           capture_output=True, text=True, check=False).stdout
    stanzas = [dict(re.findall(r"^(\S+): (.*)$", text, re.M)) for text in shown.split("\n\n")]
    return {stanza["Package"]: stanza for stanza in stanzas if "Package" in stanza}


def resolved(packages):
    """What apt knows of the packages, the kernel's meta package replaced by what it stands for."""
    known = descriptions(["linux-image-amd64"])
    if not known:
        say("apt knows no packages yet: apt-get update")
        subprocess.run(("apt-get", "update"), check=True, stdout=subprocess.DEVNULL)
        known = descriptions(["linux-image-amd64"])
    kernel = re.search(r"linux-image-\d[^\s,]*", known.get("linux-image-amd64", {}).get("Depends", ""))
    if not kernel:
        sys.exit("image: linux-image-amd64 names no kernel in this machine's package lists")
    wanted = [kernel[0] if name == "linux-image-amd64" else name for name in packages]
    known = descriptions(wanted)
    missing = [name for name in wanted if name not in known]
    if missing:
        sys.exit(f"image: apt knows no package {' '.join(missing)} (packages.txt)")
    return [known[name] for name in wanted]


def fetch(packages, cache):
    """The .deb files; a version that is there already is not fetched again."""
    os.makedirs(cache, exist_ok=True)
    wanted = {about["Package"]: os.path.join(
        cache, f"{about['Package']}_{about['Version'].replace(':', '%3a')}_{about['Architecture']}.deb")
              for about in packages}
    missing = [name for name, path in wanted.items() if not os.path.exists(path)]
    if missing:
        say(f"fetching {len(missing)} packages: {' '.join(missing)}")
        subprocess.run(("apt-get", "download", *missing), check=True, cwd=cache,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for name, path in wanted.items():
        if not os.path.exists(path):
            sys.exit(f"image: apt fetched no {os.path.basename(path)} for {name}")
    return list(wanted.values())


def unpack(packages, root):
    shutil.rmtree(root, ignore_errors=True)
    # Merged /usr, as Debian's own systems have it.
    for name in ("bin", "sbin", "lib", "lib64"):
        os.makedirs(os.path.join(root, "usr", name))
        os.symlink(f"usr/{name}", os.path.join(root, name))
    for package in packages:
        pipe = subprocess.Popen(("dpkg-deb", "--fsys-tarfile", package), stdout=subprocess.PIPE)
        subprocess.run(("tar", "-x", "--keep-directory-symlink", "-C", root), stdin=pipe.stdout,
                       check=True)
        if pipe.wait():
            sys.exit(f"image: {package} cannot be unpacked")


def modules_for(root, version, name):
    """The files of a module and of those that it depends on, which come first."""
    shown = subprocess.run(("modprobe", "-d", root, "-S", version, "--show-depends", name),
                           capture_output=True, text=True, check=False)
    if shown.returncode:
        sys.exit(f"image: the kernel has no module '{name}'")
    return re.findall(r"^insmod (\S+)", shown.stdout, re.M)


def choose_modules(root, version):
    """Only the modules of modules.txt, their dependencies, and a new index."""
    keep = set()
    for name in words_of("modules.txt"):
        keep.update(os.path.realpath(path) for path in modules_for(root, version, name))
    folder = os.path.join(root, "usr/lib/modules", version)
    for path in glob.glob(os.path.join(folder, "kernel/**/*.ko"), recursive=True):
        if os.path.realpath(path) not in keep:
            os.unlink(path)
    subprocess.run(("depmod", "-b", root, version), check=True)
    for name in glob.glob(os.path.join(folder, "modules.*")):
        if not re.search(r"modules\.(dep|alias|order|builtin|builtin\.modinfo|softdep)$", name):
            os.unlink(name)
    say(f"{len(keep)} modules of {version}")


def prune(root):
    for name in PRUNED:
        path = os.path.join(root, name)
        if os.path.isfile(path):
            os.unlink(path)
        elif os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)


def install(source, root, target, mode=0o755):
    path = os.path.join(root, target)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    shutil.copyfile(source, path)
    os.chmod(path, mode)


def add_guests_files(root, version, output, pvguest):
    """What configs/pvguest.xml and configs/linux.xml start."""
    install(pvguest, root, "usr/lib/parapet/pvguest", 0o644)
    subprocess.run(("objcopy", "--strip-debug", os.path.join(root, "usr/lib/parapet/pvguest")),
                   check=True)
    os.makedirs(os.path.join(root, "boot"), exist_ok=True)
    with open(os.path.join(root, "boot/vmlinuz"), "wb") as file:
        subprocess.run(("zstd", "-q", "-12", "-T0", "-c", os.path.join(output, "vmlinux")),
                       stdout=file, check=True)
    archive = cpio.Archive()
    for name in ("bin", "dev", "etc", "modules"):
        archive.add(name, 0o040755)
    archive.add("dev/console", 0o020600, device=(5, 1))
    for source, name in ((os.path.join(HERE, "guest_init"), "init"),
                         (os.path.join(HERE, "udhcpc"), "etc/udhcpc"),
                         (os.path.join(root, "bin/busybox"), "bin/busybox")):
        with open(source, "rb") as file:
            archive.add(name, 0o100755, file.read())
    paths = [path for name in GUEST_MODULES for path in modules_for(root, version, name)]
    for number, path in enumerate(dict.fromkeys(paths)):
        archive.add_path(path, f"modules/{number:02}-{os.path.basename(path)}")
    with open(os.path.join(root, "boot/initrd.img"), "wb") as file:
        file.write(archive.bytes())


def add_our_files(root, programs, icu_stub):
    install(os.path.join(HERE, "init"), root, "init")
    install(os.path.join(HERE, "shutdown"), root, "etc/shutdown")
    install(os.path.join(HERE, "udhcpc"), root, "etc/udhcpc")
    targets = [(path, os.path.join(PROGRAM_FOLDERS[os.path.basename(path)], os.path.basename(path)))
               for path in programs]
    for source, target in (*targets,
                           (icu_stub, f"usr/lib/x86_64-linux-gnu/{os.path.basename(icu_stub)}")):
        install(source, root, target)
        # Without what tells where and how it was built: debug information, and an identity made of it.
        subprocess.run(("objcopy", "--strip-all", "--remove-section=.note.gnu.build-id",
                        os.path.join(root, target)), check=True)
    with open(os.path.join(root, "etc/modules"), "w", encoding="ascii") as file:
        file.write("".join(f"{name}\n" for name in words_of("modules.txt")))
    for name, line in (("passwd", "{0}:x:{1}:{1}::/:/bin/sh\n"), ("group", "{0}:x:{1}:\n")):
        with open(os.path.join(root, "etc", name), "w", encoding="ascii") as file:
            file.write("".join(line.format(*user) for user in USERS))
    # busybox puts its links where nothing else is.
    os.makedirs(os.path.join(root, "proc"), exist_ok=True)


def needed_libraries(path):
    shown = subprocess.run(("readelf", "-d", path), capture_output=True, text=True, check=False)
    return re.findall(r"\(NEEDED\).*\[(.*)\]", shown.stdout)


def check_libraries(root):
    """Every library that a program of the image wants is in the image."""
    there, wanted = set(), {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            there.add(name)
            if os.path.islink(path) or "/modules/" in path:
                continue
            with open(path, "rb") as file:
                is_elf = file.read(4) == b"\x7fELF"
            for library in needed_libraries(path) if is_elf else ():
                wanted.setdefault(library, os.path.relpath(path, root))
    missing = {library: user for library, user in wanted.items() if library not in there}
    if missing:
        sys.exit("image: libraries are missing (packages.txt): " +
                 ", ".join(f"{library} for {user}" for library, user in sorted(missing.items())))


def write_archive(root, path):
    archive = cpio.Archive()
    archive.add("dev", 0o040755)
    archive.add("dev/console", 0o020600, device=(5, 1))
    archive.add_tree(root)
    plain = archive.bytes()
    with open(path + ".new", "wb") as file:
        subprocess.run(("zstd", "-q", "-12", "-T0", "-c"), input=plain, stdout=file, check=True)
    os.rename(path + ".new", path)
    packed = os.path.getsize(path)
    say(f"{path}: {packed / 2**20:.1f} MiB packed, {len(plain) / 2**20:.1f} MiB unpacked")
    if packed > LIMIT_BYTES:
        sys.exit(f"image: more than {LIMIT_BYTES >> 20} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", action="append", required=True, dest="programs")
    parser.add_argument("--pvguest", required=True)
    parser.add_argument("--icu-stub", required=True)
    parser.add_argument("--output", required=True)
    options = parser.parse_args()
    output = os.path.abspath(options.output)
    root = os.path.join(output, "root")
    os.makedirs(output, exist_ok=True)

    packages = fetch(resolved(words_of("packages.txt")), os.path.join(output, "packages"))
    say(f"unpacking {len(packages)} packages")
    unpack(packages, root)
    kernel, = glob.glob(os.path.join(root, "boot/vmlinuz-*"))
    version = os.path.basename(kernel).removeprefix("vmlinuz-")
    pvctl, = (path for path in options.programs if os.path.basename(path) == "pvctl")
    subprocess.run((pvctl, "extract-kernel", kernel, "-o", os.path.join(output, "vmlinux")),
                   check=True)
    subprocess.run(("depmod", "-b", root, version), check=True)
    prune(root)
    add_guests_files(root, version, output, options.pvguest)
    choose_modules(root, version)
    add_our_files(root, options.programs, options.icu_stub)
    check_libraries(root)
    write_archive(root, os.path.join(output, "initrd.zst"))
    shutil.rmtree(root)
    return 0


if __name__ == "__main__":
    sys.exit(main())
