/* SPDX-License-Identifier: MIT */
#include "mm/image.h"

extern const char text_start[], text_end[], rodata_start[], rodata_end[];
extern const char data_start[], image_end[], boot_cpu_region[];

void image_get(struct image *image)
{
    *image = (struct image){
        .text_start = (uint64_t)text_start,
        .text_end = (uint64_t)text_end,
        .rodata_start = (uint64_t)rodata_start,
        .rodata_end = (uint64_t)rodata_end,
        .data_start = (uint64_t)data_start,
        .end = (uint64_t)image_end,
        .boot_cpu_region = (uint64_t)boot_cpu_region,
    };
}
