#!/bin/bash
# SPDX-License-Identifier: MIT
# clang-tidy over all C files of the tree. Usage: tidy.sh BUILD-FOLDER
set -eu
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
source_root=$(pwd)
status=0

tidy_folder() { # folder with compile commands, expression for source folders
    [ -f "$1/compile_commands.json" ] || return 0
    echo "clang-tidy $2"
    run-clang-tidy -quiet -j"$(nproc)" -p "$1" "^$source_root/$2/.*\.c$" || status=1
}

tidy_folder "$build/hypervisor-debug-clang" hypervisor
tidy_folder "$build/pvguest-clang" pvguest
tidy_folder "$build" "(toolstack|tests)"
exit $status
