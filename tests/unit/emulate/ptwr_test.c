/* SPDX-License-Identifier: MIT */
/* Writes to page tables: which of them are carried out, and what becomes of entry and registers. */
#include "emulate/ptwr.h"

#include <string.h>

#include "arch/pte.h"
#include "arch/x86.h"
#include "fixture.h"
#include "hypercall-abi/segments.h"
#include "lib/errno.h"
#include "pvmmu/pvmmu.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"

#define TABLE 0xffff888000200000UL
#define ENTRY (TABLE + 0x40)

static uint64_t table[512];

/* What the MMU is asked for, and what it answers. */
static struct {
    unsigned calls;
    uint64_t va, expected, value;
    int answer;
    unsigned quick_calls;
    bool quick_answer;
} asked;

bool mmu_write_pte_quick(struct vcpu *v, uint64_t va, uint64_t value, uint64_t *old)
{
    ck_assert_ptr_eq(v, &fix.vcpu);
    asked.quick_calls++;
    asked.va = va;
    asked.value = value;
    *old = table[va % PAGE_SIZE / sizeof(table[0])];
    return asked.quick_answer;
}

int mmu_emulate_pte_write(struct vcpu *v, uint64_t va, uint64_t expected, uint64_t value)
{
    ck_assert_ptr_eq(v, &fix.vcpu);
    asked.calls++;
    asked.va = va;
    asked.expected = expected;
    asked.value = value;
    return asked.answer;
}

static void start(void)
{
    fixture_start();
    memset(&asked, 0, sizeof(asked));
    memset(table, 0, sizeof(table));
    fake_guest_map(TABLE, table, sizeof(table), false);
    table[8] = 0x8000000012345067;
    fix.frame->rdi = ENTRY;
    for (unsigned vector = 0; vector < 32; vector++)
        fix.vcpu.trap_table[vector].address = GUEST_HANDLER + vector;
}

static void check_asked(uint64_t value)
{
    ck_assert_uint_eq(asked.calls, 1);
    ck_assert_uint_eq(asked.va, ENTRY);
    ck_assert_uint_eq(asked.expected, 0x8000000012345067);
    ck_assert_uint_eq(asked.value, value);
}

TEST(ptwr, mov_replaces_the_entry)
{
    start();
    fixture_code(0x48, 0x89, 0x07); /* mov %rax, (%rdi) */
    fix.frame->rax = 0x1067;
    ck_assert(emulate_page_table_write(&fix.vcpu, fix.frame, ENTRY));
    check_asked(0x1067);
    ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS + 3);
}

TEST(ptwr, xchg_returns_the_old_entry)
{
    start();
    fixture_code(0x48, 0x87, 0x07);
    fix.frame->rax = 0;
    ck_assert(emulate_page_table_write(&fix.vcpu, fix.frame, ENTRY));
    check_asked(0);
    ck_assert_uint_eq(fix.frame->rax, 0x8000000012345067);
}

TEST(ptwr, and_on_one_byte_keeps_the_others)
{
    start();
    fixture_code(0xf0, 0x80, 0x27, 0xfd); /* lock andb $~2, (%rdi) */
    ck_assert(emulate_page_table_write(&fix.vcpu, fix.frame, ENTRY));
    check_asked(0x8000000012345065);
    ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS + 4);
}

TEST(ptwr, narrow_writes_are_merged_where_they_are)
{
    start();
    fixture_code(0xc6, 0x47, 0x07, 0x7f); /* movb $0x7f, 7(%rdi) */
    ck_assert(emulate_page_table_write(&fix.vcpu, fix.frame, ENTRY + 7));
    check_asked(0x7f00000012345067);
    start();
    fixture_code(0xc7, 0x47, 0x04, 1, 0, 0, 0x80); /* movl $0x80000001, 4(%rdi) */
    ck_assert(emulate_page_table_write(&fix.vcpu, fix.frame, ENTRY + 4));
    check_asked(0x8000000112345067);
    start();
    fixture_code(0x66, 0xc7, 0x47, 0x02, 0xcd, 0xab); /* movw $0xabcd, 2(%rdi) */
    ck_assert(emulate_page_table_write(&fix.vcpu, fix.frame, ENTRY + 2));
    check_asked(0x80000000abcd5067);
}

