/* SPDX-License-Identifier: MIT */
#include "store/ring.h"

#define MASK (XENSTORE_RING_SIZE - 1)

static uint32_t load(const uint32_t *index)
{
    return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

static void publish(uint32_t *index, uint32_t value)
{
    __atomic_store_n(index, value, __ATOMIC_RELEASE);
}

void ring_start(struct ring *ring, struct xenstore_domain_interface *page,
                const struct ring_position *position)
{
    ring->page = page;
    ring->position.req_cons = position ? position->req_cons : load(&page->req_cons);
    ring->position.rsp_prod = position ? position->rsp_prod : load(&page->rsp_prod);
    ring->published = ring->position;
    /* The process may have ended between the journal and the page. */
    publish(&page->req_cons, ring->position.req_cons);
    publish(&page->rsp_prod, ring->position.rsp_prod);
    publish(&page->server_features,
            XENSTORE_SERVER_FEATURE_RECONNECTION | XENSTORE_SERVER_FEATURE_ERROR);
}

long ring_take(struct ring *ring, void *to, size_t limit)
{
    uint32_t count = load(&ring->page->req_prod) - ring->position.req_cons;
    char *out = to;

    if (count > XENSTORE_RING_SIZE)
        return TRANSPORT_BROKEN;
    if (count > limit)
        count = (uint32_t)limit;
    for (uint32_t i = 0; i < count; i++)
        out[i] = ((const volatile char *)ring->page->req)[(ring->position.req_cons + i) & MASK];
    ring->position.req_cons += count;
    return count;
}

long ring_put(struct ring *ring, const void *from, size_t bytes)
{
    uint32_t used = ring->position.rsp_prod - load(&ring->page->rsp_cons);
    const char *in = from;
    uint32_t count;

    if (used > XENSTORE_RING_SIZE)
        return TRANSPORT_BROKEN;
    count = XENSTORE_RING_SIZE - used;
    if (count > bytes)
        count = (uint32_t)bytes;
    for (uint32_t i = 0; i < count; i++)
        ((volatile char *)ring->page->rsp)[(ring->position.rsp_prod + i) & MASK] = in[i];
    ring->position.rsp_prod += count;
    return count;
}

bool ring_publish(struct ring *ring)
{
    bool is_news = ring->position.req_cons != ring->published.req_cons ||
                   ring->position.rsp_prod != ring->published.rsp_prod;

    publish(&ring->page->req_cons, ring->position.req_cons);
    publish(&ring->page->rsp_prod, ring->position.rsp_prod);
    ring->published = ring->position;
    return is_news;
}

bool ring_has_news(const struct ring *ring, bool for_input, bool for_room)
{
    /* The indices must be out before those of the other end are read. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (for_input && load(&ring->page->req_prod) != ring->position.req_cons)
        return true;
    return for_room && ring->position.rsp_prod - load(&ring->page->rsp_cons) != XENSTORE_RING_SIZE;
}

bool ring_reconnects(struct ring *ring)
{
    struct xenstore_domain_interface *page = ring->page;

    if (load(&page->connection) != XENSTORE_RECONNECT)
        return false;
    ring->position = (struct ring_position){ 0 };
    publish(&page->req_prod, 0);
    publish(&page->req_cons, 0);
    publish(&page->rsp_cons, 0);
    publish(&page->rsp_prod, 0);
    publish(&page->error, XENSTORE_ERROR_NONE);
    publish(&page->connection, XENSTORE_CONNECTED);
    /* Whatever the position becomes, the other end waits for a notification. */
    ring->published = (struct ring_position){ .req_cons = 1 };
    return true;
}

void ring_fault(struct ring *ring, enum store_fault fault)
{
    publish(&ring->page->error, fault == STORE_FAULT_RING       ? XENSTORE_ERROR_RINGIDX
                                : fault == STORE_FAULT_PROTOCOL ? XENSTORE_ERROR_PROTO
                                                                : XENSTORE_ERROR_COMM);
    /* Told by a notification. */
    ring->published.req_cons = ring->position.req_cons + 1;
}
