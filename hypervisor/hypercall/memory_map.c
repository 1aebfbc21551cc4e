/* SPDX-License-Identifier: MIT */
/* Memory maps in the form of the firmware's E820 call: the machine's, and one per domain. */
#include "hypercall/machine_map.h"
#include "hypercall/memory_ops.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/guest_access.h"
#include "mm/heap.h"

/* As many entries as there is room for; the guest learns how many those are. */
static long deliver_map(struct xen_memory_map *op, const struct xen_e820_entry *entries,
                        uint32_t count)
{
    if (op->nr_entries < count)
        count = op->nr_entries;
    if (copy_to_guest(op->buffer, entries, count * sizeof(entries[0])))
        return -EFAULT;
    op->nr_entries = count;
    return 0;
}

long memory_op_machine_memory_map(struct vcpu *caller, UNUSED uint32_t done,
                                  struct xen_memory_map *op)
{
    if (!caller->domain->is_control)
        return refuse(-EPERM, "the machine's memory map is for the control domain");
    return deliver_map(op, machine_map.entries, machine_map.count);
}

/* A domain's map is set once, before it runs, and replaced never, so it is read without a lock. */
long memory_op_memory_map(struct vcpu *caller, UNUSED uint32_t done, struct xen_memory_map *op)
{
    const struct domain *d = caller->domain;

    if (!d->e820)
        return -ENOSYS;
    return deliver_map(op, d->e820, d->e820_count);
}

static long set_map(struct domain *d, const struct xen_memory_map *request)
{
    size_t bytes = request->nr_entries * sizeof(struct xen_e820_entry);
    struct xen_e820_entry *entries;
    long result = 0;

    if (request->nr_entries == 0 || request->nr_entries > DOMAIN_MAX_E820)
        return refuse(-EINVAL, "a memory map of %u entries", request->nr_entries);
    entries = heap_alloc(bytes);
    if (!entries)
        return -ENOMEM;
    if (copy_from_guest(entries, request->buffer, bytes)) {
        heap_free(entries);
        return -EFAULT;
    }

    spin_lock(&d->lock);
    if (d->e820) {
        result = -EBUSY;
    } else {
        d->e820_count = request->nr_entries;
        d->e820 = entries;
    }
    spin_unlock(&d->lock);
    if (result)
        heap_free(entries);
    return result;
}

long memory_op_set_memory_map(struct vcpu *caller, UNUSED uint32_t done,
                              struct xen_foreign_memory_map *op)
{
    struct domain *d;
    long result;

    if (!caller->domain->is_control)
        return refuse(-EPERM, "only the control domain sets memory maps");
    d = domain_get_target(caller, op->domid);
    if (!d)
        return refuse(-ESRCH, "no domain %u", op->domid);
    result = set_map(d, &op->map);
    domain_put(d);
    return result;
}
