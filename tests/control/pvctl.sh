#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# For the system tests: each command of pvctl, once, against pvd and the hypervisor. What comes back
# is printed as lines "check: pvctl WANTED-EXIT EXIT COMMAND-LINE : BASE64 OF THE OBJECT".

# does EXIT COMMAND...: with --json
does() {
    wanted=$1
    shift
    pvctl --json "$@" > /tmp/printed 2> /tmp/said
    echo "check: pvctl $wanted $? $* : $(base64 /tmp/printed | tr -d '\n')"
    [ ! -s /tmp/said ] || sed 's/^/check: said: /' /tmp/said
}

mkdir -p /var/lib/parapet
dd if=/dev/zero of=/var/lib/parapet/pvguest.img bs=1M count=8 2> /dev/null
dd if=/dev/zero of=/var/lib/parapet/second.img bs=1M count=4 2> /dev/null
ip link add xenbr0 type bridge
ip link set xenbr0 up
guest=/check/pvguest.xml

pvctl events --json > /tmp/events &
events=$!

does 0 version
does 0 daemon status
does 0 info
does 0 capabilities
does 0 list
does 0 check $guest
does 0 create $guest --dry-run
does 5 dominfo pvguest
does 0 create $guest
does 6 create $guest
does 0 wait pvguest --for running --timeout 100
does 0 list --all
does 0 dominfo pvguest
does 0 domstate pvguest --reason
does 0 dumpxml pvguest
does 0 vcpu-list pvguest
does 0 vcpu-pin pvguest all 0
does 0 sched
does 0 sched pvguest --weight 512 --cap 150
does 0 stats
does 0 stats pvguest
does 0 top --once
does 0 top --once --hypercalls
does 0 disk-list pvguest
does 0 net-list pvguest
does 0 device-info pvguest xvda
does 6 image-clone /var/lib/parapet/pvguest.img /var/lib/parapet/third.img
does 0 image-clone /var/lib/parapet/second.img /var/lib/parapet/third.img
does 6 image-clone /var/lib/parapet/second.img /var/lib/parapet/third.img
does 3 image-clone /var/lib/parapet/none.img /var/lib/parapet/fourth.img
does 0 pause pvguest
does 0 wait pvguest --for paused --timeout 100
does 0 unpause pvguest
does 0 rename pvguest other
does 5 domstate pvguest
does 0 domstate other
does 0 rename other pvguest
does 0 dmesg
does 0 mitigations
does 0 mitigations pvguest
does 0 memory-map pvguest
does 3 disk-attach pvguest /var/lib/parapet/none.img xvdb
does 6 disk-attach pvguest /var/lib/parapet/pvguest.img xvdb
does 5 disk-detach pvguest xvdz
does 5 net-detach pvguest 7
does 5 destroy nobody
pvctl logs pvguest | sed 's/^/check: logs: /'
pvctl list
does 0 define $guest
does 0 autostart pvguest
does 0 shutdown pvguest --timeout 200
does 0 wait pvguest --for gone --timeout 100
does 0 list
does 0 why pvguest
pvctl logs pvguest | tail -n 1 | sed 's/^/check: last: /'
does 0 autostart --start-all
before=$(pvctl list | sed -n 's/^pvguest *//p' | cut -d' ' -f1)
does 0 reboot pvguest
tries=0
while [ $tries -lt 1000 ]; do
    id=$(pvctl list | sed -n 's/^pvguest *//p' | cut -d' ' -f1)
    case $id in
        '' | -* | "$before") usleep 200000 ;; # gone, or being built
        *) break ;;
    esac
    tries=$((tries + 1))
done
echo "check: domain $before came again as $id"
does 0 wait pvguest --for running --timeout 200
does 0 destroy pvguest
does 0 wait pvguest --for gone
does 0 undefine pvguest
kill -INT $events
sed 's/^/check: event: /' /tmp/events
# One client types at a console; another may look on, or take its place.
does 0 create $guest
sleep 1000 | pvctl console pvguest > /tmp/typist &
typist=$!
# It types since it sees what the guest printed.
tries=0
while [ ! -s /tmp/typist ] && [ $tries -lt 1000 ]; do
    usleep 100000
    tries=$((tries + 1))
done
does 6 console pvguest < /dev/null
kill $typist
pvctl stats
pvctl top --once
pvctl memory-map pvguest
pvctl daemon status
does 0 destroy pvguest
# It crashes, is started again five times, and then no more.
sed 's/stay/init=none/; s/<on_crash>preserve/<on_crash>restart/' $guest > /tmp/crash.xml
does 0 create /tmp/crash.xml
does 0 wait pvguest --for gone --timeout 300
tries=0
until pvctl why pvguest 2> /dev/null | grep -q "not started again" || [ $tries -ge 300 ]; do
    usleep 500000
    tries=$((tries + 1))
done
pvctl why pvguest | sed 's/^/check: loop: /'
does 0 list --all
losetup -a | sed 's/^/check: left: /'
ls /sys/class/net/xenbr0/brif | sed 's/^/check: left: /'
sed 's/^/check: pvd: /' /run/pvd.log
echo "check: done"
