#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# For the system tests' scripts, which source it: guests at whose consoles somebody sits. Every failure is a
# line "check: FAILED ...".
fail() {
    echo "check: FAILED $*"
    tail -n 20 /run/pvd.log
}
must() { "$@" || fail "$*"; }

# says NAME TEXT: the console has it, now or soon.
says() {
    tries=0
    while ! grep -q "$2" "/var/log/pvd/$1.log" 2> /dev/null; do
        tries=$((tries + 1))
        [ $tries -lt 4000 ] || { fail "$1 does not say \"$2\""; tail -n 15 "/var/log/pvd/$1.log"; return 1; }
        usleep 200000
    done
}

# sit_at NAME: what is written to descriptor 3 from then on is typed to the guest.
sit_at() {
    rm -f /tmp/keys
    mkfifo /tmp/keys
    pvctl console "$1" < /tmp/keys > /dev/null &
    exec 3> /tmp/keys
}

new_bridge() {
    ip link set lo up
    ip link add xenbr0 type bridge
    ip link set xenbr0 up
}
