/* SPDX-License-Identifier: MIT */
/*
 * The table of a domain's pirqs. The lock of its event channels guards it.
 *
 * A line gets its vector when it is bound, since most that are mapped never are; a message when it
 * is mapped, since the function is told it then. A pirq that has a vector can be looked at without
 * the lock: whether the interrupt is still this pirq's is asked again under the interrupt's own.
 */
#include "event/pirq.h"

#include "arch/ioapic.h"
#include "event/pending.h"
#include "lib/assert.h"
#include "lib/barrier.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/heap.h"
#include "pvmmu/pvmmu.h"

enum pirq_kind {
    PIRQ_FREE,
    PIRQ_RESERVED,
    PIRQ_LINE,
    PIRQ_MESSAGE,
};

struct pirq {
    uint8_t kind;           /* enum pirq_kind */
    uint8_t group;          /* PIRQ_MESSAGE: how many are mapped together, with the first; else 0 */
    _Atomic uint8_t vector; /* 0: none */
    uint32_t gsi;           /* PIRQ_LINE */
    uint32_t port;          /* 0: not bound */
};

struct pirq_table {
    uint32_t count;
    bool end_unmasks;
    uint64_t *_Atomic map; /* in a page of the domain's: who needs an end; NULL: it shared none */
    struct pirq pirqs[];
};

/* The page shared with the hypervisor is written through its reference. */
static void count_references(void)
{
    const struct domain *d = control_domain;
    uint64_t *map = d && d->pirqs ? atomic_load(&d->pirqs->map) : NULL;

    if (map)
        pvmmu_check_count(mfn_to_frame(virt_to_mfn(map)), 1, 1);
}

void pirq_init(void)
{
    static struct pvmmu_check_source source = { .count = count_references };

    pvmmu_check_register(&source);
}

int pirq_domain_create(struct domain *d)
{
    uint32_t count = ioapic_gsi_count() + PIRQS_FOR_MESSAGES;

    if (!d->is_control)
        return 0;
    if (count > PAGE_SIZE * 8)
        count = PAGE_SIZE * 8;
    d->pirqs = heap_alloc(sizeof(*d->pirqs) + count * sizeof(struct pirq));
    if (!d->pirqs)
        return -ENOMEM;
    d->pirqs->count = count;
    return 0;
}

void pirq_domain_free(struct domain *d)
{
    heap_free(d->pirqs);
    d->pirqs = NULL;
}

/* Number @number of a guest's; NULL: there is none. Number 0 is never used. */
static struct pirq *find(const struct domain *d, uint32_t number)
{
    struct pirq_table *table = d->pirqs;

    if (!table || number == 0 || number >= table->count)
        return NULL;
    return &table->pirqs[index_clamp(number, table->count)];
}

static uint32_t number_of(const struct domain *d, const struct pirq *pirq)
{
    return (uint32_t)(pirq - d->pirqs->pirqs);
}

static int no_pirqs(const struct domain *d)
{
    return refuse(-EPERM, "domain %u has no physical interrupts", d->id);
}

/* ---- choosing numbers; the lock is held ---- */

static bool row_is_free(const struct domain *d, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct pirq *pirq = find(d, first + i);

        if (!pirq || pirq->kind != PIRQ_FREE)
            return false;
    }
    return true;
}

/* The highest numbers that are free in a row; 0: there are none. Those of the lines stay theirs. */
static uint32_t find_free_row(const struct domain *d, uint32_t count)
{
    for (uint32_t first = d->pirqs->count - count; first >= ioapic_gsi_count() && first; first--) {
        if (row_is_free(d, first, count))
            return first;
    }
    return 0;
}

static int choose(const struct domain *d, uint32_t count, int32_t wanted, uint32_t *first)
{
    const struct pirq *pirq;

    if (wanted == PIRQ_ANY) {
        *first = find_free_row(d, count);
        return *first ? 0 : refuse(-ENOSPC, "no %u pirqs in a row are free", count);
    }
    pirq = find(d, (uint32_t)wanted);
    if (!pirq)
        return refuse(-EINVAL, "there is no pirq %d", wanted);
    *first = number_of(d, pirq);
    if (!(count == 1 && pirq->kind == PIRQ_RESERVED) && !row_is_free(d, *first, count))
        return refuse(-EEXIST, "pirq %u is in use", *first);
    return 0;
}

/* ---- mapping ---- */

static struct pirq *find_line(const struct domain *d, uint32_t gsi)
{
    for (uint32_t number = 1; number < d->pirqs->count; number++) {
        struct pirq *pirq = &d->pirqs->pirqs[number];

        if (pirq->kind == PIRQ_LINE && pirq->gsi == gsi)
            return pirq;
    }
    return NULL;
}

/* The lock is held. */
static int map_line(struct domain *d, uint32_t gsi, int32_t wanted, uint32_t *number)
{
    struct pirq *pirq = find_line(d, gsi);
    int error;

    if (pirq) {
        *number = number_of(d, pirq);
        if (wanted == PIRQ_ANY || (uint32_t)wanted == *number)
            return 0;
        return refuse(-EEXIST, "GSI %u is mapped as pirq %u", gsi, *number);
    }
    if (wanted == PIRQ_ANY && row_is_free(d, gsi, 1))
        wanted = (int32_t)gsi;
    error = choose(d, 1, wanted, number);
    if (error)
        return error;
    pirq = find(d, *number);
    pirq->kind = PIRQ_LINE;
    pirq->gsi = gsi;
    return 0;
}

