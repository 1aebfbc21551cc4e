/* SPDX-License-Identifier: MIT */
/*
 * Puts a kernel, its module and everything it expects at its start into a new domain.
 */
#ifndef PARAPET_CONTROL_DOMAIN_BUILD_H
#define PARAPET_CONTROL_DOMAIN_BUILD_H

#include <stdint.h>

#include "domain/domain.h"
#include "hypercall-abi/start_info.h"
#include "lib/compiler.h"

struct build_request {
    const void *kernel; /* an ELF file */
    uint64_t kernel_bytes;
    const char *command_line;
    const void *module; /* ramdisk, NULL: none */
    uint64_t module_bytes;
    uint64_t nr_pages;
    const struct dom0_vga_console_info *vga; /* control domain: the screen, or NULL */
};

/*
 * domain_build - give @d, which has its vCPUs and no memory, @nr_pages and a first state, so that
 * vCPU 0 starts the kernel when the domain is unpaused. 0, or a negative errno and *@why, one
 * line for whoever chose the kernel; then the domain is to be destroyed.
 */
MUST_CHECK int domain_build(struct domain *d, const struct build_request *request,
                            const char **why);

#endif
