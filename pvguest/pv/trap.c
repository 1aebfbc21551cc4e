/* SPDX-License-Identifier: MIT */
/* The virtual IDT and the other entry points, and what happens behind them. */
#include "hypercall-abi/callback.h"
#include "kernel/print.h"
#include "pv/hypercall.h"
#include "pv/pv.h"

#define VECTORS           20u /* exceptions that exist on every processor */
#define STUB_BYTES        32u
#define VECTOR_PAGE_FAULT 14u

static bool is_exception(uint32_t vector)
{
    return vector != 2 && vector != 8 && vector != 9 && vector != 15 && vector != 18;
}

static uint8_t lowest_caller(uint32_t vector)
{
    return vector == 3 || vector == 4 ? 3 : 0; /* INT3 and INTO are for programs too */
}

void trap_table_fill(struct trap_info *table)
{
    for (uint32_t vector = 0; vector < VECTORS; vector++) {
        if (!is_exception(vector))
            continue;
        *table++ = (struct trap_info){
            .vector = (uint8_t)vector,
            .flags = (uint8_t)(lowest_caller(vector) | TRAP_INFO_MASK_EVENTS),
            .cs = FLAT_KERNEL_CS,
            .address = (uint64_t)pv_trap_stubs + vector * STUB_BYTES,
        };
    }
}

static void register_callback(uint16_t type, void (*entry)(void))
{
    struct callback_register callback = { .type = type,
                                          .flags = CALLBACKF_mask_events,
                                          .address = (uint64_t)entry };

    MUST(hypercall_callback_op(CALLBACKOP_register, (uint64_t)&callback) == 0);
}

void trap_init(void)
{
    struct trap_info table[VECTORS + 1] = { { .vector = 0 } };

    trap_table_fill(table);
    MUST(hypercall_set_trap_table((uint64_t)table) == 0);
    register_callback(CALLBACKTYPE_event, pv_event_entry);
    register_callback(CALLBACKTYPE_failsafe, pv_failsafe_entry);
    register_callback(CALLBACKTYPE_syscall, pv_syscall_entry);
}

void pv_trap(struct trap_frame *frame)
{
    bool from_user = frame->cs & 3;

    if (frame->vector == VECTOR_PAGE_FAULT) {
        uint64_t address = this_vcpu_info()->arch.cr2;

        if (!kernel_page_fault(frame, address, from_user))
            panic("page fault at %lx by %lx\n", address, frame->rip);
        return;
    }
    kernel_exception(frame, from_user);
}

void pv_failsafe(void)
{
    panic("the hypervisor could not load a segment of this kernel\n");
}

void bottom_user_frame(struct trap_frame *frame, uint64_t entry, uint64_t stack)
{
    *frame = (struct trap_frame){
        .rip = entry, .cs = FLAT_USER_CS, .rflags = 0x200, .rsp = stack, .ss = FLAT_USER_SS
    };
}

void bottom_set_kernel_stack(uint64_t stack_top)
{
    hypercall_stack_switch(FLAT_KERNEL_SS, stack_top);
}
