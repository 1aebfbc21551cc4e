/* SPDX-License-Identifier: MIT */
/* What a guest kernel registers, and which addresses it may not. */
#include "emulate/guest_entries.h"

#include <string.h>

#include "domain/handlers.h"
#include "fixture.h"
#include "lib/errno.h"
#include "machine_fixture.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"

#define LIST_ADDRESS  0xffff888000500000UL
#define NOT_CANONICAL 0x0000800000000000UL

static struct trap_info list[512];
static struct vcpu *kicked;

static void kick(struct vcpu *v)
{
    kicked = v;
}

static void start(void)
{
    fixture_start();
    machine_fixture_start();
    memset(list, 0, sizeof(list));
    fake_guest_map(LIST_ADDRESS, list, sizeof(list), false);
    domain_handlers.vcpu_kick = kick;
    kicked = NULL;
}

TEST(guest_entries, a_trap_table_ends_at_address_0)
{
    uint64_t address = LIST_ADDRESS;

    start();
    list[0] = (struct trap_info){ 14, 4, 0xe033, GUEST_HANDLER };
    list[1] = (struct trap_info){ 0x80, 3, 0x10, GUEST_HANDLER + 8 };
    list[3] = (struct trap_info){ 3, 3, 0xe033, GUEST_HANDLER };
    ck_assert_int_eq(guest_set_trap_table(&fix.vcpu, &address), 0);
    ck_assert_uint_eq(fix.vcpu.trap_table[14].address, GUEST_HANDLER);
    ck_assert_uint_eq(fix.vcpu.trap_table[14].flags, 4);
    ck_assert_uint_eq(fix.vcpu.trap_table[0x80].address, GUEST_HANDLER + 8);
    ck_assert_uint_eq(fix.vcpu.trap_table[0x80].cs, 0x13);
    ck_assert_uint_eq(fix.vcpu.trap_table[3].address, 0);
}

TEST(guest_entries, null_clears_the_trap_table)
{
    uint64_t address = 0;

    start();
    fix.vcpu.trap_table[14].address = GUEST_HANDLER;
    ck_assert_int_eq(guest_set_trap_table(&fix.vcpu, &address), 0);
    ck_assert_uint_eq(fix.vcpu.trap_table[14].address, 0);
}

TEST(guest_entries, a_bad_list_is_refused)
{
    uint64_t address = LIST_ADDRESS + sizeof(list) - 8;

    start();
    ck_assert_int_eq(guest_set_trap_table(&fix.vcpu, &address), -EFAULT);
    address = 0xffff810000000000;
    ck_assert_int_eq(guest_set_trap_table(&fix.vcpu, &address), -EFAULT);
    address = LIST_ADDRESS;
    list[0] = (struct trap_info){ 14, 4, 0xe033, NOT_CANONICAL };
    ck_assert_int_eq(guest_set_trap_table(&fix.vcpu, &address), -EINVAL);
    ck_assert_uint_eq(fix.vcpu.trap_table[14].address, 0);
}

TEST(guest_entries, an_endless_list_is_read_in_pieces)
{
    uint64_t address = LIST_ADDRESS;

    start();
    for (unsigned i = 0; i < 512; i++)
        list[i] = (struct trap_info){ 14, 0, 0, GUEST_HANDLER };
    ck_assert_int_eq(guest_set_trap_table(&fix.vcpu, &address), -ERESTART);
    ck_assert_uint_eq(address, LIST_ADDRESS + 256 * sizeof(list[0]));
}

TEST(guest_entries, set_callbacks_sets_three_or_none)
{
    start();
    ck_assert_int_eq(guest_set_callbacks(&fix.vcpu, 1, 2, 3), 0);
    ck_assert_uint_eq(fix.vcpu.event.address, 1);
    ck_assert_uint_eq(fix.vcpu.failsafe.address, 2);
    ck_assert_uint_eq(fix.vcpu.syscall.address, 3);
    ck_assert_int_eq(guest_set_callbacks(&fix.vcpu, 4, 5, NOT_CANONICAL), -EINVAL);
    ck_assert_int_eq(guest_set_callbacks(&fix.vcpu, 4, NOT_CANONICAL, 5), -EINVAL);
    ck_assert_int_eq(guest_set_callbacks(&fix.vcpu, NOT_CANONICAL, 4, 5), -EINVAL);
    ck_assert_uint_eq(fix.vcpu.event.address, 1);
}

