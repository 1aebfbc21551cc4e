/* SPDX-License-Identifier: MIT */
/* The rules for each vector (abi-facts 3.3, 3.5, 3.6). */
#include "emulate/guest_trap.h"

#include <string.h>

#include "arch/pte.h"
#include "arch/x86.h"
#include "emulate/bounce.h"
#include "fixture.h"
#include "hypercall-abi/segments.h"
#include "machine_fixture.h"
#include "pvmmu/pvmmu.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"

static unsigned pte_writes;

int mmu_emulate_pte_write(struct vcpu *v, uint64_t va, uint64_t expected, uint64_t value)
{
    (void)v, (void)va, (void)expected, (void)value;
    pte_writes++;
    return 0;
}

bool mmu_write_pte_quick(struct vcpu *v, uint64_t va, uint64_t value, uint64_t *old)
{
    (void)v, (void)va, (void)value, (void)old;
    return false;
}

static uint64_t gdt[512], table[512];

static void start(uint32_t vector, uint32_t error_code)
{
    fixture_start();
    machine_fixture_start();
    for (unsigned n = 0; n < 256; n++)
        fix.vcpu.trap_table[n].address = GUEST_HANDLER + n;
    fix.frame->vector = vector;
    fix.frame->error_code = error_code;
    pte_writes = 0;
    memset(gdt, 0, sizeof(gdt));
    fake_guest_map(GDT_WINDOW_VIRT, gdt, sizeof(gdt), false);
}

static void check_bounced(uint32_t vector, uint64_t rip)
{
    ck_assert_uint_eq(fix.crashes, 0);
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + vector);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[vector_has_error_code(vector) ? 3 : 2], rip);
}

TEST(guest_trap, exceptions_go_to_their_handlers)
{
    static const uint32_t vectors[] = { 0, 3, 4, 5, 10, 11, 12, 16, 17, 19 };

    for (unsigned i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        start(vectors[i], 0x28);
        guest_trap(&fix.vcpu, fix.frame);
        check_bounced(vectors[i], GUEST_CODE_ADDRESS);
        ck_assert_uint_eq(this_cpu()->counters.trap[vectors[i]], 1);
    }
}

TEST(guest_trap, debug_status_is_merged_and_reset)
{
    start(1, 0);
    fake_x86.dr6 = 0xffff4ff1;
    fix.vcpu.debugreg[6] = 0xffff0ff2;
    guest_trap(&fix.vcpu, fix.frame);
    check_bounced(1, GUEST_CODE_ADDRESS);
    ck_assert_uint_eq(fix.vcpu.debugreg[6], 0xffff4ff3);
    ck_assert_uint_eq(fake_x86.dr6, 0xffff0ff0);
}

TEST(guest_trap, undefined_instructions_bounce_but_the_forced_cpuid)
{
    start(6, 0);
    fixture_code(0x0f, 0x0b);
    guest_trap(&fix.vcpu, fix.frame);
    check_bounced(6, GUEST_CODE_ADDRESS);
    start(6, 0);
    fixture_code(0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2);
    guest_trap(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS + 7);
}

TEST(guest_trap, ts_is_clear_when_the_handler_runs)
{
    start(7, 0);
    fix.vcpu.task_switched = true;
    fake_x86.cr0 = CR0_TS;
    guest_trap(&fix.vcpu, fix.frame);
    check_bounced(7, GUEST_CODE_ADDRESS);
    ck_assert(!fix.vcpu.task_switched);
    ck_assert(!(fake_x86.cr0 & CR0_TS));
}

/* ---- INT n ---- */

static void start_int(const uint8_t *code, unsigned bytes, uint32_t error_code)
{
    start(13, error_code);
    fixture_code_at(0, code, bytes);
}

TEST(guest_trap, int_n_goes_by_the_instruction_and_not_by_the_error_code)
{
    static const uint8_t int21[] = { 0xcd, 0x21 };

    start_int(int21, 2, 0x212); /* as QEMU has it; hardware: 0x10a */
    fix.vcpu.trap_table[0x21].flags = 1;
    guest_trap(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 0x21);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], GUEST_CODE_ADDRESS + 2);
    ck_assert_uint_eq(fix.frame->rsp, GUEST_STACK_TOP - 7 * 8);
}

TEST(guest_trap, int_n_with_prefixes_has_its_length)
{
    static const uint8_t prefixed[] = { 0x2e, 0x66, 0xcd, 0x21 };

    start_int(prefixed, 4, 0x10a);
    fix.vcpu.trap_table[0x21].flags = 3;
    guest_trap(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], GUEST_CODE_ADDRESS + 4);
}

