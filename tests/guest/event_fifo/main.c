/* SPDX-License-Identifier: MIT */
/*
 * The FIFO ABI: a control block per vCPU, event words in pages of the guest, queues by priority
 * (event_channel.h; abi-facts 7.3).
 */
#include "guest.h"

#define WORD_PENDING (1u << 31)
#define WORD_MASKED  (1u << 30)
#define WORD_LINKED  (1u << 29)
#define LINK_MASK    0x1ffffu

static uint8_t control_page[4096] PAGE_ALIGNED;
static volatile uint32_t words[1024] PAGE_ALIGNED;

static long init_control(uint64_t gfn, uint32_t offset, uint32_t vcpu)
{
    struct evtchn_init_control init = { .control_gfn = gfn, .offset = offset, .vcpu = vcpu };

    return hypercall(event_channel_op, EVTCHNOP_init_control, &init);
}

static long expand(uint64_t gfn)
{
    return hypercall(event_channel_op, EVTCHNOP_expand_array, &gfn);
}

void test_main(void)
{
    struct evtchn_fifo_control_block *control =
        (struct evtchn_fifo_control_block *)(void *)(control_page + 64);
    struct evtchn_bind_ipi a = { 0 }, b = { 0 };
    struct evtchn_set_priority priority = { .priority = 3 };

    require_eq(hypercall(event_channel_op, EVTCHNOP_bind_ipi, &a), 0, "a port");
    priority.port = a.port;
    expect_eq(hypercall(event_channel_op, EVTCHNOP_set_priority, &priority), -XEN_ENOSYS,
              "no priorities in the two-level ABI");
    expect(expand(mfn_of(words)) < 0, "nor event words");
    expect_eq(init_control(mfn_of(control_page), 4096 - 64, 0), -XEN_EINVAL, "beyond the page");
    expect_eq(init_control(mfn_of(control_page), 12, 0), -XEN_EINVAL, "not aligned");
    expect(init_control(0xfffffffffUL, 0, 0) < 0, "no such frame");
    expect(init_control(mfn_of((void *)start_info->pt_base), 0, 0) < 0, "a page table");
    expect(init_control(mfn_of(control_page), 64, 5) < 0, "no such vCPU");
    expect_eq(init_control(mfn_of(control_page), 64, 0), 0, "a good one");
    expect(init_control(mfn_of(control_page), 64, 0) < 0, "once");
    expect(expand(mfn_of((void *)start_info->pt_base)) < 0, "a page table as words");
    expect_eq(expand(mfn_of(words)), 0, "event words");

    require_eq(hypercall(event_channel_op, EVTCHNOP_bind_ipi, &b), 0, "another port");
    expect_eq(hypercall(event_channel_op, EVTCHNOP_set_priority, &priority), 0, "priority 3");
    priority.priority = 16;
    expect_eq(hypercall(event_channel_op, EVTCHNOP_set_priority, &priority), -XEN_EINVAL, "16");

    words[a.port] &= ~WORD_MASKED;
    words[b.port] |= WORD_MASKED;
    expect_eq(hypercall(event_channel_op, EVTCHNOP_send, &b.port), 0, "to a masked port");
    expect(words[b.port] & WORD_PENDING, "it is pending");
    expect(!(words[b.port] & WORD_LINKED), "and in no queue");
    expect_eq(control->ready, 0, "no queue is ready");
    expect_eq(hypercall(event_channel_op, EVTCHNOP_send, &a.port), 0, "to one that is not");
    expect((words[a.port] & (WORD_PENDING | WORD_LINKED)) == (WORD_PENDING | WORD_LINKED),
           "it is pending and in a queue");
    expect_eq(control->ready, 8, "that of priority 3 is ready");
    expect_eq(control->head[3], (long)a.port, "and begins with it");
    expect(shared_info->vcpu_info[0].evtchn_upcall_pending, "an upcall is pending");

    words[b.port] &= ~WORD_MASKED;
    expect_eq(hypercall(event_channel_op, EVTCHNOP_unmask, &b.port), 0, "the other is unmasked");
    expect_eq(control->ready & (1 << 7), 1 << 7, "its queue, of the default priority, is ready");
    expect_eq(control->head[7], (long)b.port, "and begins with it");
}