int pirq_map_line(struct domain *d, uint32_t gsi, int32_t wanted, uint32_t *pirq)
{
    int error;

    if (!d->pirqs)
        return no_pirqs(d);
    if (!irq_line_exists(gsi))
        return refuse(-EINVAL, "there is no GSI %u", gsi);
    spin_lock(&d->events->lock);
    error = map_line(d, gsi, wanted, pirq);
    spin_unlock(&d->events->lock);
    return error;
}

/* The lock is held. */
static int map_messages(struct domain *d, const struct irq_messages *messages, int32_t wanted,
                        uint32_t *first)
{
    uint32_t vector;
    int error = choose(d, messages->count, wanted, first);

    if (!error)
        error = irq_messages_take(d, messages, &vector);
    if (error)
        return error;
    for (uint32_t i = 0; i < messages->count; i++) {
        struct pirq *pirq = find(d, *first + i);

        pirq->kind = PIRQ_MESSAGE;
        pirq->group = (uint8_t)(i == 0 ? messages->count : 0);
        atomic_store_explicit(&pirq->vector, (uint8_t)(vector + i), memory_order_relaxed);
    }
    return 0;
}

int pirq_map_messages(struct domain *d, const struct irq_messages *messages, int32_t wanted,
                      uint32_t *pirq)
{
    int error;

    if (!d->pirqs)
        return no_pirqs(d);
    if (messages->count == 0 || messages->count > MSI_MESSAGES_MAX)
        return refuse(-EINVAL, "%u messages", messages->count);
    spin_lock(&d->events->lock);
    error = map_messages(d, messages, wanted, pirq);
    spin_unlock(&d->events->lock);
    return error;
}

static uint8_t vector_of(const struct pirq *pirq)
{
    return atomic_load_explicit(&pirq->vector, memory_order_relaxed);
}

/* The lock is held: no interrupt reaches the port any more. */
static void disconnect(struct pirq *pirq)
{
    if (!pirq->port)
        return;
    irq_detach(vector_of(pirq));
    if (pirq->kind == PIRQ_LINE) {
        irq_release(vector_of(pirq));
        atomic_store_explicit(&pirq->vector, 0, memory_order_relaxed);
    }
    pirq->port = 0;
}

static void clear(struct pirq *pirq)
{
    pirq->kind = PIRQ_FREE;
    pirq->group = 0;
    atomic_store_explicit(&pirq->vector, 0, memory_order_relaxed);
}

static void unmap_messages(struct pirq *first)
{
    uint32_t count = first->group, vector = vector_of(first);

    for (uint32_t i = 0; i < count; i++)
        disconnect(first + i);
    irq_release(vector);
    for (uint32_t i = 0; i < count; i++)
        clear(first + i);
}

/* The lock is held. */
static int unmap(struct domain *d, uint32_t number)
{
    struct pirq *pirq = find(d, number);

    if (!pirq || pirq->kind == PIRQ_FREE)
        return refuse(-EINVAL, "pirq %u is not mapped", number);
    if (pirq->kind == PIRQ_MESSAGE) {
        if (!pirq->group)
            return refuse(-EINVAL, "pirq %u was mapped together with a lower one", number);
        unmap_messages(pirq);
    } else {
        disconnect(pirq);
        clear(pirq);
    }
    return 0;
}

int pirq_unmap(struct domain *d, uint32_t pirq)
{
    int error;

    if (!d->pirqs)
        return no_pirqs(d);
    spin_lock(&d->events->lock);
    error = unmap(d, pirq);
    spin_unlock(&d->events->lock);
    return error;
}

int pirq_reserve(struct domain *d, uint32_t *pirq)
{
    if (!d->pirqs)
        return no_pirqs(d);
    spin_lock(&d->events->lock);
    *pirq = find_free_row(d, 1);
    if (*pirq)
        find(d, *pirq)->kind = PIRQ_RESERVED;
    spin_unlock(&d->events->lock);
    return *pirq ? 0 : refuse(-ENOSPC, "no pirq is free");
}

int pirq_restore_messages(struct domain *d, struct pci_function function)
{
    struct pci_device *device = pci_device_find(function);
    int error;

    if (!d->pirqs)
        return no_pirqs(d);
    if (!device)
        return refuse(-ENODEV, "function %02x of bus %u was not announced", function.devfn,
                      function.bus);
    spin_lock(&d->events->lock);
    error = irq_messages_restore(d, device);
    spin_unlock(&d->events->lock);
    return error;
}

