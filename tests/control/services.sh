#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# For the system tests: the devices of the toolstack, a vCPU that comes and goes, memory that goes and
# comes under load. Arguments on the kernel's command line: times=, for how often; grow=, to how many kB
# the domain may grow in the end.
times=50 grow=
for word in $(cat /proc/cmdline); do
    case $word in
        times=*) times=${word#times=} ;;
        grow=*) grow=${word#grow=} ;;
    esac
done

grep -q control_d /proc/xen/capabilities && echo "check: is the control domain"
/check/events
/check/grants
/check/calls
/check/toolstack

# A vCPU is taken away and comes back, while programs run everywhere.
(while [ ! -e /tmp/stop ]; do md5sum /check/* > /dev/null; sh -c 'exit 0'; done) &
cpu=/sys/devices/system/cpu/cpu1/online
if [ -e $cpu ]; then
    for _ in $(seq "$times"); do
        echo 0 > $cpu && [ "$(grep -c ^processor /proc/cpuinfo)" = 1 ] &&
            echo 1 > $cpu && taskset 2 true && [ "$(grep -c ^processor /proc/cpuinfo)" = 2 ] && echo again
    done > /tmp/plugged
    echo "check: vCPU unplugged and plugged $(grep -c again /tmp/plugged) times"
fi

# Half of the memory is given back and taken again.
memory=/sys/devices/system/xen_memory/xen_memory0
size=$(cat $memory/target_kb)
free_kb() {
    sed -n "s/^$1: *\([0-9]*\).*/\1/p" /proc/meminfo
}
# Waits until the domain has this much.
reach() {
    echo "$1" > $memory/target_kb
    for _ in $(seq 600); do
        now=$(cat $memory/info/current_kb)
        [ "$now" -gt $(($1 - 64)) ] && [ "$now" -lt $(($1 + 64)) ] && return 0
        usleep 100000
    done
    echo "check: FAILED: target $1 kB, has $now, $(free_kb MemFree) kB free"
    return 1
}
head -c 20000000 /dev/urandom > /tmp/file
sum=$(md5sum < /tmp/file)
balloons=0
for _ in $(seq $((times * 2 / 5))); do
    reach $((size / 2)) && reach "$size" && [ "$(md5sum < /tmp/file)" = "$sum" ] && balloons=$((balloons + 1))
done
echo "check: balloon went up and down $balloons times"
[ -z "$grow" ] || { reach "$grow" && echo "check: grew to $grow kB"; }
: > /tmp/stop
wait
# Whoever let it grow looks at the hypervisor's accounts now, and types a line.
[ -z "$grow" ] || read -r _
echo "check: done"
