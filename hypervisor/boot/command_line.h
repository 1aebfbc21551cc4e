/* SPDX-License-Identifier: MIT */
/* The options that boot/ itself acts on; the others' targets are where they are used. */
#ifndef PARAPET_BOOT_COMMAND_LINE_H
#define PARAPET_BOOT_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "lib/options.h"

struct boot_options {
    uint32_t max_cpus; /* maxcpus= */
    bool smap;         /* smap= */
    struct size_limits dom0_mem;
    uint32_t dom0_max_vcpus; /* 0: not given */
    bool dom0_vcpus_pin;     /* dom0_vcpus_pin */
    bool selftest;           /* debug builds: see boot/self_test.c */
    uint32_t test_domains;   /* debug builds: neighbours of the control domain */
    char provoke[16];        /* debug builds: what to break, see boot/provoke.h */
};

extern struct boot_options boot_options;

/* Applies the words of @line; 0, or -EINVAL and one line in @error. */
MUST_CHECK int command_line_apply(const char *line, char *error, size_t error_bytes);

#endif
