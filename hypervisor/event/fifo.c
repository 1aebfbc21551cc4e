/* SPDX-License-Identifier: MIT */
/*
 * The FIFO ABI.
 *
 * A port that becomes pending is linked behind the last one of its queue, through the link field
 * of that one's event word, or becomes the queue's head in the control block. The guest takes
 * ports from the head and clears LINKED of each. fifo->lock guards the tails and the fields
 * last_vcpu and last_priority of the ports. Words are in pages of the guest, which may
 * change them at any time: a word's link is only ever written, and every exchange has a limit.
 *
 * The structure goes (fifo_destroy) when no port is bound and under the table's lock; whoever
 * delivers keeps a port bound meanwhile.
 */
#include "event/fifo.h"

#include "arch/arch.h"
#include "event/pending.h"
#include "lib/assert.h"
#include "lib/barrier.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/heap.h"
#include "pvmmu/pvmmu.h"

#define WORDS_PER_PAGE (PAGE_SIZE / sizeof(event_word_t))
#define PAGES_MAX      (EVTCHN_FIFO_NR_CHANNELS / WORDS_PER_PAGE)
#define LINK_TRIES     4u

#define WORD_BIT(number) (1u << (number))

struct evtchn_fifo {
    struct spinlock lock;
    _Atomic uint32_t page_count; /* words of ports below this many pages exist */
    event_word_t *pages[PAGES_MAX];
};

/* vcpu->fifo: set once, before it is used, until fifo_destroy(). */
struct fifo_vcpu {
    struct evtchn_fifo_control_block *control;
    struct frame *frame;
    uint32_t tail[EVTCHN_FIFO_MAX_QUEUES]; /* port queued last; 0: none that we know of */
};

static struct fifo_vcpu *fifo_vcpu(const struct domain *d, uint32_t id)
{
    const struct vcpu *v = d->vcpus[id];

    return v ? __atomic_load_n((struct fifo_vcpu *const *)&v->fifo, __ATOMIC_ACQUIRE) : NULL;
}

/* The word of a port; NULL if its page does not exist yet. */
static volatile event_word_t *word_of(const struct evtchn_fifo *fifo, uint32_t port)
{
    uint32_t page = port / (uint32_t)WORDS_PER_PAGE;

    if (page >= atomic_load_explicit(&fifo->page_count, memory_order_acquire))
        return NULL;
    return &fifo->pages[index_clamp(page, PAGES_MAX)][port % WORDS_PER_PAGE];
}

/* ---- linking ---- */

/* One try to link @port behind a word that was read as *@word: 1 done, 0 the word is in no queue
 * any more, -1 it changed (and is read again). */
