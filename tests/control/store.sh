#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# For the system tests: the store, by its socket and through the kernel, while pvd is killed.
/check/store && echo "check: the store outlives pvd"
cat /run/pvd.log
echo "check: done"
