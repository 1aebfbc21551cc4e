/* SPDX-License-Identifier: MIT */
/*
 * The control domain: the first one, made from what the boot loader brought.
 */
#ifndef PARAPET_CONTROL_CONTROL_DOMAIN_H
#define PARAPET_CONTROL_CONTROL_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/options.h"

struct control_domain_config {
    const void *kernel; /* an ELF file in the direct map */
    uint64_t kernel_bytes;
    const char *command_line;
    const void *module; /* ramdisk; NULL: none */
    uint64_t module_bytes;
    const struct size_limits *memory; /* dom0_mem= */
    uint32_t max_vcpus;               /* dom0_max_vcpus=; 0: one for each CPU */
    bool is_pinned;                   /* dom0_vcpus_pin: each vCPU to the CPU of its number */
};

/* control_start - once, before other CPUs run: makes the layers know each other. */
void control_start(void);

/*
 * control_domain_create - build it and let it run; the calling CPU then goes to its idle loop. What
 * the kernel or the options make impossible is a boot failure with one line that says why.
 */
void control_domain_create(const struct control_domain_config *config);

#endif
