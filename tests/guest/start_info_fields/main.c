/* SPDX-License-Identifier: MIT */
/*
 * start_info describes the domain and where the builder put things (xen.h; abi-facts 1.3, 1.6).
 *
 * Machine: command="one two=3"
 */
#include "guest.h"

extern uint8_t image_end[];

void test_main(void)
{
    uint64_t tables_end = start_info->pt_base + start_info->nr_pt_frames * 4096;

    expect(start_info->flags & SIF_PRIVILEGED, "privileged");
    expect(start_info->flags & SIF_INITDOMAIN, "the control domain");
    expect_eq(strcmp((const char *)start_info->cmd_line, "one two=3"), 0, "command line");
    expect_eq(start_info->store_mfn, 0, "no store page");
    expect_eq(start_info->store_evtchn, 0, "no store port");
    expect_eq(start_info->mod_start, 0, "no module");
    expect_eq(start_info->mod_len, 0, "of no length");
    expect_eq(start_info->shared_info & 4095, 0, "shared_info is a machine address of a page");
    expect((uint64_t)start_info >= (uint64_t)image_end, "start_info is behind the image");
    expect(start_info->mfn_list >= (uint64_t)image_end, "so is the p2m list");
    expect((uint64_t)start_info >= start_info->mfn_list + start_info->nr_pages * 8,
           "which comes before start_info");
    expect(start_info->pt_base == (uint64_t)start_info + 4096, "the page tables come next");
    expect(tables_end < VIRT_BASE + start_info->nr_pages * 4096, "within the domain's memory");
    expect_eq(start_info->first_p2m_pfn, 0, "the list is not apart");
    expect_eq(hypercall(memory_op, XENMEM_current_reservation, &(domid_t){ DOMID_SELF }),
              (long)start_info->nr_pages, "the domain has that many pages");
}
