#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# For the system tests: all devices at the same time. Disks are read and written, network cards fetch and
# send a file, the virtual serial port sends what is asked for; then which interrupts came.
out=/tmp/out
mkdir -p $out

# Each disk: the sum of what it holds; then its first half is copied over its second.
disk() {
    echo "check: disk $1 $(md5sum < "/dev/$1" | cut -d' ' -f1)" > "$out/disk.$1"
    half=$(($(blockdev --getsize64 "/dev/$1") >> 17))
    dd if="/dev/$1" of="/dev/$1" bs=64k count=$half seek=$half conv=fsync 2> /dev/null
}

# Each card: an address of its router's net, one file fetched and one sent, by doors of QEMU.
card() {
    ip link set "$1" up
    udhcpc -i "$1" -s /etc/udhcpc -t 10 -T 2 -n -q > /dev/null 2>&1
    net=$(ip -4 addr show dev "$1" | sed -n 's/.*inet \([0-9.]*\)\..*/\1/p')
    driver=$(readlink "/sys/class/net/$1/device/driver")
    ping -c 2 -W 10 -I "$1" "$net.2" > /dev/null && echo "check: card $1 ${driver##*/} reaches its router"
    echo "check: card $1 ${driver##*/} fetched $(nc "$net.100" 7 < /dev/null | md5sum | cut -d' ' -f1)"
    nc "$net.100" 8 < /tmp/file
}

head -c 3000000 /dev/urandom > /tmp/file
echo "check: sent $(md5sum < /tmp/file | cut -d' ' -f1)"
for path in /sys/block/*; do
    name=${path##*/}
    case $name in sd* | nvme* | vd*) disk "$name" & ;; esac
done
for path in /sys/class/net/*; do
    name=${path##*/}
    [ ! -e "$path/device" ] || card "$name" > "$out/card.$name" &
done
for port in /dev/vport*; do
    [ ! -e "$port" ] || cat /tmp/file > "$port" &
done
wait
cat $out/*

for product in /sys/bus/usb/devices/*/product; do
    [ ! -e "$product" ] || echo "check: USB $(cat "$product")"
done
echo "check: clock $(hwclock -r -u 2> /dev/null | cut -c1-24)"
echo "check: $(mount | grep -c .) mounts, $(grep -c . /proc/modules) modules"
sed 's/^/check: interrupts /' /proc/interrupts
sync
echo "check: done"