TEST(guest_trap, int_n_respects_the_gates_privilege)
{
    static const uint8_t int21[] = { 0xcd, 0x21 };

    for (unsigned user = 0; user < 2; user++) {
        for (uint8_t dpl = 0; dpl < 4; dpl++) {
            bool allowed = dpl >= (user ? 3 : 1);

            start_int(int21, 2, 0x212);
            fix.vcpu.trap_table[0x21].flags = dpl;
            if (user)
                fixture_enter_user();
            guest_trap(&fix.vcpu, fix.frame);
            ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + (allowed ? 0x21u : 13u));
            if (!allowed) {
                ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], 0x10a);
                ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[3], GUEST_CODE_ADDRESS);
            }
        }
    }
}

TEST(guest_trap, int_n_without_handler_is_a_general_protection)
{
    static const uint8_t int21[] = { 0xcd, 0x21 };

    start_int(int21, 2, 0x212);
    fix.vcpu.trap_table[0x21] = (struct trap_info){ 0x21, 3, 0, 0 };
    guest_trap(&fix.vcpu, fix.frame);
    check_bounced(13, GUEST_CODE_ADDRESS);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], 0x10a);
}

TEST(guest_trap, int_n_of_32_bit_code_is_found_through_its_descriptor)
{
    static const uint8_t int21[] = { 0xcd, 0x21 };

    start_int(int21, 2, 0x10a);
    fixture_enter_user();
    fix.vcpu.trap_table[0x21].flags = 3;
    fix.frame->cs = 0x13; /* entry 2: base 0x400000, limit 0xfff bytes, 32-bit code */
    fix.frame->rip = 0;
    gdt[2] = 0x0040fb4000000fffUL;
    guest_trap(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 0x21);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], 2);
}

TEST(guest_trap, code_beyond_its_segments_limit_is_not_read)
{
    static const uint8_t int21[] = { 0xcd, 0x21 };

    start_int(int21, 2, 0x10a);
    fixture_enter_user();
    fix.vcpu.trap_table[0x21].flags = 3;
    fix.frame->cs = 0x13;
    fix.frame->rip = 0x10;
    gdt[2] = 0x0040fb400000000fUL;
    guest_trap(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 13);
}

TEST(guest_trap, an_ldt_selector_beyond_the_ldt_is_not_read)
{
    static const uint8_t int21[] = { 0xcd, 0x21 };

    start_int(int21, 2, 0x10a);
    fix.frame->cs = 0x17; /* LDT, entry 2 */
    fix.vcpu.descriptors.ldt_entries = 2;
    guest_trap(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 13);
}

TEST(guest_trap, the_direct_gate_of_int80_checks_the_handler)
{
    start(0x80, 0);
    fix.vcpu.trap_table[0x80].flags = 3 | TRAP_INFO_MASK_EVENTS;
    fixture_enter_user();
    guest_trap(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 0x80);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], GUEST_CODE_ADDRESS);
    ck_assert_uint_eq(fix.vcpu.info->evtchn_upcall_mask, 1);

    start(0x80, 0);
    fix.vcpu.trap_table[0x80].address = 0;
    fix.frame->rip += 2; /* the gate was passed */
    fixture_enter_user();
    guest_trap(&fix.vcpu, fix.frame);
    check_bounced(13, GUEST_CODE_ADDRESS);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], 0x402);
}

/* ---- #GP ---- */

TEST(guest_trap, general_protection_with_an_error_code_is_not_emulated)
{
    start(13, 0x18);
    fixture_code(0x0f, 0x06); /* clts */
    guest_trap(&fix.vcpu, fix.frame);
    check_bounced(13, GUEST_CODE_ADDRESS);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], 0x18);
}

TEST(guest_trap, an_external_idt_fault_is_not_an_int_n)
{
    start(13, 0x10b);
    fixture_code(0xcd, 0x21);
    fix.vcpu.trap_table[0x21].flags = 3;
    guest_trap(&fix.vcpu, fix.frame);
    check_bounced(13, GUEST_CODE_ADDRESS);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], 0x10b);
}

TEST(guest_trap, general_protection_without_is_emulated_or_bounced)
{
    start(13, 0);
    fixture_code(0x0f, 0x06);
    guest_trap(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS + 2);
    start(13, 0);
    fixture_code(0xf4);
    guest_trap(&fix.vcpu, fix.frame);
    check_bounced(13, GUEST_CODE_ADDRESS);
}

/* ---- #PF ---- */

static void start_fault(uint64_t address, uint32_t error_code)
{
    start(14, error_code);
    fake_x86.cr2 = address;
    memset(table, 0, sizeof(table));
    fake_guest_map(0xffff888000200000, table, sizeof(table), false);
    fixture_code(0x48, 0x89, 0x07);
    fix.frame->rdi = 0xffff888000200000;
}

TEST(guest_trap, a_page_fault_has_address_and_mode)
{
    start_fault(0x1234, PF_USER | PF_WRITE);
    guest_trap(&fix.vcpu, fix.frame);
    check_bounced(14, GUEST_CODE_ADDRESS);
    ck_assert_uint_eq(fix.vcpu.info->arch.cr2, 0x1234);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], PF_WRITE);
}

