# SPDX-License-Identifier: MIT
# What the hosts of the benchmark have in common; read by the others. The settings to run, one after the
# other, are words of the kernel's command line: bench.run=SETTING[*GUESTS],... as are bench.tests=,
# bench.tests_many= (for several guests at once) and bench.scale=.
GUEST_MIB=256
BENCH=/bench/bench_io

# Not the one inside the shell, which knows less.
ip() {
    /bin/ip "$@"
}

for word in $(cat /proc/cmdline); do
    case $word in
        bench.run=*) runs=$(echo "${word#*=}" | tr ',' ' ') ;;
        bench.tests=*) tests=${word#*=} ;;
        bench.tests_many=*) tests_many=${word#*=} ;;
        bench.scale=*) scale=${word#*=} ;;
        bench.disk_mib=*) disk_mib=${word#*=} ;;
    esac
done
disk_mib=${disk_mib:-64}
scale=${scale:-1}

# Disks in memory, each byte of them there; a bridge; the other side of the network's tests.
prepare_host() {
    while read -r module; do
        case $module in
            brd.ko) insmod /bench/modules/brd.ko rd_nr=4 rd_size=$((disk_mib * 1024)) max_part=0 ;;
            *) insmod "/bench/modules/$module" 2> /dev/null ;;
        esac
    done < /bench/modules/host.list
    for disk in 0 1 2 3; do
        [ -b /dev/ram$disk ] || echo "@F host: no disk /dev/ram$disk"
        dd if=/dev/zero of=/dev/ram$disk bs=1M 2> /dev/null
    done
    ip link set lo up
    ip link add xenbr0 type bridge
    ip link set xenbr0 up
    ip addr add 10.9.0.1/24 dev xenbr0
    $BENCH serve &
}

# The kernel's words of guest $1, with the devices $2 and the disk $3, for the tests of $guests guests.
guest_words() {
    local which=$tests
    [ "$guests" = 1 ] || which=$tests_many
    echo "quiet nokaslr bench.devices=$2 bench.disk=$3 bench.address=10.9.0.1$1" \
        "bench.tests=$which bench.scale=$scale"
}

# relay_guests COMMAND: each guest is run by COMMAND and its number. What counters there are,
# print_counters prints.
relay_guests() {
    local guest=0
    set -- "$1"
    local command=$1
    set --
    while [ $guest -lt "$guests" ]; do
        set -- "$@" "$command $guest"
        guest=$((guest + 1))
    done
    $BENCH relay "${counters:-}" "$@"
}

# Each setting as a function run_NAME; what it says in between is ours.
run_all() {
    local run
    for run in $runs; do
        setting=${run%%\**}
        guests=1
        case $run in *\**) guests=${run#*\*} ;; esac
        export setting guests
        echo "@S $setting $guests"
        "run_$(echo "$setting" | tr '-' '_')" || echo "@F $setting ended with $?"
        echo "@T $setting $guests"
    done
}
