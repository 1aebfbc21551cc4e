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
. /check/leavings.sh

# All of it: routes and programs too.
traces() {
    leavings
    ip route
    pidof dnsmasq
}

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
    wait $console 2> /dev/null
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

# linux_xml DEVICES...: the XML of a guest with Debian's kernel and these devices, /tmp/linux.xml.
linux_xml() {
    cat > /tmp/linux.xml << END
<domain type='xen'>
  <name>linux</name>
  <memory unit='MiB'>128</memory>
  <vcpu>2</vcpu>
  <os>
    <type arch='x86_64' machine='xenpv'>linux</type>
    <kernel>/boot/vmlinuz</kernel><initrd>/check/guest-initrd</initrd><cmdline>console=hvc0 quiet</cmdline>
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
    traces > /tmp/after
    cmp -s /tmp/before /tmp/after || fail "left behind: $(diff /tmp/before /tmp/after)"
}

no_network() {
    ! pidof dnsmasq && ! [ -e /sys/class/net/pvnat0 ]
}

nat() {
    ip link set eth0 up
    udhcpc -i eth0 -s /etc/udhcpc -t 10 -T 2 -n -q > /run/udhcpc.log 2>&1 || cat /run/udhcpc.log
    traces > /tmp/before
    create_linux "<interface type='network'><source network='default'/></interface>"
    must [ -e /sys/class/net/pvnat0 ]
    ask "dhcp eth0" "guest: eth0 has 192.168.123" && did "a guest gets an address"
    ask "wget -q -O - http://10.0.2.2:$port/greeting; echo" "greetings from outside" &&
        did "a guest reaches the world"
    ask "nslookup linux 192.168.123.1 | grep -q '^Address.*192.168.123.[1-9][0-9]' && say is named" \
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
    ask "dhcp eth1; say again" "guest: again" && did "dnsmasq is started again"
    must pvctl net-detach linux 00:16:3e:00:00:77
    ask "[ -e /sys/class/net/eth1 ] || say one card" "guest: one card"
    must pvctl net-list linux
    must pvctl destroy linux
    wait_until no_network
    traces > /tmp/after
    cmp -s /tmp/before /tmp/after || fail "left behind: $(diff /tmp/before /tmp/after)"
    did "nothing is left of the network"
}

# What both ends of a device agreed on: agreed DEVICE TEXT...
agreed() {
    device=$1
    shift
    pvctl --json device-info linux "$device" > /tmp/agreed || fail "no device-info of $device"
    for text in "$@"; do
        grep -q "$text" /tmp/agreed || fail "$device: no $text: $(cat /tmp/agreed)"
    done
}

make_bridge() {
    ip link add xenbr0 type bridge
    ip link set xenbr0 up
    ip addr add 10.9.0.1/24 dev xenbr0
}

bridged() {
    echo "<interface type='bridge'><source bridge='xenbr0'/><mac address='00:16:3e:00:00:10'/>
        <target dev='web0'/><mtu size='1400'/><bandwidth><outbound average='20000'/></bandwidth></interface>"
}

disk() {
    echo "<disk type='file'><source file='/tmp/$1.img'/><target dev='$2'/></disk>"
}

# Plugs and pulls a disk while the guest reads and writes it and another one.
disks_under_load() {
    ask "load xvda; say xvda is busy" "guest: xvda is busy"
    for round in 1 2 3; do
        must pvctl disk-attach linux /tmp/more.img xvdb
        ask "there /dev/xvdb; load xvdb; sleep 1; say load $round" "guest: load $round"
        must pvctl disk-detach linux xvdb
        ask "gone /dev/xvdb; say pulled $round" "guest: pulled $round"
    done
    did "a disk comes and goes under load"
    # A guest that cannot answer is waited for, and lets go later; or is not asked.
    must pvctl disk-attach linux /tmp/more.img xvdb
    ask "there /dev/xvdb; load xvdb; say load again" "guest: load again"
    must pvctl pause linux
    exits 10 "does not let go of vbd" pvctl disk-detach linux xvdb --timeout 2
    must pvctl unpause linux
    ask "gone /dev/xvdb; say let go" "guest: let go"
    wait_until no_disk xvdb
    did "a guest that cannot answer lets go later"
    must pvctl disk-attach linux /tmp/more.img xvdb
    ask "there /dev/xvdb; load xvdb; say load once more" "guest: load once more"
    must pvctl pause linux
    must pvctl disk-detach linux xvdb --force
    must pvctl unpause linux
    ask "gone /dev/xvdb; say was forced" "guest: was forced" && did "a disk is taken by force"
    ask "killall dd; cmp /dev/xvda /dev/xvda && md5sum < /dev/xvda" "$(md5sum < /tmp/linux.img)" &&
        did "the other disk is as it was"
}

