#!/bin/bash
# SPDX-License-Identifier: MIT
# Makes a rescue ISO that boots the hypervisor by Multiboot 2, from BIOS and from UEFI.
#
# Usage: make_iso.sh OUTPUT.iso HYPERVISOR "OPTIONS" [MODULE-FILE "MODULE-OPTIONS"]...
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

output=$1 hypervisor=$2 options=$3
shift 3

tree=$(mktemp -d)
log=$(mktemp) # not in the tree, which must not change while it is read
trap 'rm -rf "$tree" "$log"' EXIT
mkdir -p "$tree/boot/grub"
cp "$hypervisor" "$tree/boot/parapet"

modules=
while [ $# -gt 0 ]; do
    name=$(basename "$1")
    cp "$1" "$tree/boot/$name"
    modules+="module2 /boot/$name ${2:-}"$'\n'
    shift $(($# > 1 ? 2 : 1))
done

configuration=$(cat "$here/grub.cfg")
configuration=${configuration//@OPTIONS@/"$options"}
configuration=${configuration//@MODULES@/"$modules"}
printf '%s\n' "$configuration" > "$tree/boot/grub/grub.cfg"

if ! grub-mkrescue -o "$output" "$tree" > "$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
