#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# For the system tests: commands that must be refused, one a line of /bad/commands, with what stands in
# their way made before. What each said comes back as a line "check: row NUMBER EXIT BASE64"; at the end
# the control domain must be as it was.
fail() { echo "check: FAILED $*"; }
must() { "$@" || fail "$*"; }
. /check/leavings.sh

ip link set lo up
ip link add xenbr0 type bridge
ip link set xenbr0 up

# Images: one that a guest uses, one that is mounted, and what is none.
cd /bad || exit
mkdir -p folder rofs mounted /etc/pvctl/domains /var/lib/parapet
truncate -s 0 empty
truncate -s 100 tiny
truncate -s 1000 uneven
truncate -s 300M huge
truncate -s 1M good.img readonly.img busy.img
chmod 444 readonly.img
truncate -s 4M ext4.img
must mke2fs -q -F ext4.img > /dev/null
must losetup /dev/loop7 ext4.img
must mount /dev/loop7 mounted
must mount -t tmpfs tmpfs rofs
truncate -s 1M rofs/disk.img
mkdir rofs/domains
must mount -o remount,ro rofs
mkfifo pipe
mkdir -p /etc/pvctl/scripts
touch /etc/pvctl/scripts/open /etc/pvctl/scripts/plain
chmod 777 /etc/pvctl/scripts/open

# Settings that point elsewhere, and definitions of which one is damaged.
echo "bridges = nobr0" > no-bridge.conf
echo "definitions = /bad/rofs/new" > no-folder.conf
echo "definitions = /bad/rofs/domains" > readonly.conf
echo "definitions = /bad/empty/domains" > file.conf
echo "colour = red" > unknown.conf
printf '<domain type="xen">\n<name>damaged</name>\n' > /etc/pvctl/domains/damaged.xml
must pvctl define busy.xml

must pvctl create busy.xml
must pvctl wait busy --for running
leavings > /tmp/before
row=0
while read -r line; do
    eval "timeout 120 env $line" > /tmp/said 2>&1 < /dev/null
    echo "check: row $row $? $(base64 /tmp/said | tr -d '\n')"
    row=$((row + 1))
done < commands
leavings > /tmp/after
must cmp /tmp/before /tmp/after || diff /tmp/before /tmp/after
must pvctl destroy busy
ls /run/pvd/domains
sed 's/^/check: pvd: /' /run/pvd.log
echo "check: done"