no_disk() { ! pvctl disk-list linux | grep -q "$1"; }

# Whose image is it? And block devices, CD drives, disks that are shared.
disks_of_all_kinds() {
    exits 6 "in use by another guest" pvctl disk-attach linux /tmp/linux.img xvdc
    truncate -s 8M /tmp/block.img
    must losetup /dev/loop6 /tmp/block.img
    must pvctl disk-attach linux /dev/loop6 xvdc
    exits 6 "in use" pvctl disk-attach linux /dev/loop6 xvdd
    exits 1 "in use" mke2fs -q /dev/loop6
    kill -9 "$(pidof pvd)"
    wait_until pvctl list
    exits 6 "in use" pvctl disk-attach linux /dev/loop6 xvdd
    ask "there /dev/xvdc; echo by the guest | dd of=/dev/xvdc conv=fsync,sync; say wrote" "guest: wrote"
    must pvctl disk-detach linux xvdc
    [ "$(head -c 12 /tmp/block.img)" = "by the guest" ] || fail "the block device has not what was written"
    must losetup -d /dev/loop6
    must pvctl disk-attach linux /tmp/more.img xvde --cdrom
    must pvctl disk-attach linux /tmp/more.img xvdf --readonly
    exits 6 "in use by another guest" pvctl disk-attach linux /tmp/more.img xvdg
    ask "there /dev/xvde; there /dev/xvdf; say ro \$(echo \$(cat /sys/block/xvd[ef]/ro))" "guest: ro 1 1"
    agreed xvde '"backend/device-type": "cdrom"' '"backend/mode": "r"'
    must pvctl disk-detach linux xvde
    must pvctl disk-detach linux xvdf
    must pvctl disk-attach linux /tmp/more.img xvdg --shareable
    must pvctl disk-attach linux /tmp/more.img xvdh --shareable
    must pvctl disk-detach linux xvdg
    must pvctl disk-detach linux xvdh
    did "disks of all kinds"
}

plug() {
    make_bridge
    dd if=/dev/urandom of=/tmp/linux.img bs=1M count=8 2> /dev/null
    truncate -s 8M /tmp/more.img
    traces > /tmp/before
    create_linux "$(disk linux xvda)$(bridged)"
    agreed xvda '"queues": 2' '"persistent_grants": true' '"indirect_segments": 256' '"state": "connected"'
    agreed vif0 '"queues": 2' '"scatter_gather": true' '"segmentation": true' '"ports_each_way": true' \
        '"backend/rate": "1024000,50000"' '"backend/vifname": "web0"'
    did "disk and card agree on queues, persistent grants and indirect requests"
    must [ "$(cat /sys/class/net/web0/mtu)" = 1400 ]
    must [ -e /sys/class/net/xenbr0/brif/web0 ]
    disks_under_load
    disks_of_all_kinds
    destroy_linux
    did "nothing is left of the disks"
}

