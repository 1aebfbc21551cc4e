#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# For the system tests: guests from the files of configs/, by pvctl. The part to run is named on the
# kernel's command line, check.part=NAME. Every failure is a line "check: FAILED ...".
for word in $(cat /proc/cmdline); do
    case $word in check.part=*) part=${word#check.part=} ;; esac
done
fail() {
    echo "check: FAILED $*"
    tail -n 20 /run/pvd.log
}
must() { "$@" || fail "$*"; }
. /check/leavings.sh

ip link set lo up
ip link add xenbr0 type bridge
ip link set xenbr0 up
ip addr add 10.9.0.1/24 dev xenbr0
mkdir -p /var/lib/parapet
dd if=/dev/urandom of=/var/lib/parapet/linux.img bs=1M count=4 2> /dev/null
dd if=/dev/urandom of=/var/lib/parapet/pvguest.img bs=1M count=4 2> /dev/null

# says NAME TEXT: the console has it, now or soon.
says() {
    tries=0
    while ! grep -q "$2" "/var/log/pvd/$1.log" 2> /dev/null; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] || { fail "$1 does not say \"$2\""; tail -n 15 "/var/log/pvd/$1.log"; return 1; }
        usleep 200000
    done
}

create_pvguest() {
    rm -f /var/log/pvd/pvguest.log
    must pvctl create /check/pvguest.xml > /dev/null
    says pvguest "hello from user mode"
    must pvctl wait pvguest --for gone > /dev/null
}

pvguest() {
    create_pvguest
    leavings > /tmp/before
    for cycle in $(seq 20); do
        create_pvguest
    done
    leavings > /tmp/after
    must cmp /tmp/before /tmp/after || diff /tmp/before /tmp/after
    echo "check: pvguest came and went $cycle times"
}

create_linux() {
    rm -f /var/log/pvd/linux.log
    must pvctl create /check/linux.xml > /dev/null
    says linux "guest: ready"
}

linux() {
    sum=$(md5sum < /var/lib/parapet/linux.img | cut -d' ' -f1)
    create_linux
    says linux "guest: disk 8192 $sum" && echo "check: linux reads its disk"
    says linux "3 packets received" && echo "check: linux reaches its bridge"
    must pvctl vcpu-set linux 2
    says linux "guest: 2 CPUs" && echo "check: linux has two vCPUs"
    must pvctl mem-set linux 160M
    says linux "guest: memory grew" && echo "check: linux has more memory"
    must pvctl list
    # The daemon dies; the guest, its store and its devices do not notice.
    kill -9 "$(pidof pvd)"
    usleep 2000000
    must pvctl disk-detach linux xvda
    says linux "guest: disk gone" && echo "check: linux outlives pvd"
    must pvctl shutdown linux
    must pvctl wait linux --for gone
    must grep -q "powered off" /var/log/pvd/linux.log
    echo "check: linux powers off when asked"
    [ "$(dd if=/var/lib/parapet/linux.img bs=512 skip=8 count=1 2> /dev/null | head -c 7)" = written ] ||
        fail "the disk has not what linux wrote"
    leavings > /tmp/before
    create_linux
    must pvctl destroy linux
    leavings > /tmp/after
    must cmp /tmp/before /tmp/after || diff /tmp/before /tmp/after
    echo "check: linux leaves nothing behind"
}

# What the configuration says that a crash is to do, and why.
crash() {
    sed 's/console=hvc0/console=hvc0 guest=crash/; s/<on_crash>restart/<on_crash>preserve/' \
        /check/linux.xml > /tmp/crash.xml
    must pvctl create /tmp/crash.xml > /dev/null
    must pvctl wait linux --for crashed
    must pvctl list
    must pvctl why linux
    must pvctl destroy linux
    sed 's/console=hvc0/console=hvc0 guest=reboot/' /check/linux.xml > /tmp/reboot.xml
    must pvctl create /tmp/reboot.xml > /dev/null
    says linux "wants to reboot"
    usleep 1000000
    must pvctl list
    must pvctl destroy linux
    echo "check: crash and reboot are acted upon"
}

"$part"
cat /run/pvd.log
echo "check: done"