TEST(guest_entries, callback_op_knows_its_types)
{
    static const struct {
        uint16_t type;
        int answer;
    } types[] = {
        { CALLBACKTYPE_event, 0 },
        { CALLBACKTYPE_failsafe, 0 },
        { CALLBACKTYPE_syscall, 0 },
        { CALLBACKTYPE_sysenter_deprecated, -ENOSYS },
        { CALLBACKTYPE_nmi, 0 },
        { CALLBACKTYPE_sysenter, 0 },
        { 6, -ENOSYS },
        { CALLBACKTYPE_syscall32, 0 },
        { 8, -ENOSYS },
        { 0xffff, -ENOSYS },
    };

    start();
    for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct callback_register op = { types[i].type, CALLBACKF_mask_events, GUEST_HANDLER };

        ck_assert_int_eq(callback_op_register(&fix.vcpu, &op), types[i].answer);
        op.address = NOT_CANONICAL;
        ck_assert_int_eq(callback_op_register(&fix.vcpu, &op),
                         types[i].answer ? types[i].answer : -EINVAL);
    }
    ck_assert_uint_eq(fix.vcpu.syscall32.address, GUEST_HANDLER);
    ck_assert(fix.vcpu.syscall32.mask_events);
    ck_assert_uint_eq(fix.vcpu.sysenter.address, GUEST_HANDLER);
}

TEST(guest_entries, only_the_nmi_callback_can_be_removed)
{
    struct callback_unregister op = { CALLBACKTYPE_event, 0 };

    start();
    fix.vcpu.nmi.address = GUEST_HANDLER;
    fix.vcpu.event.address = GUEST_HANDLER;
    ck_assert_int_eq(callback_op_unregister(&fix.vcpu, &op), -EINVAL);
    ck_assert_uint_eq(fix.vcpu.event.address, GUEST_HANDLER);
    op.type = 6;
    ck_assert_int_eq(callback_op_unregister(&fix.vcpu, &op), -ENOSYS);
    op.type = CALLBACKTYPE_nmi;
    ck_assert_int_eq(callback_op_unregister(&fix.vcpu, &op), 0);
    ck_assert_uint_eq(fix.vcpu.nmi.address, 0);
}

TEST(guest_entries, an_nmi_needs_a_handler)
{
    struct xennmi_callback op = { .handler_address = NOT_CANONICAL };

    start();
    ck_assert_int_eq(guest_send_nmi(&fix.vcpu), -EINVAL);
    ck_assert_int_eq(nmi_op_register_callback(&fix.vcpu, &op), -EINVAL);
    op.handler_address = GUEST_HANDLER;
    ck_assert_int_eq(nmi_op_register_callback(&fix.vcpu, &op), 0);
    ck_assert_int_eq(guest_send_nmi(&fix.vcpu), 0);
    ck_assert(fix.vcpu.nmi_pending);
    ck_assert_uint_eq(fix.vcpu.exit_work, EXIT_WORK_NMI);
    ck_assert_ptr_eq(kicked, &fix.vcpu);
}

TEST(guest_entries, stack_switch_forces_the_privilege_level)
{
    start();
    ck_assert_int_eq(guest_stack_switch(&fix.vcpu, 0xffff0018, GUEST_STACK_TOP), 0);
    ck_assert_uint_eq(fix.vcpu.kernel_ss, 0x1b);
    ck_assert_uint_eq(fix.vcpu.kernel_sp, GUEST_STACK_TOP);
}

TEST(guest_entries, fpu_taskswitch_sets_ts)
{
    start();
    ck_assert_int_eq(guest_fpu_taskswitch(&fix.vcpu, true), 0);
    ck_assert(fix.vcpu.task_switched);
    ck_assert(fake_x86.cr0 & CR0_TS);
    ck_assert_int_eq(guest_fpu_taskswitch(&fix.vcpu, false), 0);
    ck_assert(!(fake_x86.cr0 & CR0_TS));
}