void pirq_domain_close(struct domain *d)
{
    uint64_t *map;

    if (!d->pirqs)
        return;
    spin_lock(&d->events->lock);
    for (uint32_t number = 1; number < d->pirqs->count; number++) {
        const struct pirq *pirq = &d->pirqs->pirqs[number];

        if (pirq->kind != PIRQ_FREE && !(pirq->kind == PIRQ_MESSAGE && !pirq->group))
            MUST(unmap(d, number) == 0);
    }
    map = atomic_exchange(&d->pirqs->map, NULL);
    spin_unlock(&d->events->lock);
    if (map)
        frame_put_and_type(mfn_to_frame(virt_to_mfn(map)));
}

/* ---- ports; the lock is held ---- */

static uint32_t cpu_of(const struct domain *d, const struct evtchn *channel)
{
    const struct vcpu *v = d->vcpus[atomic_load_explicit(&channel->vcpu, memory_order_relaxed)];

    return v ? atomic_load_explicit(&v->processor, memory_order_relaxed) : 0;
}

int pirq_bind(struct domain *d, uint32_t number, const struct evtchn *channel)
{
    struct pirq *pirq = find(d, number);
    uint32_t vector;

    ASSERT(spin_is_mine(&d->events->lock));
    if (!d->pirqs)
        return no_pirqs(d);
    if (!pirq || (pirq->kind != PIRQ_LINE && pirq->kind != PIRQ_MESSAGE))
        return refuse(-EINVAL, "pirq %u is not mapped", number);
    if (pirq->port)
        return refuse(-EEXIST, "pirq %u is bound to port %u", number, pirq->port);
    if (pirq->kind == PIRQ_LINE) {
        int error = irq_line_take(pirq->gsi, &vector);

        if (error)
            return error;
        atomic_store_explicit(&pirq->vector, (uint8_t)vector, memory_order_relaxed);
    }
    pirq->port = channel->port;
    irq_attach(vector_of(pirq), d, number, channel->port, cpu_of(d, channel));
    return 0;
}

/* It may have been unmapped while it was bound, and even be another port's since. */
void pirq_unbind(struct domain *d, const struct evtchn *channel)
{
    struct pirq *pirq = find(d, channel->pirq);

    if (pirq && pirq->port == channel->port)
        disconnect(pirq);
}

void pirq_move(struct domain *d, const struct evtchn *channel)
{
    const struct pirq *pirq = find(d, channel->pirq);

    if (pirq && pirq->port == channel->port)
        irq_set_cpu(vector_of(pirq), cpu_of(d, channel));
}

/* ---- the end of an interrupt ---- */

void pirq_show_needs_eoi(struct domain *d, uint32_t pirq, bool needs_eoi)
{
    uint64_t *map = atomic_load(&d->pirqs->map);

    if (map && needs_eoi)
        (void)locked_bit_set64(&map[pirq / 64], pirq % 64);
    else if (map)
        (void)locked_bit_clear64(&map[pirq / 64], pirq % 64);
}

static void unmask_port(struct domain *d, const struct pirq *pirq)
{
    spin_lock(&d->events->lock);
    if (pirq->port)
        evtchn_unmask(d, evtchn_find(d->events, pirq->port));
    spin_unlock(&d->events->lock);
}

int pirq_end(struct domain *d, uint32_t number)
{
    struct pirq *pirq = find(d, number);
    uint32_t vector = pirq ? vector_of(pirq) : 0;

    if (!vector || !READ_ONCE(pirq->port))
        return refuse(-EINVAL, "pirq %u is not bound", number);
    irq_end(vector, d, number);
    if (d->pirqs->end_unmasks)
        unmask_port(d, pirq);
    return 0;
}

int pirq_needs_end(struct domain *d, uint32_t number, bool *needs_end)
{
    const struct pirq *pirq = find(d, number);

    if (!pirq)
        return refuse(-EINVAL, "there is no pirq %u", number);
    /* Who looks at no map is not told when it becomes necessary, so it always is. */
    *needs_end = !atomic_load(&d->pirqs->map) || irq_needs_end(vector_of(pirq));
    return 0;
}

/* Interrupts that are held back meanwhile see the map, or are seen here to be so. */
static void fill_map(struct domain *d)
{
    for (uint32_t number = 1; number < d->pirqs->count; number++) {
        const struct pirq *pirq = &d->pirqs->pirqs[number];

        if (pirq->port && irq_needs_end(vector_of(pirq)))
            pirq_show_needs_eoi(d, number, true);
    }
}

int pirq_share_map(struct domain *d, mfn_t page, bool unmasks)
{
    struct frame *frame = frame_lookup(page);
    int error = 0;

    if (!d->pirqs)
        return no_pirqs(d);
    if (!frame || frame_get_and_type(frame, d, FRAME_TYPE_WRITABLE))
        return refuse(-EINVAL, "frame %#lx is no writable page of domain %u", page.number, d->id);
    spin_lock(&d->events->lock);
    if (atomic_load(&d->pirqs->map)) {
        error = -EBUSY;
    } else {
        d->pirqs->end_unmasks = unmasks;
        atomic_store(&d->pirqs->map, mfn_to_virt(page));
        fill_map(d);
    }
    spin_unlock(&d->events->lock);
    if (error)
        frame_put_and_type(frame);
    return error ? refuse(error, "domain %u shares a page already", d->id) : 0;
}
