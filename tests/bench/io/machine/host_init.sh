#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# The first process of hosts that are not Parapet's control domain: devices, modules of back ends; then
# the script that control.run= names.
/bin/busybox mkdir -p /bin /sbin /usr/bin /usr/sbin /proc /sys /dev /run /tmp /root /mnt
/bin/busybox --install -s /bin
export PATH=/sbin:/usr/sbin:/bin:/usr/bin HOME=/root TERM=vt100
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
for module in xen-blkback xen-netback xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xenfs; do
    [ ! -d /sys/hypervisor ] || modprobe -q $module
done
[ ! -d /sys/hypervisor ] || mount -t xenfs xenfs /proc/xen
for word in $(cat /proc/cmdline); do
    case $word in control.run=*) sh "${word#control.run=}" ;; esac
done
poweroff -f
