#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# For the system tests: what each disk holds, whether each network card reaches its router, and
# which interrupts came. Run by the image's init (control.run=/usr/share/parapet/devices.sh).
for disk in /sys/block/*; do
    name=${disk##*/}
    case $name in
        sd* | nvme* | vd*) echo "check: disk $name $(md5sum < "/dev/$name" | cut -d' ' -f1)" ;;
    esac
done
for card in /sys/class/net/*; do
    name=${card##*/}
    [ -e "$card/device" ] || continue
    driver=$(readlink "$card/device/driver")
    ip link set "$name" up
    udhcpc -i "$name" -s /etc/udhcpc -t 5 -T 2 -n -q > /dev/null 2>&1
    router=$(ip -4 addr show dev "$name" | sed -n 's/.*inet \([0-9.]*\)\..*/\1.2/p')
    if ping -c 2 -W 5 -I "$name" "${router:-0.0.0.0}" > /dev/null; then
        echo "check: card $name ${driver##*/} reaches its router"
    else
        echo "check: card $name ${driver##*/} reaches nobody"
    fi
    grep -w "$name" /proc/interrupts | sed 's/^/check: interrupts /'
    ip addr flush dev "$name"
    ip link set "$name" down
done
echo "check: clock $(hwclock -r -u 2> /dev/null | cut -c1-24)"
sed 's/^/check: interrupts /' /proc/interrupts
echo "check: done"
