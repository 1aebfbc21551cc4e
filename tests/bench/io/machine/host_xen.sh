#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# The control domain of Debian's Xen as host: guests by xl and its scripts.
. /bench/host_common.sh
export PATH=/usr/lib/xen-4.17/bin:$PATH

start_toolstack() {
    ln -s /proc/self/fd/0 /dev/stdin 2> /dev/null
    ln -s /proc/self/fd /dev/fd 2> /dev/null
    mkdir -p /run/xen /run/xenstored /var/lib/xenstored /var/log/xen /var/lib/xen /var/run /var/lock
    ln -s /run/xen /run/xenstored /var/run/ 2> /dev/null
    xenstored || echo "@F xen: xenstored ended with $?"
    xen-init-dom0 > /dev/null || echo "@F xen: xen-init-dom0 ended with $?"
    mkdir -p /var/log/xen/console
    xenconsoled --log=guest
}

guest_config() {
    cat << CONFIG
name = "bench$1"
type = "pv"
kernel = "/bench/vmlinuz"
ramdisk = "/bench/guest.cpio"
extra = "console=hvc0 $(guest_words "$1" pv /dev/xvda)"
memory = $GUEST_MIB
vcpus = 1
tsc_mode = "native"
disk = [ "phy:/dev/ram$1,xvda,w" ]
vif = [ "bridge=xenbr0,mac=00:16:3e:09:00:1$1" ]
on_poweroff = "destroy"
on_crash = "destroy"
CONFIG
}

run_xen() {
    local guest=0
    while [ $guest -lt "$guests" ]; do
        guest_config $guest > /run/bench$guest.cfg
        guest=$((guest + 1))
    done
    cat > /run/start << 'END_OF_START'
xl create -c /run/bench$1.cfg || tail -n 20 /var/log/xen/xen-hotplug.log
END_OF_START
    relay_guests "sh /run/start"
    for guest in 0 1 2 3; do
        until [ $guest -ge "$guests" ] || ! xl domid bench$guest > /dev/null 2>&1; do usleep 300000; done
    done
}

start_toolstack
prepare_host
[ -n "${is_xen:-}" ] || run_all # else: read by host_guests.sh
