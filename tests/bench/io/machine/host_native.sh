#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# The kernel on the machine itself, and what is run on it: a container, and guests of its KVM by QEMU.
. /bench/host_common.sh

COUNTERS="exits io_exits mmio_exits irq_injections irq_exits halt_exits insn_emulation"

run_native() {
    $BENCH relay "" "$BENCH run --steps --disk /dev/ram0 --peer 127.0.0.1 --scale $scale --tests $tests"
}

# The program in name spaces of its own, its network card one end of a pair, in a group with limits.
run_container() {
    local group=/sys/fs/cgroup/bench
    mkdir -p /sys/fs/cgroup
    grep -q ' /sys/fs/cgroup ' /proc/mounts || mount -t cgroup2 cgroup2 /sys/fs/cgroup
    echo "+cpu +memory +io" > /sys/fs/cgroup/cgroup.subtree_control
    mkdir -p $group
    echo 268435456 > $group/memory.max
    mkdir -p /var/run/netns
    ip netns add bench
    ip link add veth0 type veth peer name eth0 netns bench
    ip link set veth0 master xenbr0
    ip link set veth0 up
    ip netns exec bench ip addr add 10.9.0.10/24 dev eth0
    ip netns exec bench ip link set eth0 up
    cat > /run/contained << END_OF_CONTAINED
echo \$\$ > $group/cgroup.procs
exec /bin/ip netns exec bench unshare -m -u -i -p -f \
    $BENCH run --steps --disk /dev/ram0 --peer 10.9.0.1 --scale $scale --tests $tests
END_OF_CONTAINED
    $BENCH relay "" "sh /run/contained"
    ip netns del bench
}

# qemu_guest NUMBER ACCELERATOR DISK NETWORK: replaces the shell.
qemu_guest() {
    local number=$1 accelerator=$2 disk=$3 network=$4 devices=emulated name
    ip tuntap add "tap$number" mode tap
    ip link set "tap$number" master xenbr0
    ip link set "tap$number" up
    set -- -drive "file=/dev/ram$number,if=none,id=disk,format=raw,cache=none,aio=native"
    case $disk in
        ide) set -- "$@" -device ide-hd,drive=disk,bus=ide.0 && name=/dev/sda ;;
        ahci) set -- "$@" -device ahci,id=ahci -device ide-hd,drive=disk,bus=ahci.0 && name=/dev/sda ;;
        virtio) set -- "$@" -device virtio-blk-pci,drive=disk && name=/dev/vda && devices=virtio ;;
    esac
    set -- "$@" -device "$network,netdev=net,mac=52:54:00:09:00:1$number"
    local vhost=
    [ "$network" != virtio-net-pci,romfile= ] || vhost=${bench_vhost:-}
    exec env QEMU_MODULE_DIR=/bench/qemu-files /bench/qemu -L /bench/qemu-files \
        -accel "$accelerator" -cpu "$([ "$accelerator" = kvm ] && echo host || echo qemu64)" \
        -m $GUEST_MIB -smp 1 -nodefaults -display none -no-reboot -serial stdio \
        -kernel /bench/vmlinuz -initrd /bench/guest.cpio \
        -append "console=ttyS0 $(guest_words "$number" $devices $name)" \
        -netdev "tap,id=net,ifname=tap$number,script=no,downscript=no$vhost" "$@"
}

# hvm ACCELERATOR DISK NETWORK
hvm() {
    if [ "$1" = kvm ] && ! [ -c /dev/kvm ]; then
        echo "@F $setting: the machine's CPU has no virtualization that KVM can use"
        return
    fi
    mkdir -p /sys/kernel/debug
    grep -q ' /sys/kernel/debug ' /proc/mounts || mount -t debugfs debugfs /sys/kernel/debug
    counters="cd /sys/kernel/debug/kvm && for name in $COUNTERS; do echo \"@C \$name \$(cat \$name)\"; done"
    [ "$1" = kvm ] || counters=
    relay_guests "qemu=yes sh /bench/host_native.sh $1 $2 $3"
    sleep 2 # the guests power off, and their QEMUs end
    local guest
    for guest in 0 1 2 3; do
        ip link del tap$guest 2> /dev/null
    done
    return 0
}

run_hvm_ide() { hvm kvm ide e1000,romfile=; }
run_hvm_ahci() { hvm kvm ahci rtl8139,romfile=; }
run_hvm_virtio() { hvm kvm virtio virtio-net-pci,romfile=; }
run_hvm_vhost() { bench_vhost=,vhost=on && export bench_vhost && hvm kvm virtio virtio-net-pci,romfile=; }
run_emulation() { hvm tcg ide e1000,romfile=; }

if [ "${qemu:-}" = yes ]; then # called by the relay: a guest
    qemu_guest "$4" "$1" "$2" "$3"
fi
prepare_host
run_all
