#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# For the system tests: user space runs, on all CPUs, with its clock going.
cpus=$(grep -c ^processor /proc/cpuinfo)
echo "check: $(uname -r) on $cpus CPUs"
for cpu in $(seq 0 $((cpus - 1))); do
    taskset $((1 << cpu)) sh -c 'i=0; while [ $i -lt 200 ]; do i=$((i + 1)); done' &&
        echo "check: CPU $cpu runs programs"
done
before=$(cut -d. -f1 /proc/uptime)
sleep 1
[ "$(cut -d. -f1 /proc/uptime)" -gt "$before" ] && echo "check: time passes"
echo "check: done"
