#!/bin/bash
# SPDX-License-Identifier: MIT
# Formats every C file of the tree; with --check only says which are not formatted, and fails.
set -eu
cd "$(dirname "$0")/.."

mode=(-i)
[ "${1:-}" != --check ] || mode=(--dry-run --Werror)

folders=()
for folder in hypercall-abi hypervisor pvguest toolstack tests; do
    [ ! -d "$folder" ] || folders+=("$folder")
done
find "${folders[@]}" -name '*.[ch]' -print0 | xargs -0 -r clang-format --style=file "${mode[@]}"
