#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# For the system tests: the clock after so many seconds of load on all vCPUs (load= on the command line).
seconds=10
for word in $(cat /proc/cmdline); do
    case $word in load=*) seconds=${word#load=} ;; esac
done
echo "check: clock source $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
/check/vdso 300000
for _ in 1 2; do
    (while [ ! -e /tmp/stop ]; do head -c 100000 /dev/zero | md5sum > /dev/null; done) &
done
/check/drift "$seconds"
: > /tmp/stop
wait
echo "check: done"
