#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# For the system tests: disks and network cards of running guests. The kernel's command line has the
# part, check.part=NAME, and the port of a web server on the machine's host, check.port=NUMBER. Every
# failure is a line "check: FAILED ...".
for word in $(cat /proc/cmdline); do
    case $word in
        check.part=*) part=${word#check.part=} ;;
        check.port=*) port=${word#check.port=} ;;
    esac
done
LOG=/var/log/pvd

fail() {
    echo "check: FAILED $*"
    tail -n 15 /run/pvd.log
    tail -n 15 $LOG/linux.log
}
must() { "$@" || fail "$*"; }
did() { echo "check: $*"; }

# wait_until COMMAND...: it succeeds, now or within three minutes.
wait_until() {
    tries=0
    until "$@" > /dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 900 ] || { fail "never: $*"; return 1; }
        usleep 200000
    done
}

# says NAME TEXT: the guest's console has it, now or soon.
says() { wait_until grep -q "$2" "$LOG/$1.log"; }

# ask LINE ANSWER: the linux guest does what the line says, until it says the answer.
ask() {
    echo "$1" | pvctl console linux > /dev/null 2>&1 &
    console=$!
    says linux "$2"
    result=$?
    kill $console
    return $result
}

# exits CODE TEXT COMMAND...: with this code, and this in its message.
exits() {
    code=$1 text=$2
    shift 2
    "$@" > /tmp/said 2>&1
    came=$?
    [ $came = "$code" ] && grep -q "$text" /tmp/said ||
        fail "$* exits $came, not $code with \"$text\": $(cat /tmp/said)"
}

# What guests must not leave behind.
leavings() {
    pvctl info --json | sed 's/.*"free_memory_bytes": *\([0-9]*\).*/free \1/;q' | grep free
    cat /sys/block/loop*/loop/backing_file 2> /dev/null
    ls /sys/class/net /run/pvd/domains 2> /dev/null
    ip route
    pidof dnsmasq
    /check/store_tree
}

# linux_xml DEVICES...: the XML of a guest with Debian's kernel and these devices, /tmp/linux.xml.
linux_xml() {
    cat > /tmp/linux.xml << END
<domain type='xen'>
  <name>linux</name>
  <memory unit='MiB'>128</memory>
  <vcpu>2</vcpu>
  <os>
    <type arch='x86_64' machine='xenpv'>linux</type>
    <kernel>/boot/vmlinuz</kernel><initrd>/boot/initrd.img</initrd><cmdline>console=hvc0 quiet</cmdline>
  </os>
  <on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>preserve</on_crash>
  <devices>$*</devices>
</domain>
END
}

create_linux() {
    rm -f $LOG/linux.log
    linux_xml "$@"
    must pvctl create /tmp/linux.xml
    says linux "guest: ready"
}

destroy_linux() {
    must pvctl destroy linux
    leavings > /tmp/after
    must cmp /tmp/before /tmp/after || diff /tmp/before /tmp/after
}

no_network() {
    ! pidof dnsmasq && ! [ -e /sys/class/net/pvnat0 ]
}

nat() {
    ip link set eth0 up
    udhcpc -i eth0 -s /etc/udhcpc -t 10 -T 2 -n -q > /run/udhcpc.log 2>&1 || cat /run/udhcpc.log
    leavings > /tmp/before
    create_linux "<interface type='network'><source network='default'/></interface>"
    must [ -e /sys/class/net/pvnat0 ]
    ask "dhcp eth0" "guest: eth0 has 192.168.123" && did "a guest gets an address"
    ask "wget -q -O - http://10.0.2.2:$port/greeting; echo" "greetings from outside" &&
        did "a guest reaches the world"
    ask "nslookup linux 192.168.123.1 | grep -q '^Address.*192.168.123.[1-9][0-9]' && echo guest: is named" \
        "guest: is named" && did "the network knows the guest's name"
    # Another card while it runs, with an address of its own, and a daemon that died.
    kill -9 "$(pidof pvd)"
    wait_until pvctl list
    must pvctl net-attach linux --type network --mac 00:16:3e:00:00:77 --ip 192.168.123.77
    ask "dhcp eth1" "guest: eth1 has 192.168.123.77" && did "a card gets the address that it is given"
    server=$(pidof dnsmasq)
    kill -9 "$server"
    wait_until pidof dnsmasq
    must [ "$(pidof dnsmasq)" != "$server" ]
    ask "dhcp eth1; echo guest: again" "guest: again" && did "dnsmasq is started again"
    must pvctl net-detach linux 00:16:3e:00:00:77
    ask "[ -e /sys/class/net/eth1 ] || echo guest: one card" "guest: one card"
    must pvctl net-list linux
    must pvctl destroy linux
    wait_until no_network
    leavings > /tmp/after
    must cmp /tmp/before /tmp/after || diff /tmp/before /tmp/after
    did "nothing is left of the network"
}

ip link set lo up
"$part"
cat /run/pvd.log
echo "check: done"
