/* SPDX-License-Identifier: MIT */
/* Writing the registered areas. */
#include "sched/areas.h"

#include "arch/arch.h"
#include "domain/domain.h"
#include "lib/barrier.h"
#include "lib/errno.h"
#include "mm/guest_access.h"
#include "pvmmu/pvmmu.h"
#include "sched/pvclock.h"
#include "sched/runstate.h"

static int write_runstate(struct vcpu *v, struct vcpu_runstate_info *info)
{
    uint64_t area = v->time.runstate_area;
    uint64_t entry_time_field = area + offsetof(struct vcpu_runstate_info, state_entry_time);
    uint64_t entry_time = info->state_entry_time;
    uint64_t updating = entry_time | XEN_RUNSTATE_UPDATE;
    int error;

    if (!(v->domain->vm_assist & 1u << VMASST_TYPE_runstate_update_flag))
        return copy_to_guest(area, info, sizeof(*info));

    error = copy_to_guest(entry_time_field, &updating, sizeof(updating));
    if (error)
        return error;
    barrier_store();
    info->state_entry_time = updating;
    error = copy_to_guest(area, info, sizeof(*info));
    barrier_store();
    if (copy_to_guest(entry_time_field, &entry_time, sizeof(entry_time)))
        error = -EFAULT;
    return error;
}

/* The running vCPU's own runstate: nobody else changes it. */
static int write_own_runstate(struct vcpu *v)
{
    struct vcpu_runstate_info info = v->time.runstate;

    return write_runstate(v, &info);
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
    (void)!write_own_runstate(v);
}

static void publish_to_guest(struct vcpu *v, struct vcpu_time_info *clock)
{
    if (v->time.runstate_area)
        (void)!write_own_runstate(v);
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
