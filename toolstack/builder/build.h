/* SPDX-License-Identifier: MIT */
/* A domain being built; internal to the folder. */
#ifndef PARAPET_TOOLSTACK_BUILDER_BUILD_H
#define PARAPET_TOOLSTACK_BUILDER_BUILD_H

#include "builder/builder.h"
#include "builder/kernel_elf.h"
#include "builder/layout.h"

struct build {
    struct control *control;
    const struct build_request *request;
    struct built_domain *built;
    struct error *error;

    struct buffer elf;
    struct buffer ramdisk;
    struct kernel_elf kernel;
    struct layout layout;
    uint64_t *p2m; /* frame of each pfn */
    uint64_t shared_info_mfn;
};

/* An answer of the hypervisor that should not have been: -1, with what was tried. */
MUST_CHECK int build_refused(struct build *build, const char *what, int result);

/* build_write - copy to the domain's memory from pfn @pfn on. */
MUST_CHECK int build_write(struct build *build, uint64_t pfn, const void *from, uint64_t bytes);

/* Kernel, ramdisk, p2m list, start_info and page tables into the domain's memory. */
MUST_CHECK int build_fill_memory(struct build *build);

#endif
