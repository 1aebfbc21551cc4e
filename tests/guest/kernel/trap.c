/* SPDX-License-Identifier: MIT */
/* Entries into a test guest: handlers, and exceptions that a test provokes on purpose. */
#include "guest.h"
#include "internal.h"

#define VECTORS        256u
#define DPL_USER       3u
#define EXCEPTION_LAST 31u

static struct trap_info table[VECTORS + 1];
static entry_handler *handlers[ENTRY_COUNT];
static uint64_t seen[ENTRY_COUNT];

static struct try_point *trying; /* of vCPU 0 only */
static struct try_result caught;

const struct trap_info *traps_table(void)
{
    return table;
}

/* Breakpoint, overflow and the vectors above the exceptions may be raised from user mode. */
static uint8_t dpl_of(unsigned vector)
{
    return vector == VECTOR_BP || vector == VECTOR_OF || vector > EXCEPTION_LAST ? DPL_USER : 0;
}

void traps_setup(void)
{
    for (unsigned vector = 0; vector < VECTORS; vector++)
        table[vector] = (struct trap_info){
            .vector = (uint8_t)vector,
            .flags = dpl_of(vector),
            .cs = FLAT_KERNEL_CS,
            .address = (uint64_t)(guest_trap_entries + vector * TRAP_ENTRY_BYTES),
        };
    require_eq(hypercall(set_trap_table, table), 0, "the trap table is set");
}

void on_entry(unsigned vector, entry_handler *handler)
{
    handlers[vector] = handler;
}

uint64_t entries_seen(unsigned vector)
{
    return seen[vector];
}

static bool catch_exception(struct guest_frame *frame)
{
    if (!trying || frame->vector > EXCEPTION_LAST)
        return false;
    caught = (struct try_result){ .trapped = true,
                                  .vector = (uint32_t)frame->vector,
                                  .error_code = (uint32_t)frame->error_code,
                                  .rip = frame->rip,
                                  .cr2 = shared_info ? shared_info->vcpu_info[0].arch.cr2 : 0 };
    frame->rip = trying->rip;
    frame->rsp = trying->rsp;
    trying = NULL;
    return true;
}

void guest_entry_dispatch(struct guest_frame *frame)
{
    seen[frame->vector]++;
    if (handlers[frame->vector])
        handlers[frame->vector](frame);
    else if (!catch_exception(frame))
        error("entry %#lx, error code %#lx, rip %#lx rsp %#lx cs %#lx cr2 %#lx", frame->vector,
              frame->error_code, frame->rip, frame->rsp, frame->cs & 0xffff,
              shared_info ? shared_info->vcpu_info[0].arch.cr2 : 0);
}

struct try_result try(void (*function)(void *), void *argument)
{
    struct try_point point, *outer = trying;

    caught = (struct try_result){ .trapped = false };
    trying = &point;
    (void)try_run(function, argument, &point);
    trying = outer;
    return caught;
}

struct access {
    volatile uint64_t *address;
    uint64_t value;
};

static void do_read(void *argument)
{
    struct access *access = argument;

    access->value = *access->address;
}

static void do_write(void *argument)
{
    struct access *access = argument;

    *access->address = access->value;
}

struct try_result try_read(const volatile void *address, uint64_t *value)
{
    struct access access = { .address = (volatile uint64_t *)(uint64_t)address };
    struct try_result result = try(do_read, &access);

    if (!result.trapped && value)
        *value = access.value;
    return result;
}

struct try_result try_write(volatile void *address, uint64_t value)
{
    struct access access = { .address = address, .value = value };

    return try(do_write, &access);
}
