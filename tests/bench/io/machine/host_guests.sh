#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# How long it takes to make guests, and what they cost, on Parapet and on Xen alike. Each line
# "@G KIND NUMBER CREATE FIRST USER" has times in ns since the command was given: until it was done, until
# the guest's first line, until its user space (0: not looked for). "@M NUMBER FREE" is the
# hypervisor's free memory in KiB with so many guests; words of the kernel's command line say how many
# guests there are to be: bench.guests=N.
. /bench/host_common.sh
export PATH=/usr/lib/xen-4.17/bin:$PATH
wanted=10
for word in $(cat /proc/cmdline); do
    case $word in bench.guests=*) wanted=${word#*=} ;; esac
done

[ -d /proc/xen ] && [ -e /usr/lib/xen-4.17/bin/xl ] && is_xen=yes

if [ -n "$is_xen" ]; then
    . /bench/host_xen.sh
    LOGS=/var/log/xen/console
    log_of() { echo $LOGS/guest-$1.log; }
    free_kib() { xl info | sed -n 's/^free_memory *: \([0-9]*\)/\1/p' | { read -r mib && echo $((mib * 1024)); }; }
    total_kib() { xl info | sed -n 's/^total_memory *: \([0-9]*\)/\1/p' | { read -r mib && echo $((mib * 1024)); }; }
    own_kib() { xl list | sed -n 's/^Domain-0 *0 *\([0-9]*\).*/\1/p' | { read -r mib && echo $((mib * 1024)); }; }
    # config NAME KERNEL RAMDISK WORDS MEMORY DEVICES
    config() {
        local ramdisk="" devices=""
        [ -z "$3" ] || ramdisk="ramdisk = \"$3\""
        [ -z "$6" ] || devices='disk = [ "phy:/dev/ram0,xvda,w" ]
vif = [ "bridge=xenbr0" ]'
        cat << CONFIG
name = "$1"
type = "pv"
kernel = "$2"
$ramdisk
extra = "$4"
memory = $5
vcpus = 1
tsc_mode = "native"
$devices
CONFIG
    }
    create() { xl create "$1" > /run/create.log 2>&1; }
    destroy() { xl destroy "$1"; }
else
    LOGS=/var/log/pvd
    log_of() { echo $LOGS/$1.log; }
    field() { pvctl --json "$1" | sed -n "s/^ *\"$2\": \([0-9]*\).*/\1/p" | head -n 1; }
    free_kib() { echo $(($(field info free_memory_bytes) / 1024)); }
    total_kib() { echo $(($(field info memory_bytes) / 1024)); }
    own_kib() { pvctl list | sed -n 's/^Domain-0 *0 *\([0-9]*\).*/\1/p' | { read -r mib && echo $((mib * 1024)); }; }
    config() {
        local ramdisk="" devices=""
        [ -z "$3" ] || ramdisk="<initrd>$3</initrd>"
        [ -z "$6" ] || devices="<disk type='block' device='disk'><driver name='phy' type='raw'/>
<source dev='/dev/ram0'/><target dev='xvda' bus='xen'/></disk>
<interface type='bridge'><source bridge='xenbr0'/></interface>"
        cat << XML
<domain type='xen'>
  <name>$1</name>
  <memory unit='MiB'>$5</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='xenpv'>linux</type><kernel>$2</kernel>$ramdisk<cmdline>$4</cmdline></os>
  <devices>$devices
    <console type='pty'><target type='xen' port='0'/></console>
  </devices>
</domain>
XML
    }
    create() { pvctl create "$1" > /run/create.log 2>&1; }
    destroy() { pvctl destroy "$1" > /dev/null; }
fi

# make KIND NUMBER NAME TEXT: the configuration is /run/NAME.cfg; TEXT tells user space, or is empty.
make() {
    local start created first user=0
    $BENCH await "$(log_of "$3")" > /run/first &
    local waits_first=$!
    [ -z "$4" ] || $BENCH await "$(log_of "$3")" "$4" > /run/user &
    local waits_user=$!
    start=$($BENCH clock)
    if ! create "/run/$3.cfg"; then
        kill $waits_first $waits_user 2> /dev/null
        echo "@F $1 $2: $(tail -n 2 /run/create.log | tr '\n' ' ')"
        return 1
    fi
    created=$($BENCH clock)
    wait $waits_first
    [ -z "$4" ] || { wait $waits_user && user=$(cat /run/user); }
    first=$(cat /run/first)
    [ "$user" = 0 ] || user=$((user - start))
    echo "@G $1 $2 $((created - start)) $((first - start)) $user"
}

linux_guest() {
    config linux "/bench/vmlinuz" /bench/guest.cpio "console=hvc0 $2" 256 "$3" > /run/linux.cfg
    make "$1" 1 linux "@U guest" && destroy linux
    rm -f "$(log_of linux)"
}

mkdir -p $LOGS
[ -n "$is_xen" ] || prepare_host
sleep 3
echo "@M host $(total_kib) $(own_kib)"
echo "@M 0 $(free_kib)"
linux_guest linux-bare "bench.devices=none" ""
linux_guest linux-devices "bench.devices=pv bench.disk=/dev/xvda bench.address=10.9.0.2 bench.tests=null" yes
sleep 2
echo "@M 0 $(free_kib)"
number=1
while [ $number -le "$wanted" ]; do
    config "pvguest$number" /bench/pvguest "" stay 16 "" > "/run/pvguest$number.cfg"
    make pvguest $number "pvguest$number" "" || break
    case $number in 1 | 10 | 50 | 100) echo "@M $number $(free_kib)" ;; esac
    number=$((number + 1))
done
echo "@done"
