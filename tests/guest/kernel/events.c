/* SPDX-License-Identifier: MIT */
#include "events.h"

#define WORDS_PER_PAGE (4096u / sizeof(event_word_t))

struct evtchn_fifo_control_block *fifo_control;
static event_word_t *fifo_pages[FIFO_PAGES_MAX];
static unsigned fifo_page_count;

uint32_t port_unbound(void)
{
    struct evtchn_alloc_unbound op = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };

    require_eq(evtchn(alloc_unbound, &op), 0, "an unbound port");
    return op.port;
}

uint32_t port_ipi(uint32_t vcpu)
{
    struct evtchn_bind_ipi op = { .vcpu = vcpu };

    require_eq(evtchn(bind_ipi, &op), 0, "a port for IPIs");
    return op.port;
}

uint32_t port_virq(uint32_t virq, uint32_t vcpu)
{
    struct evtchn_bind_virq op = { .virq = virq, .vcpu = vcpu };

    require_eq(evtchn(bind_virq, &op), 0, "a port for a virtual interrupt");
    return op.port;
}

void port_pair(uint32_t port[2])
{
    struct evtchn_bind_interdomain op = { .remote_dom = DOMID_SELF };

    port[0] = port_unbound();
    op.remote_port = port[0];
    require_eq(evtchn(bind_interdomain, &op), 0, "two ports are bound");
    port[1] = op.local_port;
    event_clear(port[1]);
}

long port_send(uint32_t port)
{
    struct evtchn_send op = { .port = port };

    return evtchn(send, &op);
}

long port_close(uint32_t port)
{
    struct evtchn_close op = { .port = port };

    return evtchn(close, &op);
}

long port_unmask(uint32_t port)
{
    struct evtchn_unmask op = { .port = port };

    return evtchn(unmask, &op);
}

long port_to_vcpu(uint32_t port, uint32_t vcpu)
{
    struct evtchn_bind_vcpu op = { .port = port, .vcpu = vcpu };

    return evtchn(bind_vcpu, &op);
}

struct evtchn_status port_status(uint32_t port)
{
    struct evtchn_status op = { .dom = DOMID_SELF, .port = port };

    require_eq(evtchn(status, &op), 0, "the status of a port");
    return op;
}

/* ---- FIFO ---- */

long fifo_init_control(uint32_t vcpu, const void *page, uint32_t offset)
{
    struct evtchn_init_control op = { .control_gfn = mfn_of(page), .offset = offset, .vcpu = vcpu };
    long result = evtchn(init_control, &op);

    if (result == 0)
        expect_eq(op.link_bits, EVTCHN_FIFO_LINK_BITS, "bits of a link");
    return result;
}

void fifo_expand(void)
{
    event_word_t *page = page_new();
    struct evtchn_expand_array op = { .array_gfn = mfn_of(page) };

    require(fifo_page_count < FIFO_PAGES_MAX, "room for a page of event words");
    fifo_pages[fifo_page_count++] = page;
    require_eq(evtchn(expand_array, &op), 0, "a page of event words");
}

void fifo_setup(void)
{
    fifo_control = page_new();
    require_eq(fifo_init_control(0, fifo_control, 0), 0, "the control block");
    fifo_expand();
}

volatile event_word_t *fifo_word(uint32_t port)
{
    return &fifo_pages[port / WORDS_PER_PAGE][port % WORDS_PER_PAGE];
}

/* Takes a word's link and LINKED away; the hypervisor may link another port behind it meanwhile. */
static uint32_t unlink(volatile event_word_t *word)
{
    event_word_t old = *word;

    while (!__atomic_compare_exchange_n(word, &old, old & ~(FIFO_LINKED | EVTCHN_FIFO_LINK_MASK),
                                        false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        ;
    return old & EVTCHN_FIFO_LINK_MASK;
}

uint32_t fifo_take(struct evtchn_fifo_control_block *control, uint32_t priority)
{
    volatile uint32_t *head = &control->head[priority];
    uint32_t port = *head;

    if (!port)
        return 0;
    *head = unlink(fifo_word(port));
    __atomic_fetch_and(fifo_word(port), ~FIFO_PENDING, __ATOMIC_SEQ_CST);
    return port;
}
