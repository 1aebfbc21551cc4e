#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# For the system tests: configs/debian.xml, its disk a clone. /dev/vda has the image, and /var is XFS
# (control.state=), as in a testbed.
. /check/guest_console.sh
ip link set lo up
images=/var/lib/parapet
mkdir -p $images

used_kib() { df -k /var | awk 'END { print $3 }'; }

must pvctl image-clone /dev/vda $images/base.img
before=$(used_kib)
must pvctl image-clone $images/base.img $images/debian.img
must pvctl image-clone $images/base.img $images/other.img
must cmp -n 67108864 $images/base.img $images/debian.img
[ $(($(used_kib) - before)) -lt 4096 ] && echo "check: clones share their blocks"

# start NAME: its own clone, to the login, and in.
start() {
    sed "s#<name>debian#<name>$1#; s#debian.img#$1.img#" /check/debian.xml > "/tmp/$1.xml"
    must pvctl create "/tmp/$1.xml" > /dev/null
    sit_at "$1"
    says "$1" "debian login:" && echo "check: $1 has a login"
    echo root >&3
    says "$1" 'root@debian:~#' && echo "check: root is in"
    # It ends when nothing is under way any more. The answers differ from what is typed.
    echo 'echo state=$(systemctl is-system-running --wait) failed=$(systemctl --failed --quiet | wc -l);' >&3
    says "$1" "state=running failed=0" && echo "check: systemd is up, no unit has failed" ||
        { echo 'systemctl --failed; systemctl list-jobs' >&3; usleep 20000000; tail -n 40 "/var/log/pvd/$1.log"; }
}

start debian
echo 'echo CPUs=$(nproc)' >&3
says debian "CPUs=2" && echo "check: it has two CPUs"
# Linux counts timer interrupts until it has found the hypervisor's clock. Those that come late then, while
# a busy emulator stands still, are lost to it: the clock may be some seconds behind from then on.
late=60
earliest=$(date +%s)
echo 'echo clock=$(date +%s).' >&3
says debian 'clock=[0-9]*\.'
latest=$(date +%s)
clock=$(sed -n 's/.*clock=\([0-9][0-9]*\)\..*/\1/p' /var/log/pvd/debian.log | tail -n 1)
[ "$clock" -ge $((earliest - late)) ] && [ "$clock" -le $((latest + 2)) ] && echo "check: its clock is right" ||
    fail "its clock says $clock, not $earliest to $latest"
# The router that its network told it, which is this control domain.
echo 'until ping -c 1 -W 10 192.168.123.1; do sleep 1; done; echo network=$(ip -4 -br addr | grep -c 192.168.123.)' >&3
says debian "network=1" && echo "check: its network is up"
pvctl list
echo 'shutdown -h now' >&3
must pvctl wait debian --for gone > /dev/null
must grep -q "debian powered off" /var/log/pvd/debian.log
echo "check: it shuts down from inside"

start other
must pvctl shutdown other
must pvctl wait other --for gone > /dev/null
must grep -q "other powered off" /var/log/pvd/other.log
must grep -q "Powering off" /var/log/pvd/other.log
echo "check: it shuts down when asked"

# Both have written to their clones; the file systems are clean, the image is as it was.
must cmp $images/base.img /dev/vda && echo "check: the image is as it was"
for name in debian other; do
    must e2fsck -fn $images/$name.img > /tmp/fsck && echo "check: the disk of $name is clean"
done
echo "check: done"
