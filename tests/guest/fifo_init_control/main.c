/* SPDX-License-Identifier: MIT */
/*
 * init_control gives a vCPU its control block, in a page that is the guest's and writable, at an aligned
 * offset with room for 72 bytes; once for each vCPU. From then on the domain's ports are words of the FIFO ABI.
 * (abi-facts 7.1, 7.3)
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "events.h"

static long init(uint64_t frame, uint32_t offset, uint32_t vcpu)
{
    struct evtchn_init_control op = { .control_gfn = frame, .offset = offset, .vcpu = vcpu };

    return evtchn(init_control, &op);
}

void test_main(void)
{
    uint64_t page = mfn_of(page_new());
    struct evtchn_expand_array expand = { .array_gfn = page };
    struct evtchn_set_priority priority = { .port = port_unbound(), .priority = 3 };

    expect_eq(evtchn(expand_array, &expand), -XEN_ENOSYS, "words before a control block");
    expect_eq(evtchn(set_priority, &priority), -XEN_ENOSYS, "a priority before a control block");

    expect_eq(init(page, 4, 0), -XEN_EINVAL, "an offset that is not a multiple of 8");
    expect_eq(init(page, 4096 - 64, 0), -XEN_EINVAL, "a block that crosses the page");
    expect_eq(init(page, 4096, 0), -XEN_EINVAL, "an offset outside the page");
    expect_eq(init(page, 0xfffffff8, 0), -XEN_EINVAL, "the largest offset");
    expect_eq(init(page, 0, 2), -XEN_ENOENT, "no such vCPU");
    expect_eq(init(page, 0, ~0u), -XEN_ENOENT, "the largest number of a vCPU");
    expect_eq(init(mfn_of((void *)start_info->pt_base), 0, 0), -XEN_EINVAL, "a page table");
    expect_eq(init(0, 0, 0), -XEN_EINVAL, "a frame that is not the domain's");
    expect_eq(init(~0UL >> 12, 0, 0), -XEN_EINVAL, "a frame that is no RAM");
    expect_eq(init(~0UL, 0, 0), -XEN_EINVAL, "the largest frame number");
    expect_eq(evtchn(set_priority, &priority), -XEN_ENOSYS, "still by the 2-level ABI");

    expect_eq(init(page, 4096 - 72, 0), 0, "a block at the page's end");
    expect_eq(init(page, 0, 0), -XEN_EINVAL, "a second one");
    expect_eq(init(page, 0, 1), 0, "one for vCPU 1 in the same page");
    expect_eq(init(page, 128, 1), -XEN_EINVAL, "a second one for vCPU 1");
    expect_eq(evtchn(expand_array, &expand), 0, "words in the same page");
    expect_eq(evtchn(set_priority, &priority), 0, "a priority");
}
