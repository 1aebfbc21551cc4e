#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# For the system tests: pvguest as guest, with a disk and a network card of this control domain. A server
# stays, clients come and go, each with other features of the front ends. The kernel's command line
# says pvguest=devices, what both ends can agree on, or pvguest=life, what the toolstack asks of a guest.
KERNEL=/check/pvguest-pv
TEST="blocktest=xvda blocktest.requests=16 ip=10.9.0.4 ping=10.9.0.1 echo=10.9.0.3 stream=10.9.0.3 netcount=300"

# name, last number of the MAC address, words of the command line
make_guest() {
    [ -e "/tmp/$1.img" ] || truncate -s 32M "/tmp/$1.img"
    cat > "/tmp/$1.xml" << END
<domain type='xen'>
  <name>$1</name>
  <memory unit='MiB'>32</memory>
  <vcpu>2</vcpu>
  <os><type arch='x86_64' machine='xenpv'>linux</type><kernel>$KERNEL</kernel><cmdline>$3</cmdline></os>
  <on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>destroy</on_crash>
  <devices>
    <disk type='file' device='disk'>
      <driver name='phy' type='raw'/><source file='/tmp/$1.img'/><target dev='xvda' bus='xen'/>
    </disk>
    <interface type='bridge'><source bridge='xenbr0'/><mac address='00:16:3e:00:00:0$2'/></interface>
    <console type='pty'><target type='xen' port='0'/></console>
  </devices>
</domain>
END
    pvctl create "/tmp/$1.xml" || echo "check: $1 is not made"
}

is_there() {
    pvctl list | grep -q "^$1 "
}

# Until a condition holds, or for two minutes.
wait_until() {
    tries=0
    while ! "$@" > /dev/null 2>&1 && [ $tries -lt 600 ]; do
        usleep 200000
        tries=$((tries + 1))
    done
    "$@" > /dev/null 2>&1 || echo "check: never: $*"
}

is_gone() {
    ! is_there "$1"
}

said() {
    pvctl logs "$1" | grep -q "$2"
}

# A client that tests its devices, with words that switch features off; its console afterwards.
run_client() {
    make_guest "$1" 4 "$TEST $2"
    wait_until is_gone "$1"
    pvctl logs "$1" | sed "s/^/check: $1: /"
}

devices() {
    make_guest server 3 "stay ip=10.9.0.3"
    run_client all ""
    run_client single "blkfront.persistent=0 netfront.gso=0"
    run_client direct "blkfront.segments=0 netfront.sg=0"
    run_client small "blkfront.ring-order=0 netfront.checksum=0"
    run_client one "blkfront.queues=1 netfront.queues=1"
    run_client plain "blkfront.flush=0 blkfront.discard=0 netfront.split=0"
    pvctl destroy server
}

has_memory() {
    pvctl dominfo server | grep -q "Memory (MiB): *$1$"
}

life() {
    make_guest server 3 "stay ip=10.9.0.3"
    wait_until said server "eth0 is 10.9.0.3"
    ping -c 3 -w 30 -s 1400 10.9.0.3 | grep "0% packet loss" | sed "s/^/check: ping: /"
    pvctl mem-set server 20MiB
    wait_until has_memory 20
    pvctl mem-set server 32MiB
    wait_until has_memory 32
    pvctl vcpu-set server 1
    wait_until said server "cpu: 1 is offline"
    pvctl vcpu-set server 2
    wait_until said server "cpu: 1 is online"
    for round in 1 2 3; do
        truncate -s 8M /tmp/more.img
        pvctl disk-attach server /tmp/more.img xvdb
        wait_until said server "block: xvdb:"
        pvctl disk-detach server xvdb
        echo "check: round $round of a disk that comes and goes"
    done
    wait_until said server "xvdb has gone"
    ping -c 3 -w 30 10.9.0.3 | grep "0% packet loss" | sed "s/^/check: ping: /"
    pvctl logs server | sed "s/^/check: server: /"
    pvctl shutdown server
    wait_until is_gone server
    # Ends in the middle of its work.
    make_guest busy 4 "blocktest=xvda blocktest.requests=100000"
    wait_until said busy "block: xvda:"
    usleep 300000
    pvctl destroy busy
    wait_until is_gone busy
}

ip link add xenbr0 type bridge
ip addr add 10.9.0.1/24 dev xenbr0
ip link set xenbr0 up
case "$(cat /proc/cmdline)" in
*pvguest=devices*) devices ;;
*pvguest=life*) life ;;
esac
wait_until is_gone server
pvctl list | sed "s/^/check: list: /"
losetup -a | sed "s/^/check: loop left: /"
tail -n 30 /run/pvd.log
echo "check: done"
