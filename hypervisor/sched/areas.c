/* SPDX-License-Identifier: MIT */
/* Writing the registered areas. */
#include "sched/areas.h"

#include "arch/arch.h"
#include "arch/guest_words.h"
#include "domain/domain.h"
#include "lib/barrier.h"
#include "lib/errno.h"
#include "mm/guest_access.h"
#include "pvmmu/pvmmu.h"
#include "sched/pvclock.h"
#include "sched/runstate.h"

#define ENTRY_TIME_OFFSET offsetof(struct vcpu_runstate_info, state_entry_time)
#define TIME_OFFSET(i)    (offsetof(struct vcpu_runstate_info, time) + (i) * sizeof(uint64_t))

/* Four of these go with each switch between two domains, so the words are written one by one. */
static int write_runstate(struct vcpu *v, const struct vcpu_runstate_info *info)
{
    uint64_t area = v->time.runstate_area;
    uint64_t entry_time = info->state_entry_time;
    bool tells = v->domain->vm_assist & 1u << VMASST_TYPE_runstate_update_flag;

    if (unlikely(!guest_range_ok(area, sizeof(*info))))
        return -EFAULT;
    guest_access_begin();
    if (tells)
        GUEST_STORE_OR(fault, area, ENTRY_TIME_OFFSET, entry_time | XEN_RUNSTATE_UPDATE);
    barrier_store();
    GUEST_STORE_OR(fault, area, 0, (uint32_t)info->state);
    GUEST_STORE_OR(fault, area, TIME_OFFSET(0), info->time[0]);
    GUEST_STORE_OR(fault, area, TIME_OFFSET(1), info->time[1]);
    GUEST_STORE_OR(fault, area, TIME_OFFSET(2), info->time[2]);
    GUEST_STORE_OR(fault, area, TIME_OFFSET(3), info->time[3]);
    barrier_store();
    GUEST_STORE_OR(fault, area, ENTRY_TIME_OFFSET, entry_time);
    guest_access_end();
    return 0;

fault:
    guest_access_end();
    /* Half an area must not stay marked as being written. */
    if (tells)
        (void)!copy_to_guest(area + ENTRY_TIME_OFFSET, &entry_time, sizeof(entry_time));
    return -EFAULT;
}

static int write_clock(uint64_t area, struct vcpu_time_info *clock)
{
    uint32_t version;
    int error = copy_from_guest(&version, area, sizeof(version));

    if (error)
        return error;
    clock->version = version_begin(version);
    error = copy_to_guest(area, &clock->version, sizeof(clock->version));
    if (error)
        return error;
    barrier_store();
    error = copy_to_guest(area, clock, sizeof(*clock));
    barrier_store();
    clock->version = version_end(clock->version);
    if (copy_to_guest(area, &clock->version, sizeof(clock->version)))
        error = -EFAULT;
    return error;
}

void areas_publish_leaving_now(struct vcpu *v)
{
    (void)!write_runstate(v, &v->time.runstate);
}

static void publish_to_guest(struct vcpu *v, struct vcpu_time_info *clock)
{
    if (v->time.runstate_area)
        (void)!write_runstate(v, &v->time.runstate); /* nobody else changes it now */
    if (clock && v->time.time_area)
        (void)!write_clock(v->time.time_area, clock);
}

void areas_publish_arriving_now(struct vcpu *v)
{
    struct vcpu_time_info now, *clock = NULL;

    if (pvclock_is_due(v)) {
        pvclock_note(v);
        clock = &now;
        pvclock_now(clock);
        pvclock_publish(v, clock);
    }
    if (!v->time.runstate_area && !(clock && v->time.time_area))
        return;
    if (v->in_kernel) {
        publish_to_guest(v, clock);
        return;
    }
    mmu_enter_kernel(v);
    publish_to_guest(v, clock);
    mmu_enter_user(v);
}

int areas_publish_runstate(struct vcpu *v)
{
    struct vcpu_runstate_info info;

    runstate_copy(v, &info);
    return write_runstate(v, &info);
}

int areas_publish_clock(struct vcpu *v)
{
    struct vcpu_time_info clock;

    pvclock_now(&clock);
    pvclock_publish(v, &clock);
    return v->time.time_area ? write_clock(v->time.time_area, &clock) : 0;
}