TEST(ptwr, btr_with_lock_or_ds_sets_cf)
{
    start();
    fixture_code(0xf0, 0x48, 0x0f, 0xba, 0x37, 0x05);
    ck_assert(emulate_page_table_write(&fix.vcpu, fix.frame, ENTRY));
    check_asked(0x8000000012345047);
    ck_assert(fix.frame->rflags & RFLAGS_CF);
    start();
    fixture_code(0x3e, 0x48, 0x0f, 0xba, 0x37, 0x05);
    ck_assert(emulate_page_table_write(&fix.vcpu, fix.frame, ENTRY));
    check_asked(0x8000000012345047);
}

TEST(ptwr, cmpxchg_that_fails_changes_only_rax)
{
    start();
    fixture_code(0xf0, 0x48, 0x0f, 0xb1, 0x17);
    fix.frame->rax = 1;
    fix.frame->rdx = 2;
    ck_assert(emulate_page_table_write(&fix.vcpu, fix.frame, ENTRY));
    check_asked(0x8000000012345067);
    ck_assert_uint_eq(fix.frame->rax, 0x8000000012345067);
    ck_assert(!(fix.frame->rflags & RFLAGS_ZF));
}

TEST(ptwr, an_entry_that_changed_meanwhile_is_tried_again)
{
    start();
    fixture_code(0x48, 0x87, 0x07);
    fix.frame->rax = 5;
    asked.answer = -EAGAIN;
    ck_assert(emulate_page_table_write(&fix.vcpu, fix.frame, ENTRY));
    ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS);
    ck_assert_uint_eq(fix.frame->rax, 5);
    ck_assert_uint_eq(fix.frame->rflags, 0x202);
}

TEST(ptwr, a_refused_value_is_the_guests_fault)
{
    start();
    fixture_code(0x48, 0x89, 0x07);
    asked.answer = -EINVAL;
    ck_assert(!emulate_page_table_write(&fix.vcpu, fix.frame, ENTRY));
    ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS);
}

static void check_not_asked(uint64_t address)
{
    ck_assert(!emulate_page_table_write(&fix.vcpu, fix.frame, address));
    ck_assert_uint_eq(asked.calls, 0);
    ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS);
}

TEST(ptwr, the_operand_must_be_what_faulted)
{
    start();
    fixture_code(0x48, 0x89, 0x47, 0x08); /* the next entry */
    check_not_asked(ENTRY);
}

TEST(ptwr, an_unaligned_operand_is_not_emulated)
{
    start();
    fixture_code(0x48, 0x89, 0x47, 0x04);
    check_not_asked(ENTRY + 4);
    start();
    fixture_code(0x89, 0x47, 0x02);
    check_not_asked(ENTRY + 2);
}

TEST(ptwr, other_instructions_are_not_emulated)
{
    start();
    fixture_code(0x48, 0x83, 0x17, 0x01); /* adcq */
    check_not_asked(ENTRY);
    start();
    fixture_code(0xa4); /* movsb */
    check_not_asked(ENTRY);
    start();
    fixture_code(0x0f, 0x0b);
    check_not_asked(ENTRY);
}

TEST(ptwr, an_address_of_the_hypervisor_is_not_touched)
{
    start();
    fixture_code(0x48, 0x89, 0x07);
    fix.frame->rdi = 0xffff820000000000;
    check_not_asked(0xffff820000000000);
}

TEST(ptwr, segment_bases_count)
{
    start();
    fixture_code(0x65, 0x48, 0x89, 0x07); /* %gs:(%rdi) */
    check_not_asked(ENTRY + 0x1000);      /* the fake base is 0 */
    ck_assert(emulate_page_table_write(&fix.vcpu, fix.frame, ENTRY));
}

TEST(ptwr, an_instruction_that_is_cut_off_is_a_page_fault_of_its_own)
{
    static const uint8_t start_of_mov[] = { 0x48, 0x89 };

    start();
    fix.frame->rip = GUEST_CODE_ADDRESS + 0xffe;
    fixture_code_at(0xffe, start_of_mov, sizeof(start_of_mov));
    ck_assert(emulate_page_table_write(&fix.vcpu, fix.frame, ENTRY));
    ck_assert_uint_eq(asked.calls, 0);
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 14);
    ck_assert_uint_eq(fix.vcpu.info->arch.cr2, GUEST_CODE_ADDRESS + 0x1000);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], PF_FETCH);
}

