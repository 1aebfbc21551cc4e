#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# The first process of every guest of the benchmark. Words of the kernel's command line say which devices
# there are and what is to be measured.
/bin/busybox mkdir -p /bin /sbin /proc /sys /dev /tmp
/bin/busybox --install -s /bin
export PATH=/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
for word in $(cat /proc/cmdline); do
    case $word in
        bench.devices=*) devices=${word#*=} ;;
        bench.disk=*) disk=${word#*=} ;;
        bench.address=*) address=${word#*=} ;;
        bench.tests=*) tests=${word#*=} ;;
        bench.scale=*) scale=${word#*=} ;;
    esac
done

echo "@U guest: user space"
while [ "$devices" = none ]; do sleep 1000; done
while read -r module; do
    insmod "/modules/$module"
done < "/modules/$devices.list"
ip link set lo up
tries=0
until { [ -z "$disk" ] || [ -b "$disk" ]; } && [ -e /sys/class/net/eth0 ]; do
    usleep 50000
    tries=$((tries + 1))
    [ $tries -lt 1200 ] || { echo "@F guest: no disk $disk or no network card"; poweroff -f; }
done
ip addr add "$address/24" dev eth0
ip link set eth0 up
/bench_io run --steps --disk "$disk" --peer 10.9.0.1 --scale "${scale:-1}" ${tests:+--tests "$tests"}
poweroff -f
