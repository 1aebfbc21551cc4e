/* SPDX-License-Identifier: MIT */
/*
 * No sub-operation works on an argument that is not the guest's memory, whether it is nothing, not canonical, the
 * hypervisor's, or reaches into that from below: -EFAULT, before anything else is done (XSA-212; abi-facts 11.5).
 */
#include "guest.h"

enum copy { NONE, IN, OUT, INOUT, BATCH };

struct row {
    uint32_t number;
    enum copy copy;
    const char *name;
};

#define OP(number, name, argument, copy, summary) { number, copy, #name },
static const struct row callback_ops[] = {
#include "hypercall-abi/tables/callback_ops.def"
};
static const struct row event_channel_ops[] = {
#include "hypercall-abi/tables/event_channel_ops.def"
};
static const struct row grant_table_ops[] = {
#include "hypercall-abi/tables/grant_table_ops.def"
};
static const struct row memory_ops[] = {
#include "hypercall-abi/tables/memory_ops.def"
};
static const struct row nmi_ops[] = {
#include "hypercall-abi/tables/nmi_ops.def"
};
static const struct row physdev_ops[] = {
#include "hypercall-abi/tables/physdev_ops.def"
};
static const struct row sched_ops[] = {
#include "hypercall-abi/tables/sched_ops.def"
};
static const struct row vcpu_ops[] = {
#include "hypercall-abi/tables/vcpu_ops.def"
};
static const struct row xen_version_ops[] = {
#include "hypercall-abi/tables/xen_version_ops.def"
};
#undef OP

static const uint64_t bad[] = {
    0,
    0x1000,
    0x00007fffffffffff, /* its second byte is not canonical */
    0x0000800000000000,
    0xffff7fffffffffff,
    HYPERVISOR_VIRT_START,
    HYPERVISOR_VIRT_START - 1,
    0xffff808000000000,
    0xffff810000101000,
    0xffff840000000000,
    HYPERVISOR_VIRT_END - 1,
    ~0UL,
};

static void expect_fault(const struct row *row, long result, uint64_t address)
{
    if (result != -XEN_EFAULT)
        failure("%s with argument %#lx: %ld", row->name, address, result);
}

#define CHECK(rows, call)                                                                          \
    do {                                                                                           \
        for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {                                         \
            const struct row *row = &(rows)[i];                                                    \
                                                                                                   \
            for (unsigned j = 0; row->copy != NONE && j < ARRAY_COUNT(bad); j++) {                 \
                uint64_t at = bad[j];                                                              \
                                                                                                   \
                expect_fault(row, call, at);                                                       \
            }                                                                                      \
        }                                                                                          \
    } while (0)

void test_main(void)
{
    CHECK(callback_ops, hypercall(callback_op, row->number, at));
    CHECK(event_channel_ops, hypercall(event_channel_op, row->number, at));
    CHECK(grant_table_ops, hypercall(grant_table_op, row->number, at, 1));
    CHECK(memory_ops, hypercall(memory_op, row->number, at));
    CHECK(nmi_ops, hypercall(nmi_op, row->number, at));
    CHECK(physdev_ops, hypercall(physdev_op, row->number, at));
    CHECK(sched_ops, hypercall(sched_op, row->number, at));
    CHECK(vcpu_ops, hypercall(vcpu_op, row->number, 0, at));
    CHECK(xen_version_ops, hypercall(xen_version, row->number, at));
    for (unsigned j = 0; j < ARRAY_COUNT(bad); j++) {
        static const struct row others[] = { { 0, IN, "mmu_update" },
                                             { 0, IN, "mmuext_op" },
                                             { 0, IN, "multicall" },
                                             { 0, IN, "set_gdt" },
                                             { 0, IN, "platform_op" } };

        expect_fault(&others[0], hypercall(mmu_update, bad[j], 1, NULL, DOMID_SELF), bad[j]);
        expect_fault(&others[1], hypercall(mmuext_op, bad[j], 1, NULL, DOMID_SELF), bad[j]);
        expect_fault(&others[2], hypercall(multicall, bad[j], 1), bad[j]);
        expect_fault(&others[3], hypercall(set_gdt, bad[j], 1), bad[j]);
        expect_fault(&others[4], hypercall(platform_op, bad[j]), bad[j]);
    }
}