static void page_table_fault(uint32_t error_code, uint32_t vm_assist, bool from_user)
{
    start_fault(0xffff888000200000, error_code);
    fix.domain.vm_assist = vm_assist;
    if (from_user)
        fixture_enter_user();
    guest_trap(&fix.vcpu, fix.frame);
}

#define ASSIST   (1u << VMASST_TYPE_writable_pagetables)
#define PT_FAULT (PF_PRESENT | PF_WRITE | PF_USER)

TEST(guest_trap, a_page_table_write_is_emulated)
{
    page_table_fault(PT_FAULT, ASSIST, false);
    ck_assert_uint_eq(pte_writes, 1);
    ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS + 3);
}

TEST(guest_trap, a_page_table_write_is_not_emulated_otherwise)
{
    page_table_fault(PT_FAULT, 0, false); /* assist off */
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 14);
    page_table_fault(PT_FAULT, ASSIST, true); /* user mode */
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 14);
    page_table_fault(PF_WRITE | PF_USER, ASSIST, false); /* not present */
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 14);
    page_table_fault(PF_PRESENT | PF_USER, ASSIST, false); /* a read */
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 14);
    page_table_fault(PT_FAULT | PF_FETCH, ASSIST, false);
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 14);
    ck_assert_uint_eq(pte_writes, 0);
}

TEST(guest_trap, the_ldt_window_is_filled_when_the_processor_looks_there)
{
    start_fault(LDT_WINDOW_VIRT + 0x1238, 0);
    fake_mmu.ldt_fault_answer = true;
    guest_trap(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fake_mmu.ldt_fault_offset, 0x1238);
    ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS); /* tried again */
}

TEST(guest_trap, an_ldt_that_is_not_there_is_a_fault_at_the_guests_ldt)
{
    start_fault(LDT_WINDOW_VIRT + 0x1238, 0);
    fix.vcpu.descriptors.ldt_base = 0xffff888000400000;
    fixture_enter_user();
    guest_trap(&fix.vcpu, fix.frame);
    check_bounced(14, GUEST_CODE_ADDRESS);
    ck_assert_uint_eq(fix.vcpu.info->arch.cr2, 0xffff888000401238);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], PF_USER);
}

TEST(guest_trap, a_guests_own_access_to_the_windows_is_a_plain_fault)
{
    start_fault(LDT_WINDOW_VIRT + 0x1238, PF_USER);
    fake_mmu.ldt_fault_answer = true;
    guest_trap(&fix.vcpu, fix.frame);
    check_bounced(14, GUEST_CODE_ADDRESS);
    ck_assert_uint_eq(fake_mmu.ldt_faults, 0);
    ck_assert_uint_eq(fix.vcpu.info->arch.cr2, LDT_WINDOW_VIRT + 0x1238);
}

TEST(guest_trap, a_fault_in_the_gdt_window_is_the_selectors)
{
    start_fault(GDT_WINDOW_VIRT + 0x1234, 0);
    guest_trap(&fix.vcpu, fix.frame);
    check_bounced(13, GUEST_CODE_ADDRESS);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], 0x1230);
}

TEST(guest_trap, a_hole_of_the_m2p_is_filled_or_a_plain_fault)
{
    start_fault(M2P_VIRT + 0x5000, PF_USER);
    fake_mmu.m2p_fault_answer = true;
    guest_trap(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fake_mmu.m2p_fault_address, M2P_VIRT + 0x5000);
    ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS);
    fake_mmu.m2p_fault_answer = false;
    guest_trap(&fix.vcpu, fix.frame);
    check_bounced(14, GUEST_CODE_ADDRESS);
}

TEST_ABORTS(guest_trap, reserved_bits_in_an_entry_are_our_mistake)
{
    start_fault(0x1000, PF_PRESENT | PF_RESERVED | PF_USER);
    guest_trap(&fix.vcpu, fix.frame);
}

/* ---- the return that faulted ---- */

TEST(guest_exit_fault, becomes_the_exception_of_the_target)
{
    start(13, 0x10);
    fix.frame->cs = 0x13;
    fix.frame->rip = 0x0000800000000000;
    guest_exit_fault(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 13);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], 0x10);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[3], 0x0000800000000000);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[4], 0x10);
}

TEST(guest_exit_fault, is_never_emulated)
{
    start(13, 0);
    fixture_code(0x0f, 0x06);
    guest_exit_fault(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 13);
}

TEST(guest_exit_fault, may_be_a_missing_ldt_page)
{
    start(14, 0);
    fake_x86.cr2 = LDT_WINDOW_VIRT + 8;
    fix.vcpu.descriptors.ldt_base = 0x700000;
    guest_exit_fault(&fix.vcpu, fix.frame);
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 14);
    ck_assert_uint_eq(fix.vcpu.info->arch.cr2, 0x700008);
}
