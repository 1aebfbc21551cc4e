#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# For the system tests: guests that start by PV-GRUB, from disks that tests/system/pv_grub.py has made.
. /check/guest_console.sh
new_bridge
mkdir -p /var/lib/parapet

# create DISK
create() {
    rm -f /var/log/pvd/pv-grub.log
    cp "/check/disks/$1" /var/lib/parapet/debian.img
    must pvctl create "/check/${2:-pv-grub}.xml" > /dev/null
}

gone() { must pvctl wait pv-grub --for gone > /dev/null; }

# A disk without a menu: the prompt, at which commands work.
create blank
says pv-grub "Welcome to GRUB!"
says pv-grub "grub> " && echo "check: PV-GRUB has its prompt"
sit_at pv-grub
printf 'echo answer $feature_menuentry_id\r' >&3
says pv-grub "answer y" && echo "check: it does what is typed"
printf 'ls\r' >&3
says pv-grub "(xen/xvda)" && echo "check: it sees the disk"
printf 'halt\r' >&3
gone

# A menu, in which somebody chooses.
create menu
says pv-grub "Stay" && says pv-grub "Power off" && echo "check: PV-GRUB has its menu"
sit_at pv-grub
printf 'o' >&3 # a key of the second entry
gone
echo "check: the menu does what is chosen"

# A kernel on the disk, which is the first in the menu; by the other way to say the same.
sed 's#<os>#<bootloader>pygrub</bootloader><os>#; /<kernel>/d' /check/pv-grub.xml > /check/pygrub.xml
create kernel pygrub
says pv-grub "PARAPET-GUEST root=/dev/xvda menu=first" && echo "check: it starts the kernel on the disk"
gone
echo "check: done"
