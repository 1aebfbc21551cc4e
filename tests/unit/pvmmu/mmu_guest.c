/* SPDX-License-Identifier: MIT */
/* Guests for tests of the PV MMU, and what the folders to the right would provide. */
#include "mmu_guest.h"

#include <stdlib.h>

#include "arch/fpu.h"
#include "domain/preempt.h"
#include "domain/vcpu_state.h"
#include "hypercall-abi/xen.h"
#include "lib/string.h"
#include "mm/frame_alloc.h"
#include "mm/ram.h"

#define MACHINE_MIB 32u

ALLOCATOR_THAT_CAN_FAIL(void *, heap_alloc, (size_t bytes), (bytes), NULL)
ALLOCATOR_THAT_CAN_FAIL(void *, page_alloc, (void), (), NULL)

/* ---- what is fake ---- */

unsigned preempt_at;
bool preempt_always;
bool preempt_randomly;
unsigned preempt_questions;
unsigned restarts;

bool preempt_pending(void)
{
    static _Thread_local unsigned asked;

    ck_assert_uint_eq(spin_held()->depth, 0);
    if (preempt_randomly)
        return ++asked * 2654435761u < 1u << 29;
    preempt_questions++;
    return preempt_always || (preempt_at && --preempt_at == 0);
}

void vcpu_state_load_ldt(const struct vcpu *v)
{
    this_cpu()->ldt_entries = v->descriptors.ldt_entries;
}

uint32_t fpu_area_bytes(void)
{
    return 512;
}

void fpu_area_init(void *area)
{
    (void)area;
}

/* ---- machine and domains ---- */

void mmu_machine_start(uint32_t cpus)
{
    const struct memory_range ram = { 0x100000, (uint64_t)(MACHINE_MIB + 2) << 20 };

    ck_assert_int_eq(ram_init(&ram, 1), 0);
    fake_machine_start(MACHINE_MIB);
    fake_cpus_start(cpus);
    pvmmu_start();
}

struct domain *guest_create(uint16_t id, uint32_t vcpus)
{
    struct domain *d;
    struct vcpu *v;

    ck_assert_int_eq(domain_alloc(id, &d), 0);
    d->is_control = id == 0;
    d->max_pages = ~0UL;
    for (uint32_t i = 0; i < vcpus; i++) {
        ck_assert_int_eq(vcpu_create(d, i, &v), 0);
        ck_assert_int_eq(mmu_vcpu_create(v), 0);
    }
    return d;
}

void guest_run(struct vcpu *v, uint32_t cpu)
{
    fake_cpu_become(cpu);
    this_cpu()->current = v;
    atomic_store(&v->processor, cpu);
    mmu_load_root(v);
}

mfn_t guest_page(struct domain *d)
{
    struct frame *frame = frame_alloc(0, FRAME_ADDRESS_ANY, FRAME_ALLOC_ZERO);

    ck_assert_ptr_nonnull(frame);
    frame_assign(frame, d);
    return frame_to_mfn(frame);
}

uint64_t *guest_words(mfn_t page)
{
    return mfn_to_virt(page);
}

/* ---- trees ---- */

static void build_l1(struct tree *tree, struct domain *d, unsigned i, unsigned j)
{
    tree->l1[i][j] = guest_page(d);
    guest_words(tree->l2[i])[j] = entry_of(tree->l1[i][j], TABLE);
    for (unsigned k = 0; k < tree->pages; k++) {
        tree->page[i][j][k] = guest_page(d);
        guest_words(tree->l1[i][j])[k] = entry_of(tree->page[i][j][k], LEAF_RW);
    }
}

void tree_build(struct tree *tree, struct domain *d, unsigned l2s, unsigned l1s, unsigned pages)
{
    tree->l2s = l2s;
    tree->l1s = l1s;
    tree->pages = pages;
    tree->l4 = guest_page(d);
    tree->l3 = guest_page(d);
    guest_words(tree->l4)[0] = entry_of(tree->l3, TABLE);
    for (unsigned i = 0; i < l2s; i++) {
        tree->l2[i] = guest_page(d);
        guest_words(tree->l3)[i] = entry_of(tree->l2[i], TABLE);
        for (unsigned j = 0; j < l1s; j++)
            build_l1(tree, d, i, j);
    }
}

static void expect_untyped(mfn_t page)
{
    ck_assert_uint_eq(type_references(page), 0);
    ck_assert_uint_eq(references(page), 1);
}

void tree_expect_untyped(const struct tree *tree)
{
    expect_untyped(tree->l4);
    expect_untyped(tree->l3);
    for (unsigned i = 0; i < tree->l2s; i++) {
        expect_untyped(tree->l2[i]);
        for (unsigned j = 0; j < tree->l1s; j++) {
            expect_untyped(tree->l1[i][j]);
            for (unsigned k = 0; k < tree->pages; k++)
                expect_untyped(tree->page[i][j][k]);
        }
    }
}

/* ---- looking ---- */

uint64_t references(mfn_t page)
{
    return atomic_load(&mfn_to_frame(page)->count) & FRAME_COUNT_MASK;
}

uint64_t type_references(mfn_t page)
{
    uint32_t word = type_word(mfn_to_frame(page));

    return (word & (TYPE_PARTIAL | TYPE_GOING)) ? 1 : type_count(word);
}

enum frame_type type_now(mfn_t page)
{
    return frame_type_of(mfn_to_frame(page));
}

uint64_t entry_at(mfn_t table, unsigned slot)
{
    return guest_words(table)[slot];
}

/* ---- hypercalls ---- */

/* As the hypercall layer does it: settle, act, settle; -ERESTART starts again. */
#define RESTARTED(domain, call)                                                                    \
    ({                                                                                             \
        int result_;                                                                               \
                                                                                                   \
        for (;;) {                                                                                 \
            result_ = mmu_settle(domain);                                                          \
            if (!result_)                                                                          \
                result_ = (call);                                                                  \
            EXPECT_CONSISTENT();                                                                   \
            if (result_ != -ERESTART)                                                              \
                break;                                                                             \
            restarts++;                                                                            \
        }                                                                                          \
        settle(domain);                                                                            \
        result_;                                                                                   \
    })

void settle(struct domain *d)
{
    while (mmu_settle(d)) {
        restarts++;
        EXPECT_CONSISTENT();
    }
    EXPECT_CONSISTENT();
}

int do_mmuext_for(struct vcpu *v, struct domain *target, uint32_t cmd, mfn_t page)
{
    const struct mmuext_op op = { .cmd = cmd, .arg1.mfn = page.number };

    return RESTARTED(target, mmuext_op_one(v, target, &op));
}

int do_mmuext(struct vcpu *v, uint32_t cmd, mfn_t page)
{
    return do_mmuext_for(v, v->domain, cmd, page);
}

int do_update_cmd(struct vcpu *v, mfn_t table, unsigned slot, uint64_t value, unsigned cmd)
{
    const struct mmu_update update = {
        .ptr = (mfn_to_maddr(table).value + slot * sizeof(uint64_t)) | cmd, .val = value
    };

    return RESTARTED(v->domain, mmu_update_one(v->domain, v->domain, &update));
}

int do_update(struct vcpu *v, mfn_t table, unsigned slot, uint64_t value)
{
    return do_update_cmd(v, table, slot, value, MMU_NORMAL_PT_UPDATE);
}

int do_va(struct vcpu *v, uint64_t va, uint64_t value)
{
    return RESTARTED(v->domain, mmu_update_va_mapping(v, va, value, UVMF_NONE, v->domain));
}
