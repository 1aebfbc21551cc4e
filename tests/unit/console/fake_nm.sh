#!/bin/sh
# SPDX-License-Identifier: MIT
# What nm would list of an image that symbols_test.c knows.
cat <<END
.hidden_section t ffff810000100000 0
boot_entry T 100000 40
domain_create T ffff810000102000 200
domain_create_late t ffff810000102200 10
domain_destroy T ffff810000102210 f0
entry_start T ffff810000100000 100
frame_alloc T ffff810000180000 1000
END
