# SPDX-License-Identifier: MIT
"""What the machines boot: the kernel's first file systems of hosts and guests, made of Debian packages,
the control domain's image and our program. All below build/bench/io.

The guests' is the same file in every setting. A host's is the control domain's image, which boots
without a hypervisor as well, behind an archive with what the setting needs: modules, the guests'
files, and QEMU or Xen's tools.
"""

import glob
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "linux"))
import settings as linux  # noqa: E402  pylint: disable=wrong-import-position
from settings import Failure, cpio, image_build  # noqa: E402,F401  pylint: disable=wrong-import-position

# Modules of a guest, by the devices it has.
GUEST_MODULES = {
    "pv": ("xen-blkfront", "xen-netfront"),
    "emulated": ("ata_piix", "ahci", "sd_mod", "e1000", "8139cp"),
    "virtio": ("virtio_pci", "virtio_blk", "virtio_net"),
}
HOST_MODULES = {
    "native": ("brd", "kvm_amd", "tun", "bridge", "veth", "vhost_net"),
    "parapet": ("brd",),
    "xen": ("brd", "bridge"),
}
XEN_PACKAGES = (
    "xen-utils-4.17", "xen-utils-common", "xenstore-utils", "libxenmisc4.17", "libxencall1",
    "libxendevicemodel1", "libxenevtchn1", "libxenforeignmemory1", "libxengnttab1", "libxenhypfs1",
    "libxenstore4", "libxentoolcore1", "libxentoollog1", "libyajl2", "libnl-route-3-200", "libnl-3-200",
    "libfdt1", "libgnutls30", "libncurses6", "libtinfo6", "bash", "util-linux", "libp11-kit0", "libidn2-0",
    "libunistring2", "libtasn1-6", "libnettle8", "libhogweed6", "libgmp10", "libffi8", "libaio1")
XEN_PROGRAMS = ("usr/lib/xen-4.17/bin/xl", "usr/lib/xen-4.17/bin/xenstored",
                "usr/lib/xen-4.17/bin/xenconsoled", "usr/lib/xen-4.17/bin/xenconsole",
                "usr/lib/xen-4.17/bin/xen-init-dom0", "usr/bin/xenstore-read", "usr/bin/xenstore-write",
                "usr/bin/xenstore-list", "usr/bin/xenstore-rm", "usr/bin/xenstore-exists",
                "usr/bin/xenstore-ls", "usr/bin/xenstore-chmod", "usr/bin/xenstore", "usr/bin/flock", "bin/bash")
QEMU = "/usr/bin/qemu-system-x86_64"
QEMU_FILES = (
    "/usr/share/seabios/bios-256k.bin", "/usr/share/qemu/linuxboot_dma.bin",
    "/usr/share/qemu/kvmvapic.bin", "/usr/share/qemu/multiboot_dma.bin",
    "/usr/lib/x86_64-linux-gnu/qemu/accel-tcg-x86_64.so")
LIBRARIES = ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib/xen-4.17/lib/x86_64-linux-gnu")


def unpack(package, root):
    pipe = subprocess.Popen(("dpkg-deb", "--fsys-tarfile", package), stdout=subprocess.PIPE)
    subprocess.run(("tar", "-x", "-C", root), stdin=pipe.stdout, check=True)
    if pipe.wait():
        raise Failure(f"{package} cannot be unpacked")


class Tree:
    """A folder that becomes an archive: programs come with the libraries they need."""

    def __init__(self, folder, sources=("/",)):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        self.folder, self.sources, self.missing = folder, sources, set()

    def add(self, source, target, mode=None):
        path = os.path.join(self.folder, target)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copyfile(source, path)
        os.chmod(path, mode or (os.stat(source).st_mode & 0o777))

    def write(self, target, text, mode=0o644):
        path = os.path.join(self.folder, target)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, mode)

    def add_program(self, source, target):
        self.add(source, target, 0o755)
        self._add_libraries(source)

    def _add_libraries(self, program):
        for name in image_build.needed_libraries(program):
            target = f"usr/lib/x86_64-linux-gnu/{name}"
            if os.path.exists(os.path.join(self.folder, target)):
                continue
            found = next((path for root in self.sources for folder in LIBRARIES
                          if os.path.exists(path := os.path.join(root, folder, name))), None)
            if not found:
                raise Failure(f"no library {name} for {os.path.basename(program)}")
            self.add(os.path.realpath(found), target)
            self._add_libraries(found)

    def archive(self, path, *behind):
        archive = cpio.Archive()
        archive.add("dev", 0o040755)
        archive.add("dev/console", 0o020600, device=(5, 1))
        archive.add_tree(self.folder)
        content = archive.bytes()
        with open(path, "wb") as file:
            file.write(content + b"\0" * (-len(content) % 512))
            for other in behind:
                with open(other, "rb") as source:
                    shutil.copyfileobj(source, file)
        return path


