/* SPDX-License-Identifier: MIT */
/* What the files of the test guests' library share with each other and with start.S. */
#ifndef PARAPET_TESTS_GUEST_INTERNAL_H
#define PARAPET_TESTS_GUEST_INTERNAL_H

#include "guest.h"

#define TRAP_ENTRY_BYTES 64u
#define VCPUS_MAX        36u

extern uint8_t guest_trap_entries[];
extern uint8_t guest_event_entry[], guest_failsafe_entry[], guest_syscall_entry[];
extern uint8_t guest_syscall32_entry[], guest_sysenter_entry[], guest_nmi_entry[];
extern uint8_t guest_vcpu_entry[];
extern uint8_t guest_stack_end[];

/* Where an exception goes that happens in try_run(). */
struct try_point {
    uint64_t rsp;
    uint64_t rip;
};
bool try_run(void (*function)(void *), void *argument, struct try_point *point);

void map_in(uint64_t *root, uint64_t va, uint64_t entry);
/* Says which calls were made. */
void calls_print(void);
void guest_start(struct start_info *info);
NORETURN void guest_vcpu_start(uint32_t id, void (*function)(uint32_t id));
void guest_entry_dispatch(struct guest_frame *frame);

void traps_setup(void);
/* All 256 entries, for the trap table of a vCPU; ends with a zero entry. */
const struct trap_info *traps_table(void);

#endif