# Cards while the guest is talked to.
cards_under_load() {
    ask "up eth0 10.9.0.2; ping -c 1 10.9.0.1 > /dev/null && say eth0 is up" "guest: eth0 is up"
    must ping -c 3 -s 1300 10.9.0.2
    for round in 1 2 3; do
        must pvctl net-attach linux --bridge xenbr0 --mac 00:16:3e:00:00:20
        ask "there /sys/class/net/eth1; up eth1 10.8.0.2; say card $round" "guest: card $round"
        ping -A -s 1400 10.8.0.2 > /tmp/pings &
        pinger=$!
        wait_until grep -q "seq=20 " /tmp/pings
        must pvctl net-detach linux 00:16:3e:00:00:20
        kill $pinger
        ask "gone /sys/class/net/eth1; say pulled $round" "guest: pulled $round"
    done
    must ping -c 3 10.9.0.2
    did "a card comes and goes under load"
}

# The control domain is the guest's gateway.
routed() {
    must pvctl net-attach linux --type routed --ip 10.7.0.2 --mac 00:16:3e:00:00:30
    ip route | grep -q "^10.7.0.2 dev vif" || fail "no route: $(ip route)"
    ask "there /sys/class/net/eth1; up eth1 10.7.0.2; say has a route" "guest: has a route"
    must ping -c 3 10.7.0.2
    # What is not near is asked for on the wire, and the control domain answers for it.
    ask "ip addr flush dev eth0; ip route add 10.9.0.0/24 dev eth1; ping -c 3 10.9.0.1 | grep -q ' 0% packet' && say is routed" "guest: is routed" && did "a card is routed"
    exits 6 "route" pvctl net-attach linux --type routed --ip 10.7.0.2
    must pvctl net-detach linux 00:16:3e:00:00:30
    ! ip route | grep -q "^10.7.0.2" || fail "the route stays"
}

# A script of the administrator's, as xl would run it; and one that fails.
scripted() {
    mkdir -p /etc/pvctl/scripts
    cat > /etc/pvctl/scripts/own << 'END'
#!/bin/busybox sh
echo "$1 $2 $script $XENBUS_TYPE $XENBUS_PATH $XENBUS_BASE_PATH" >> /tmp/own.log
[ "$1" = offline ] || { ip link set "$vif" master xenbr0; ip link set "$vif" up; }
END
    printf '#!/bin/busybox sh\necho there is no cable >&2; exit 7\n' > /etc/pvctl/scripts/broken
    chmod 755 /etc/pvctl/scripts/*
    for name in own broken; do
        echo "<interface type='ethernet'><mac address='00:16:3e:00:00:40'/><script path='/etc/pvctl/scripts/$name'/></interface>" \
            > /tmp/$name.xml
    done
    must pvctl net-attach linux /tmp/own.xml
    ask "there /sys/class/net/eth1; up eth1 10.8.0.2; say has a script" "guest: has a script"
    must ping -c 3 10.8.0.2
    must pvctl net-detach linux 00:16:3e:00:00:40
    grep -q "online type_if=vif /etc/pvctl/scripts/own vif /local/domain/0/backend/vif/[0-9]*/1 backend" /tmp/own.log &&
        grep -q "offline type_if=vif" /tmp/own.log || fail "the script: $(cat /tmp/own.log)"
    exits 1 "there is no cable" pvctl net-attach linux /tmp/broken.xml
    wait_until no_card 00:16:3e:00:00:40
    did "a script sets a card up"
}

no_card() { ! pvctl net-list linux | grep -q "$1"; }

# A domain that has no back ends is none to serve a device.
served() {
    exits 5 "no domain nobody" pvctl net-attach linux /tmp/nobody.xml
}

cards() {
    make_bridge
    ip addr add 10.8.0.1/24 dev xenbr0
    echo 1 > /proc/sys/net/ipv4/ip_forward
    traces > /tmp/before
    create_linux "<interface type='bridge'><source bridge='xenbr0'/></interface>"
    cards_under_load
    routed
    scripted
    echo "<interface type='bridge'><backenddomain name='nobody'/></interface>" > /tmp/nobody.xml
    served
    destroy_linux
    did "nothing is left of the cards"
}

ip link set lo up
"$part"
cat /run/pvd.log
echo "check: done"
