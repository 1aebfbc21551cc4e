/* SPDX-License-Identifier: MIT */
/* Event channels of a test guest, two-level ABI. */
#include "guest.h"
#include "internal.h"

#define WORD_BITS 64u

static uint64_t taken[VCPUS_MAX];

static struct vcpu_info *registered[VCPUS_MAX];

struct vcpu_info *this_vcpu_info(void)
{
    uint32_t id = this_vcpu();

    return registered[id] ? registered[id] : &shared_info->vcpu_info[id];
}

void vcpu_info_is_at(uint32_t vcpu, struct vcpu_info *info)
{
    registered[vcpu] = info;
}

static uint64_t exchange(volatile uint64_t *word, uint64_t value)
{
    return __atomic_exchange_n(word, value, __ATOMIC_SEQ_CST);
}

static void take_word(unsigned word)
{
    uint64_t pending = shared_info->evtchn_pending[word] & ~shared_info->evtchn_mask[word];

    __atomic_fetch_and(&shared_info->evtchn_pending[word], ~pending, __ATOMIC_SEQ_CST);
    if (word == 0)
        taken[this_vcpu()] |= pending;
}

static void handle_upcall(struct guest_frame *frame)
{
    struct vcpu_info *info = this_vcpu_info();
    uint64_t words;

    (void)frame;
    __atomic_store_n(&info->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
    words = exchange(&info->evtchn_pending_sel, 0);
    for (unsigned word = 0; word < WORD_BITS; word++) {
        if (words >> word & 1)
            take_word(word);
    }
    /* iret brings back the mask that the frame holds, which was clear. */
}

void events_setup(void)
{
    struct callback_register callback = { .type = CALLBACKTYPE_event,
                                          .address = (uint64_t)guest_event_entry };

    on_entry(ENTRY_EVENT, handle_upcall);
    require_eq(hypercall(callback_op, CALLBACKOP_register, &callback), 0,
               "the event callback is set");
}

void events_enable(void)
{
    __atomic_store_n(&this_vcpu_info()->evtchn_upcall_mask, 0, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&this_vcpu_info()->evtchn_upcall_pending, __ATOMIC_SEQ_CST))
        (void)hypercall(xen_version, XENVER_version);
}

void events_disable(void)
{
    __atomic_store_n(&this_vcpu_info()->evtchn_upcall_mask, 1, __ATOMIC_SEQ_CST);
}

uint64_t events_taken(void)
{
    return exchange(&taken[this_vcpu()], 0);
}

bool event_is_pending(uint32_t port)
{
    return __atomic_load_n(&shared_info->evtchn_pending[port / WORD_BITS], __ATOMIC_SEQ_CST) >>
               port % WORD_BITS &
           1;
}

void event_clear(uint32_t port)
{
    __atomic_fetch_and(&shared_info->evtchn_pending[port / WORD_BITS], ~(1UL << port % WORD_BITS),
                       __ATOMIC_SEQ_CST);
}

void event_mask(uint32_t port, bool masked)
{
    uint64_t *word = &shared_info->evtchn_mask[port / WORD_BITS];
    uint64_t bit = 1UL << port % WORD_BITS;

    if (masked)
        __atomic_fetch_or(word, bit, __ATOMIC_SEQ_CST);
    else
        __atomic_fetch_and(word, ~bit, __ATOMIC_SEQ_CST);
}