TEST(ptwr, a_single_step_is_reported_behind_it)
{
    start();
    fixture_code(0x48, 0x89, 0x07);
    fix.frame->rflags |= RFLAGS_TF;
    ck_assert(emulate_page_table_write(&fix.vcpu, fix.frame, ENTRY));
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 1);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], GUEST_CODE_ADDRESS + 3);
    ck_assert(fix.vcpu.debugreg[6] & 1u << 14);
}

/* One form of the short way: which register is stored, and which one has the address. */
static void check_short(const uint8_t code[3], uint64_t *value, uint64_t *base, bool gets_old)
{
    start();
    asked.quick_answer = true;
    fix.frame->rdi = 0;
    *value = 0x1067;
    *base = ENTRY;
    fix.frame->rflags |= RFLAGS_RF;
    fixture_code_at(0, code, 3);
    ck_assert(emulate_page_table_write(&fix.vcpu, fix.frame, ENTRY));
    ck_assert_uint_eq(asked.quick_calls, 1);
    ck_assert_uint_eq(asked.calls, 0);
    ck_assert_uint_eq(asked.va, ENTRY);
    ck_assert_uint_eq(asked.value, 0x1067);
    ck_assert_uint_eq(*value, gets_old ? 0x8000000012345067 : 0x1067);
    ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS + 3);
    ck_assert(!(fix.frame->rflags & RFLAGS_RF));
}

TEST(ptwr, mov_and_xchg_by_one_register_take_the_short_way)
{
    fixture_start();
    check_short((const uint8_t[]){ 0x48, 0x89, 0x07 }, &fix.frame->rax, &fix.frame->rdi, false);
    check_short((const uint8_t[]){ 0x48, 0x87, 0x07 }, &fix.frame->rax, &fix.frame->rdi, true);
    check_short((const uint8_t[]){ 0x49, 0x87, 0x16 }, &fix.frame->rdx, &fix.frame->r14, true);
    check_short((const uint8_t[]){ 0x4c, 0x87, 0x03 }, &fix.frame->r8, &fix.frame->rbx, true);
    check_short((const uint8_t[]){ 0x4d, 0x89, 0x3a }, &fix.frame->r15, &fix.frame->r10, false);
    /* REX.X has no meaning without an index. */
    check_short((const uint8_t[]){ 0x4a, 0x87, 0x06 }, &fix.frame->rax, &fix.frame->rsi, true);
}

/* Not asked the short way, whatever the MMU would answer. */
static void check_long(const uint8_t *code, unsigned bytes)
{
    start();
    asked.quick_answer = true;
    fix.frame->rsp = fix.frame->r12 = fix.frame->rbp = fix.frame->r13 = ENTRY;
    fixture_code_at(0, code, bytes);
    (void)emulate_page_table_write(&fix.vcpu, fix.frame, ENTRY);
    ck_assert_uint_eq(asked.quick_calls, 0);
}

#define CHECK_LONG(...)                                                                            \
    check_long((const uint8_t[]){ __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ }))

TEST(ptwr, other_forms_do_not_take_the_short_way)
{
    CHECK_LONG(0x89, 0x07);                   /* 4 bytes */
    CHECK_LONG(0x40, 0x89, 0x07);             /* the same */
    CHECK_LONG(0x48, 0x88, 0x07);             /* a byte */
    CHECK_LONG(0x48, 0x89, 0x47, 0x00);       /* an offset */
    CHECK_LONG(0x48, 0x89, 0x04, 0x24);       /* an index byte */
    CHECK_LONG(0x49, 0x89, 0x04, 0x24);       /* the same with R12 */
    CHECK_LONG(0x49, 0x89, 0x45, 0x00);       /* R13 needs an offset */
    CHECK_LONG(0x48, 0x89, 0x05, 0, 0, 0, 0); /* relative to RIP */
    CHECK_LONG(0x65, 0x48, 0x89, 0x07);       /* a segment */
    CHECK_LONG(0x66, 0x89, 0x07);
    CHECK_LONG(0x48, 0x09, 0x07); /* OR */
    start();
    asked.quick_answer = true;
    fix.frame->rflags |= RFLAGS_TF;
    fixture_code(0x48, 0x89, 0x07);
    ck_assert(emulate_page_table_write(&fix.vcpu, fix.frame, ENTRY));
    ck_assert_uint_eq(asked.quick_calls, 0);
}