static int try_link(volatile event_word_t *tail, event_word_t *word, uint32_t port)
{
    event_word_t linked = (*word & ~(WORD_BIT(EVTCHN_FIFO_BUSY) | EVTCHN_FIFO_LINK_MASK)) | port;

    if (!(*word & WORD_BIT(EVTCHN_FIFO_LINKED)))
        return 0;
    if (__atomic_compare_exchange_n(tail, word, linked, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return 1;
    return -1;
}

static int try_link_often(volatile event_word_t *tail, uint32_t port)
{
    event_word_t word = *tail;
    int result = -1;

    for (unsigned i = 0; i < LINK_TRIES && result < 0; i++)
        result = try_link(tail, &word, port);
    return result;
}

/*
 * Link @port behind the tail. False if the tail has left its queue, which is then empty. A guest
 * that keeps changing the word is asked to stop by BUSY; one that does not may lose the rest of
 * its queue.
 */
static bool link_behind(volatile event_word_t *tail, uint32_t port)
{
    int result = try_link_often(tail, port);

    if (result < 0) {
        locked_bit_set32(tail, EVTCHN_FIFO_BUSY);
        result = try_link_often(tail, port);
        if (result <= 0)
            locked_bit_clear32(tail, EVTCHN_FIFO_BUSY);
    }
    return result > 0;
}

/* The lock is held, the port was not linked and is now. Whether its queue was empty. */
static bool append(struct domain *d, struct evtchn_fifo *fifo, struct fifo_vcpu *target,
                   struct evtchn *channel)
{
    struct fifo_vcpu *last = fifo_vcpu(d, channel->last_vcpu);
    uint32_t *tail = &target->tail[channel->priority];
    bool was_empty = true;

    /* In the queue it was in last, the next port must not be linked behind it. */
    if (last && last->tail[channel->last_priority] == channel->port)
        last->tail[channel->last_priority] = 0;
    channel->last_vcpu = atomic_load_explicit(&channel->vcpu, memory_order_relaxed);
    channel->last_priority = channel->priority;

    if (*tail)
        was_empty = !link_behind(word_of(fifo, *tail), channel->port);
    if (was_empty)
        WRITE_ONCE(target->control->head[channel->priority], channel->port);
    *tail = channel->port;
    return was_empty;
}

/* Pending and not masked: into the queue, if it is in none. */
static void enqueue(struct domain *d, struct evtchn_fifo *fifo, struct evtchn *channel,
                    volatile event_word_t *word)
{
    uint32_t id = atomic_load_explicit(&channel->vcpu, memory_order_relaxed);
    struct fifo_vcpu *target = fifo_vcpu(d, id);
    uint32_t priority;
    bool was_empty;

    /* A vCPU without control block has no queue; what it misses is its guest's fault. */
    if (!target)
        return;
    spin_lock(&fifo->lock);
    if (locked_bit_set32(word, EVTCHN_FIFO_LINKED)) {
        spin_unlock(&fifo->lock);
        return;
    }
    was_empty = append(d, fifo, target, channel);
    priority = channel->last_priority;
    spin_unlock(&fifo->lock);

    if (was_empty && !locked_bit_set32(&target->control->ready, priority))
        evtchn_raise_upcall(d->vcpus[id]);
}

/* ---- delivery ---- */

void fifo_set_pending(struct domain *d, struct evtchn_fifo *fifo, struct evtchn *channel)
{
    volatile event_word_t *word = word_of(fifo, channel->port);

    if (!word) {
        /* fifo_expand() publishes the page and then looks at this, or we see the page now. */
        atomic_store(&channel->is_pending_early, true);
        word = word_of(fifo, channel->port);
        if (!word || !atomic_exchange(&channel->is_pending_early, false))
            return;
    }
    locked_bit_set32(word, EVTCHN_FIFO_PENDING);
    if (!(*word & (WORD_BIT(EVTCHN_FIFO_MASKED) | WORD_BIT(EVTCHN_FIFO_LINKED))))
        enqueue(d, fifo, channel, word);
}

void fifo_unmask(struct domain *d, struct evtchn_fifo *fifo, struct evtchn *channel)
{
    volatile event_word_t *word = word_of(fifo, channel->port);

    if (!word)
        return;
    locked_bit_clear32(word, EVTCHN_FIFO_MASKED);
    if ((*word & (WORD_BIT(EVTCHN_FIFO_PENDING) | WORD_BIT(EVTCHN_FIFO_LINKED))) ==
        WORD_BIT(EVTCHN_FIFO_PENDING))
        enqueue(d, fifo, channel, word);
}

void fifo_clear_pending(struct evtchn_fifo *fifo, struct evtchn *channel)
{
    volatile event_word_t *word = word_of(fifo, channel->port);

    atomic_store(&channel->is_pending_early, false);
    if (word)
        locked_bit_clear32(word, EVTCHN_FIFO_PENDING);
}

bool fifo_is_pending(const struct evtchn_fifo *fifo, const struct evtchn *channel)
{
    const volatile event_word_t *word = word_of(fifo, channel->port);

    return word ? *word & WORD_BIT(EVTCHN_FIFO_PENDING) : atomic_load(&channel->is_pending_early);
}

/* ---- setting up ---- */

/* A page of @d for as long as the hypervisor writes to it; NULL with the error refused. */
static struct frame *take_page(struct domain *d, mfn_t number)
{
    struct frame *frame = frame_lookup(number);

    if (frame && frame_get_and_type(frame, d, FRAME_TYPE_WRITABLE) == 0)
        return frame;
    refuse(-EINVAL, "frame %#lx is no writable page of domain %u", number.number, d->id);
    return NULL;
}

/* The lock is held. What was pending by the other ABI is so by this one. */
static void take_over_pending(struct domain *d)
{
    struct evtchn_table *table = d->events;

    for (uint32_t port = 1; port < atomic_load(&table->port_count); port++) {
        struct evtchn *channel = evtchn_find(table, port);

        atomic_store(&channel->is_pending_early,
                     channel->state != EVTCHN_FREE && evtchn_is_pending(d, channel));
    }
}

/* The table's lock is held. */
static int start_fifo(struct domain *d)
{
    struct evtchn_fifo *fifo;

    if (atomic_load(&d->events->fifo))
        return 0;
    fifo = heap_alloc(sizeof(*fifo));
    if (!fifo)
        return -ENOMEM;
    spin_init(&fifo->lock, LOCK_EVENT_QUEUE);
    take_over_pending(d);
    atomic_store_explicit(&d->events->fifo, fifo, memory_order_release);
    return 0;
}

static int start_vcpu(struct vcpu *v, struct fifo_vcpu *state)
{
    int error;

    if (v->fifo)
        return refuse(-EINVAL, "vCPU %u has a control block", v->id);
    error = start_fifo(v->domain);
    if (!error)
        __atomic_store_n(&v->fifo, state, __ATOMIC_RELEASE);
    return error;
}

int fifo_init_control(struct vcpu *v, mfn_t number, uint32_t offset)
{
    struct domain *d = v->domain;
    struct fifo_vcpu *state;
    int error = -ENOMEM;

    if (offset % 8 || offset > PAGE_SIZE - sizeof(struct evtchn_fifo_control_block))
        return refuse(-EINVAL, "control block at offset %u", offset);
    state = heap_alloc(sizeof(*state));
    if (!state)
        return refuse(-ENOMEM, "no memory for the queues of a vCPU");
    state->frame = take_page(d, number);
    if (!state->frame) {
        error = -EINVAL;
        goto undo_state;
    }
    state->control = (void *)((uint8_t *)mfn_to_virt(number) + offset);

    spin_lock(&d->events->lock);
    error = start_vcpu(v, state);
    spin_unlock(&d->events->lock);
    if (!error)
        return 0;

    frame_put_and_type(state->frame);
undo_state:
    heap_free(state);
    return error;
}

/* The table's lock is held, the page is published: ports that were pending without a word. */
static void deliver_early(struct domain *d, struct evtchn_fifo *fifo, uint32_t page)
{
    struct evtchn_table *table = d->events;
    uint32_t first = page * (uint32_t)WORDS_PER_PAGE;

    for (uint32_t i = 0; i < WORDS_PER_PAGE; i++) {
        struct evtchn *channel = evtchn_find(table, first + i);

        if (channel && atomic_exchange(&channel->is_pending_early, false))
            fifo_set_pending(d, fifo, channel);
    }
}

int fifo_expand(struct domain *d, mfn_t number)
{
    struct evtchn_table *table = d->events;
    struct frame *frame = take_page(d, number);
    struct evtchn_fifo *fifo;
    uint32_t page;
    int error = 0;

    if (!frame)
        return -EINVAL;
    spin_lock(&table->lock);
    fifo = atomic_load_explicit(&table->fifo, memory_order_relaxed);
    page = fifo ? atomic_load_explicit(&fifo->page_count, memory_order_relaxed) : 0;
    if (!fifo) {
        error = -ENOSYS;
    } else if (page * WORDS_PER_PAGE >= table->port_limit) {
        error = -ENOSPC;
    } else {
        fifo->pages[page] = mfn_to_virt(number);
        atomic_store(&fifo->page_count, page + 1);
        deliver_early(d, fifo, page);
    }
    spin_unlock(&table->lock);

    if (error)
        frame_put_and_type(frame);
    return error ? refuse(error, "domain %u needs no page of event words", d->id) : 0;
}

void fifo_destroy(struct domain *d)
{
    struct evtchn_fifo *fifo = atomic_load(&d->events->fifo);

    ASSERT(spin_is_mine(&d->events->lock) && d->events->bound_count == 0);
    if (!fifo)
        return;
    atomic_store(&d->events->fifo, NULL);

    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        struct fifo_vcpu *state = d->vcpus[i]->fifo;

        d->vcpus[i]->fifo = NULL;
        if (state)
            frame_put_and_type(state->frame);
        heap_free(state);
    }
    for (uint32_t i = 0; i < atomic_load(&fifo->page_count); i++)
        frame_put_and_type(mfn_to_frame(virt_to_mfn(fifo->pages[i])));
    heap_free(fifo);
}

/* ---- the recount of references ---- */

static void count_of_domain(const struct domain *d)
{
    const struct evtchn_fifo *fifo = d->events ? atomic_load(&d->events->fifo) : NULL;

    if (!fifo)
        return;
    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        const struct fifo_vcpu *state = fifo_vcpu(d, i);

        if (state)
            pvmmu_check_count(state->frame, 1, 1);
    }
    for (uint32_t i = 0; i < atomic_load(&fifo->page_count); i++)
        pvmmu_check_count(mfn_to_frame(virt_to_mfn(fifo->pages[i])), 1, 1);
}

static void count_references(void)
{
    for (struct domain *d = domain_next(0); d; d = domain_next((uint16_t)(d->id + 1)))
        count_of_domain(d);
}

void fifo_init(void)
{
    static struct pvmmu_check_source source = { .count = count_references };

    pvmmu_check_register(&source);
}
