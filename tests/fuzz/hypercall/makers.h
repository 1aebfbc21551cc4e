/* SPDX-License-Identifier: MIT */
/* What makes the arguments of each hypercall for the fuzzer. */
#ifndef PARAPET_TESTS_FUZZ_MAKERS_H
#define PARAPET_TESTS_FUZZ_MAKERS_H

#include <stdint.h>

#define LIST_MAX 16u

struct call {
    uint64_t number;
    uint64_t args[5];
};

/* memory_makers.c */
void make_mmu_update(struct call *call);
void make_mmuext_op(struct call *call);
void make_va_mapping(struct call *call);
void make_set_gdt(struct call *call);
void make_update_descriptor(struct call *call);
void make_memory_op(struct call *call);

/* share_makers.c */
void make_event_channel_op(struct call *call);
void make_grant_table_op(struct call *call);
void forget_shares(void); /* before a case */

/* vcpu_makers.c */
void make_vcpu_op(struct call *call);
struct domain;
uint64_t put_context_of(const struct domain *d); /* for a vCPU of it, mostly */
void make_sched_op(struct call *call);
void make_trap_table(struct call *call);
void make_command(struct call *call); /* any call with a small command */
void make_noise(struct call *call);

/* toolstack_makers.c */
void make_domctl(struct call *call);
void make_sysctl(struct call *call);
void destroy_children(void); /* the domains that such calls made */

/* machine_makers.c */
void make_platform_op(struct call *call);
void make_physdev_op(struct call *call);
void learn_from_physdev_op(const struct call *call); /* after its success */
void make_console_io(struct call *call);
void raise_interrupt(void); /* of a device, if one is let through */

#endif