class Files(linux.Files):
    """Everything, made when it is first wanted in this run."""

    def __init__(self, hypervisor):
        super().__init__(hypervisor)
        self.io = os.path.join(self.folder, "io")
        os.makedirs(self.io, exist_ok=True)
        self.program = os.path.join(self.build, "tests", "bench", "bench_io")
        self.plugin = os.path.join(self.build, "tests", "bench", "libbench_count.so")
        self.pvguest_pv = os.path.join(self.build, "pvguest", "pvguest-pv")
        self.pvguest_native = os.path.join(self.build, "pvguest", "pvguest-native")
        self._kernel_root = None
        self.guest = self._guest()
        self._hosts = {}

    def _image_package(self, pattern):
        return max(glob.glob(os.path.join(self.build, "image", "packages", pattern)), key=os.path.getmtime)

    def kernel_root(self):
        """The kernel's package, unpacked, with an index of its modules."""
        if not self._kernel_root:
            package = self._image_package("linux-image-*.deb")
            root = os.path.join(self.io, "kernel-" + os.path.basename(package)[:-4])
            if not os.path.exists(os.path.join(root, "indexed")):
                shutil.rmtree(root, ignore_errors=True)
                os.makedirs(root)
                unpack(package, root)
                version, = os.listdir(os.path.join(root, "lib", "modules"))
                subprocess.run(("depmod", "-b", root, version), check=True)
                with open(os.path.join(root, "indexed"), "w", encoding="ascii") as file:
                    file.write(version)
            self._kernel_root = root
        return self._kernel_root

    def add_modules(self, tree, folder, name, modules):
        """Files, and a list of them in the order in which they are loaded."""
        root = self.kernel_root()
        version, = os.listdir(os.path.join(root, "lib", "modules"))
        names = []
        for module in modules:
            shown = subprocess.run(("modprobe", "-d", root, "-S", version, "--show-depends", module),
                                   capture_output=True, text=True, check=True).stdout
            for path in re.findall(r"^insmod (\S+)", shown, re.M):
                if os.path.basename(path) not in names:
                    names.append(os.path.basename(path))
                    tree.add(path, f"{folder}/{os.path.basename(path)}")
        tree.write(f"{folder}/{name}.list", "".join(f"{name}\n" for name in names))

    def _guest(self):
        tree = Tree(os.path.join(self.io, "guest"))
        packages = os.path.join(self.io, "busybox")
        shutil.rmtree(packages, ignore_errors=True)
        os.makedirs(packages)
        unpack(self._image_package("busybox-static_*.deb"), packages)
        tree.add(os.path.join(packages, "bin", "busybox"), "bin/busybox")
        tree.add(self.program, "bench_io")
        tree.add(os.path.join(HERE, "machine", "guest_init.sh"), "init", 0o755)
        for name, modules in GUEST_MODULES.items():
            self.add_modules(tree, "modules", name, modules)
        return tree.archive(os.path.join(self.io, "guest.cpio"))

    def host(self, kind):
        """The first file system of a host: "native", "parapet" or "xen"."""
        if kind not in self._hosts:
            self._hosts[kind] = self._make_host(kind)
        return self._hosts[kind]

    def _make_host(self, kind):
        debian = os.path.join(self.io, "debian")
        tree = Tree(os.path.join(self.io, f"host-{kind}"), (debian, "/"))
        tree.add(self.program, "bench/bench_io")
        tree.add(self.vmlinuz, "bench/vmlinuz")
        tree.add(self.guest, "bench/guest.cpio")
        for script in glob.glob(os.path.join(HERE, "machine", "host_*.sh")):
            tree.add(script, f"bench/{os.path.basename(script)}", 0o755)
        tree.add(self.pvguest_pv, "bench/pvguest")
        self.add_modules(tree, "bench/modules", "host", HOST_MODULES[kind])
        if kind == "native":
            self._add_qemu(tree)
        elif kind == "xen":
            self._add_xen(tree, debian)
        return tree.archive(os.path.join(self.io, f"host-{kind}.cpio"), self.image_initrd)

    @staticmethod
    def _add_qemu(tree):
        if not os.path.exists(QEMU):
            raise Failure(f"{QEMU} is not installed, which runs in the machine")
        tree.add_program(QEMU, "bench/qemu")
        for path in QEMU_FILES:
            if os.path.exists(path):
                tree.add(path, f"bench/qemu-files/{os.path.basename(path)}")

    def _add_xen(self, tree, debian):
        known = image_build.descriptions(XEN_PACKAGES)
        missing = [name for name in XEN_PACKAGES if name not in known]
        if missing:
            raise Failure(f"apt knows no package {' '.join(missing)}")
        shutil.rmtree(debian, ignore_errors=True)
        os.makedirs(debian)
        for package in image_build.fetch([known[name] for name in XEN_PACKAGES],
                                         os.path.join(self.folder, "packages")):
            unpack(package, debian)
        for name in XEN_PROGRAMS:
            tree.add_program(os.path.join(debian, name), name if name != "bin/bash" else "usr/bin/bash")
        for path in glob.glob(os.path.join(debian, "etc/xen/**"), recursive=True):
            if os.path.isfile(path):
                tree.add(path, os.path.relpath(path, debian))
        common = os.path.join(debian, "usr/lib/xen-common")
        for path in glob.glob(common + "/bin/*"):
            tree.add(path, os.path.relpath(path, debian), 0o755)
