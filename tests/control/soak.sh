#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# For the system tests: all that a kernel does, at once and for soak= seconds, while files are copied between
# two disks and fetched by network. Each copy is compared.
seconds=60
for word in $(cat /proc/cmdline); do
    case $word in soak=*) seconds=${word#soak=} ;; esac
done
card=$(for path in /sys/class/net/*; do [ ! -e "$path/device" ] || echo "${path##*/}"; done | head -n 1)
ip link set lo up
ip link set "$card" up
udhcpc -i "$card" -s /etc/udhcpc -t 10 -T 2 -n -q > /dev/null 2>&1
net=$(ip -4 addr show dev "$card" | sed -n 's/.*inet \([0-9.]*\)\..*/\1/p')
fetched=$(nc "$net.100" 7 < /dev/null | md5sum)
for disk in sda vda; do
    mkdir -p /mnt/$disk
    # By its path: busybox has a smaller one of that name, which its shell prefers.
    /sbin/mke2fs -q -t ext4 /dev/$disk && mount /dev/$disk /mnt/$disk && echo "check: disk $disk is there"
done
head -c 20000000 /dev/urandom > /mnt/sda/source
sum=$(md5sum < /mnt/sda/source)

# Does the rest again and again until the time is over; counts how often it went well, and badly.
repeat() {
    name=$1 right=0 wrong=0
    shift
    while [ ! -e /tmp/stop ]; do
        if "$@"; then right=$((right + 1)); else wrong=$((wrong + 1)); fi
    done
    echo "check: $name $right right, $wrong wrong" > "/tmp/result.$name"
}
copy() {
    cp /mnt/sda/source /mnt/vda/copy && sync && echo 1 > /proc/sys/vm/drop_caches &&
        [ "$(md5sum < /mnt/vda/copy)" = "$sum" ] && cp /mnt/vda/copy /mnt/sda/copy && sync &&
        [ "$(md5sum < /mnt/sda/copy)" = "$sum" ]
}
fetch() {
    [ "$(nc "$net.100" 7 < /dev/null | md5sum)" = "$fetched" ]
}
repeat copies copy &
repeat fetches fetch &
mkdir -p /mnt/vda/stress
echo "check: soak begins"
stress-ng --fork 2 --vm 1 --vm-bytes 64M --mmap 1 --mmap-bytes 48M --hdd 1 --hdd-bytes 32M --timer 1 \
    --timer-freq 1000 --signal 1 --sock 1 --verify --timeout "$seconds" --temp-path /mnt/vda/stress \
    > /tmp/stress.log 2>&1
echo "check: stress ended with $?"
: > /tmp/stop
wait
cat /tmp/stress.log /tmp/result.*
cd /
umount /mnt/sda && umount /mnt/vda && echo "check: disks unmounted"
sed 's/^/check: interrupts /' /proc/interrupts
echo "check: soaked"
# What only the tests' programs held is given back before references are recounted.
sleep 2
echo "check: done"
