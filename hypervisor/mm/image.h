/* SPDX-License-Identifier: MIT */
/* Where the linker put the parts of the image (boot/parapet.ld); each ends on a page border. */
#ifndef PARAPET_MM_IMAGE_H
#define PARAPET_MM_IMAGE_H

#include <stdint.h>

/* Addresses above HYPERVISOR_VIRT; the machine address is the distance from it. */
struct image {
    uint64_t text_start, text_end;
    uint64_t rodata_start, rodata_end;
    uint64_t data_start, end; /* data, then everything that starts as zero */
    uint64_t boot_cpu_region; /* in the latter: the boot CPU's structure and stacks */
};

/* In host tests fake_arch's. */
void image_get(struct image *image);

#endif
