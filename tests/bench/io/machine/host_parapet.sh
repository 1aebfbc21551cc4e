#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# Parapet's control domain as host: guests by pvctl.
. /bench/host_common.sh

# bench.pin=1: the guests have the second processor; the control domain is kept on the first.
pin=
case "$(cat /proc/cmdline)" in *bench.pin=1*) pin=" cpuset='1'" ;; esac

guest_xml() {
    cat << XML
<domain type='xen'>
  <name>bench$1</name>
  <memory unit='MiB'>$GUEST_MIB</memory>
  <vcpu$pin>1</vcpu>
  <os>
    <type arch='x86_64' machine='xenpv'>linux</type>
    <kernel>/bench/vmlinuz</kernel>
    <initrd>/bench/guest.cpio</initrd>
    <cmdline>console=hvc0 $(guest_words "$1" pv /dev/xvda)</cmdline>
  </os>
  <on_poweroff>destroy</on_poweroff>
  <on_crash>destroy</on_crash>
  <devices>
    <disk type='block' device='disk'>
      <driver name='phy' type='raw'/>
      <source dev='/dev/ram$1'/>
      <target dev='xvda' bus='xen'/>
    </disk>
    <interface type='bridge'>
      <source bridge='xenbr0'/>
    </interface>
    <console type='pty'>
      <target type='xen' port='0'/>
    </console>
  </devices>
</domain>
XML
}

run_pv() {
    local guest=0
    while [ $guest -lt "$guests" ]; do
        guest_xml $guest > /run/bench$guest.xml
        guest=$((guest + 1))
    done
    cat > /run/start << 'END_OF_START'
pvctl create -c /run/bench$1.xml
END_OF_START
    relay_guests "sh /run/start"
    for guest in 0 1 2 3; do
        [ $guest -ge "$guests" ] || pvctl wait bench$guest --for gone > /dev/null 2>&1
    done
}

prepare_host
run_all
