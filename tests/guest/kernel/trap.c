/* SPDX-License-Identifier: MIT */
/* Entries into a test guest: handlers, and exceptions that a test provokes on purpose. */
#include "guest.h"
#include "internal.h"

#define VECTORS        256u
#define DPL_USER       3u
#define EXCEPTION_LAST 31u

static struct trap_info table[VECTORS + 1], reduced_table[VECTORS + 1];
static entry_handler *handlers[ENTRY_COUNT];
static uint64_t seen[ENTRY_COUNT];

/* By vCPU. */
static struct try_point *trying[VCPUS_MAX];
static struct try_result caught[VCPUS_MAX];

uint8_t spare_stack[SPARE_STACK_BYTES] PAGE_ALIGNED;

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

uint64_t entry_point(unsigned vector)
{
    static const uint8_t *const callbacks[] = { guest_event_entry,    guest_failsafe_entry,
                                                guest_syscall_entry,  guest_syscall32_entry,
                                                guest_sysenter_entry, guest_nmi_entry };

    if (vector < VECTORS)
        return (uint64_t)(guest_trap_entries + vector * TRAP_ENTRY_BYTES);
    return (uint64_t)callbacks[vector - VECTORS];
}

long trap_set(uint8_t vector, uint8_t flags, uint64_t address)
{
    struct trap_info entries[2] = {
        { .vector = vector, .flags = flags, .cs = FLAT_KERNEL_CS, .address = address }
    };

    if (address)
        return hypercall(set_trap_table, entries);
    /* A list ends with address 0, so all others are set anew after clearing them. */
    memcpy(reduced_table, table, sizeof(table));
    for (unsigned i = vector; i < VECTORS; i++)
        reduced_table[i] = table[i + 1];
    return hypercall(set_trap_table, NULL) ? -1 : hypercall(set_trap_table, reduced_table);
}

void on_entry(unsigned vector, entry_handler *handler)
{
    handlers[vector] = handler;
}

uint64_t entries_seen(unsigned vector)
{
    return seen[vector];
}

/* A try may be on another stack, or in user mode. */
static uint32_t trying_vcpu(void)
{
    uint32_t id = this_vcpu();

    return trying[id] ? id : 0;
}

static bool catch_exception(struct guest_frame *frame, uint64_t rsp, uint64_t rflags)
{
    uint32_t id = trying_vcpu();

    if (!trying[id] || frame->vector > EXCEPTION_LAST)
        return false;
    caught[id] = (struct try_result){ .trapped = true,
                                      .vector = (uint32_t)frame->vector,
                                      .error_code = (uint32_t)frame->error_code,
                                      .rip = frame->rip,
                                      .cr2 = shared_info ? this_vcpu_info()->arch.cr2 : 0,
                                      .frame = *frame,
                                      .rsp = rsp,
                                      .rflags = rflags };
    frame->rip = trying[id]->rip;
    frame->rsp = trying[id]->rsp;
    frame->cs = (frame->cs & ~0xffffUL) | (FLAT_KERNEL_CS & ~3UL); /* kernel mode, same mask */
    frame->ss = FLAT_KERNEL_SS;
    frame->rflags &= ~(RFLAGS_TF | RFLAGS_DF | RFLAGS_NT | RFLAGS_AC);
    trying[id] = NULL;
    return true;
}

void guest_entry_dispatch(struct guest_frame *frame)
{
    uint64_t rsp = entry_rsp, rflags = entry_rflags;

    seen[frame->vector]++;
    if (handlers[frame->vector])
        handlers[frame->vector](frame);
    else if (!catch_exception(frame, rsp, rflags))
        error("entry %#lx, error code %#lx, rip %#lx rsp %#lx cs %#lx cr2 %#lx", frame->vector,
              frame->error_code, frame->rip, frame->rsp, frame->cs & 0xffff,
              shared_info ? this_vcpu_info()->arch.cr2 : 0);
}

struct try_result try(void (*function)(void *), void *argument)
{
    uint32_t id = this_vcpu();
    struct try_point point, *outer = trying[id];

    caught[id] = (struct try_result){ .trapped = false };
    trying[id] = &point;
    (void)try_run(function, argument, &point);
    trying[id] = outer;
    return caught[id];
}

static void do_iret(void *context)
{
    __asm__ volatile("mov %[context], %%rsp\n"
                     "mov %[iret], %%eax\n"
                     "syscall\n"
                     "ud2"
                     :
                     : [context] "r"(context), [iret] "i"(__HYPERVISOR_iret)
                     : "memory");
    __builtin_unreachable();
}

struct try_result try_iret(const struct iret_context *context)
{
    /* Frames of entries grow down from it: not on the stack of try_run(). */
    static struct {
        uint8_t room[1024];
        struct iret_context context;
    } stack[VCPUS_MAX];
    uint32_t id = this_vcpu();

    stack[id].context = *context;
    return try(do_iret, &stack[id].context);
}

bool is_fetch_of(const struct try_result *result, uint64_t address)
{
    bool is_fault = machine_is_tcg() && result->vector == VECTOR_PF && result->cr2 == address &&
                    (result->error_code & ~PF_USER) == PF_FETCH;

    return result->rip == address &&
           (is_fault || (result->vector == VECTOR_GP && result->error_code == 0));
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
