/* SPDX-License-Identifier: MIT */
/*
 * What processors have and what domains see of it, in the toolstack's forms: feature words in a fixed
 * order, and lists of CPUID leaves.
 *
 * A domain's policy is what every domain sees, less the features that set_cpu_policy leaves out of
 * it. Whatever else is in a policy that the toolstack sends is not the toolstack's to choose, and is
 * not looked at.
 */
#include "arch/cpu_features.h"
#include "arch/x86.h"
#include "control/toolstack.h"
#include "emulate/cpuid_view.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "lib/string.h"
#include "mm/guest_access.h"

/* What a query is about. */
struct policy_source {
    bool is_hardware;
    const struct domain *domain; /* NULL: any */
};

static struct cpuid_result policy_read(const struct policy_source *source, uint32_t leaf,
                                       uint32_t subleaf)
{
    return source->is_hardware ? cpuid(leaf, subleaf)
                               : cpuid_view_of_domain(source->domain, leaf, subleaf);
}

/* ---- feature words ---- */

enum result_register { EAX, EBX, ECX, EDX, NOWHERE };
#define NOT_HIDDEN CPU_FEATURE_WORDS

/* In the ABI's order (cpufeatureset.h of release 4.17); `word`: how a domain keeps it. */
static const struct feature_place {
    uint32_t leaf;
    uint8_t subleaf;
    uint8_t where; /* enum result_register */
    uint8_t word;  /* enum cpu_feature_word */
} places[] = {
    { 1, 0, EDX, CPUID_1_EDX },
    { 1, 0, ECX, CPUID_1_ECX },
    { 0x80000001, 0, EDX, CPUID_E1_EDX },
    { 0x80000001, 0, ECX, CPUID_E1_ECX },
    { 0xd, 1, EAX, NOT_HIDDEN },
    { 7, 0, EBX, CPUID_7_EBX },
    { 7, 0, ECX, CPUID_7_ECX },
    { 0x80000007, 0, EDX, CPUID_E7_EDX },
    { 0x80000008, 0, EBX, CPUID_E8_EBX },
    { 7, 0, EDX, CPUID_7_EDX },
    { 7, 1, EAX, NOT_HIDDEN },
    { 0x80000021, 0, EAX, NOT_HIDDEN },
    { 7, 1, EBX, NOT_HIDDEN },
    { 7, 2, EDX, NOT_HIDDEN },
    { 7, 1, ECX, NOT_HIDDEN },
    { 7, 1, EDX, NOT_HIDDEN },
    { 0, 0, NOWHERE, NOT_HIDDEN }, /* MSR ARCH_CAPABILITIES, low */
    { 0, 0, NOWHERE, NOT_HIDDEN }, /* and high */
    { 0x80000021, 0, ECX, NOT_HIDDEN },
};

static uint32_t register_of(const struct cpuid_result *r, uint8_t where)
{
    const uint32_t registers[] = { r->eax, r->ebx, r->ecx, r->edx, 0 };

    return registers[where];
}

/* Leaves that the source does not have answer nothing: a processor would answer its last leaf. */
static bool has_leaf(const struct policy_source *source, uint32_t leaf)
{
    return policy_read(source, leaf & ~(uint32_t)UINT16_MAX, 0).eax >= leaf;
}

static uint32_t feature_word(const struct policy_source *source, const struct feature_place *place)
{
    struct cpuid_result r;

    if (place->where == NOWHERE || !has_leaf(source, place->leaf))
        return 0;
    r = policy_read(source, place->leaf, place->subleaf);
    return register_of(&r, place->where);
}

static int featureset_source(uint32_t index, struct policy_source *source)
{
    *source = (struct policy_source){ .is_hardware = false };
    switch (index) {
    case XEN_SYSCTL_cpu_featureset_raw:
    case XEN_SYSCTL_cpu_featureset_host:
        source->is_hardware = true;
        return 0;
    case XEN_SYSCTL_cpu_featureset_pv:
    case XEN_SYSCTL_cpu_featureset_pv_max:
        return 0;
    case XEN_SYSCTL_cpu_featureset_hvm:
    case XEN_SYSCTL_cpu_featureset_hvm_max:
        return refuse(-EOPNOTSUPP, "features of a kind of domain that is not made");
    default:
        return refuse(-EINVAL, "features of kind %u", index);
    }
}

long sysctl_op_get_cpu_featureset(UNUSED struct vcpu *caller, struct xen_sysctl_cpu_featureset *op)
{
    struct policy_source source;
    int error = featureset_source(op->index, &source);
    uint32_t count = ARRAY_COUNT(places);

    if (error)
        return error;
    if (op->features) {
        if (op->nr_features < count)
            return refuse(-ENOBUFS, "room for %u of %u feature words", op->nr_features, count);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t word = feature_word(&source, &places[i]);

            if (copy_to_guest(op->features + i * sizeof(word), &word, sizeof(word)))
                return -EFAULT;
        }
    }
    op->nr_features = count;
    return 0;
}

/* No processor's own view of its features can be changed for one domain. */
long sysctl_op_get_cpu_levelling_caps(UNUSED struct vcpu *caller,
                                      struct xen_sysctl_cpu_levelling_caps *op)
{
    op->caps = 0;
    return 0;
}

/* ---- lists of leaves ---- */

struct leaf_list {
    const struct policy_source *source;
    uint64_t address; /* 0: only counted */
    uint32_t room;
    uint32_t count;
    int error;
};

static void list_add(struct leaf_list *list, uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_result r =
        policy_read(list->source, leaf, subleaf == XEN_CPUID_NO_SUBLEAF ? 0 : subleaf);
    const struct xen_cpuid_leaf entry = { leaf, subleaf, r.eax, r.ebx, r.ecx, r.edx };

    if (list->address && !list->error) {
        if (list->count >= list->room)
            list->error = -ENOBUFS;
        else if (copy_to_guest(list->address + list->count * sizeof(entry), &entry, sizeof(entry)))
            list->error = -EFAULT;
    }
    list->count++;
}

#define CACHES_MAX     8u
#define SUBLEAVES_OF_7 3u
#define XSAVE_SUBLEAF  63u

/* Leaves with subleaves have those that say something. */
static void list_basic(struct leaf_list *list, uint32_t leaf)
{
    uint32_t subleaves = 0;

    switch (leaf) {
    case 4:
        subleaves = CACHES_MAX;
        break;
    case 7:
        subleaves = SUBLEAVES_OF_7;
        break;
    case 0xd:
        subleaves = XSAVE_SUBLEAF;
        break;
    default:
        list_add(list, leaf, XEN_CPUID_NO_SUBLEAF);
        return;
    }
    for (uint32_t subleaf = 0; subleaf < subleaves; subleaf++) {
        struct cpuid_result r = policy_read(list->source, leaf, subleaf);

        if (subleaf == 0 || r.eax || r.ebx || r.ecx || r.edx)
            list_add(list, leaf, subleaf);
    }
}

#define BASIC_MAX    0x20u
#define EXTENDED     0x80000000u
#define EXTENDED_MAX 0x80000021u

static void list_all(struct leaf_list *list)
{
    uint32_t basic = policy_read(list->source, 0, 0).eax;
    uint32_t extended = policy_read(list->source, EXTENDED, 0).eax;

    for (uint32_t leaf = 0; leaf <= basic && leaf <= BASIC_MAX; leaf++)
        list_basic(list, leaf);
    for (uint32_t leaf = EXTENDED; leaf <= extended && leaf <= EXTENDED_MAX; leaf++)
        list_add(list, leaf, XEN_CPUID_NO_SUBLEAF);
}

/* There are no MSRs in a policy. */
static int policy_list(const struct policy_source *source, uint64_t address, uint32_t *nr_leaves,
                       uint32_t *nr_msrs)
{
    struct leaf_list list = { .source = source, .address = address, .room = *nr_leaves };

    list_all(&list);
    *nr_leaves = list.count;
    *nr_msrs = 0;
    return list.error;
}

long sysctl_op_get_cpu_policy(UNUSED struct vcpu *caller, struct xen_sysctl_cpu_policy *op)
{
    struct policy_source source = { .is_hardware = false };

    switch (op->index) {
    case XEN_SYSCTL_cpu_policy_raw:
    case XEN_SYSCTL_cpu_policy_host:
        source.is_hardware = true;
        break;
    case XEN_SYSCTL_cpu_policy_pv_max:
    case XEN_SYSCTL_cpu_policy_pv_default:
        break;
    case XEN_SYSCTL_cpu_policy_hvm_max:
    case XEN_SYSCTL_cpu_policy_hvm_default:
        return refuse(-EOPNOTSUPP, "the policy of a kind of domain that is not made");
    default:
        return refuse(-EINVAL, "CPU policy %u", op->index);
    }
    return policy_list(&source, op->leaves, &op->nr_leaves, &op->nr_msrs);
}

long domctl_op_get_cpu_policy(struct domctl_call *call, struct xen_domctl_cpu_policy *op)
{
    const struct policy_source source = { .domain = call->domain };

    return policy_list(&source, op->leaves, &op->nr_leaves, &op->nr_msrs);
}

/* ---- a domain's own ---- */

#define LEAVES_MAX 256u
/* Bits of leaf 1's ECX that are the guest's doing or true of all guests. */
#define OSXSAVE    B_OF(27)
#define HYPERVISOR B_OF(31)
#define B_OF(n)    (1u << (n))

/* What @entry leaves out, to @hidden; false if it has more than any domain sees. */
static bool read_entry(const struct xen_cpuid_leaf *entry, uint32_t hidden[CPU_FEATURE_WORDS])
{
    const struct policy_source any = { .domain = NULL };
    uint32_t subleaf = entry->subleaf == XEN_CPUID_NO_SUBLEAF ? 0 : entry->subleaf;
    const struct cpuid_result wanted = { entry->a, entry->b, entry->c, entry->d };

    for (unsigned i = 0; i < ARRAY_COUNT(places); i++) {
        const struct feature_place *place = &places[i];
        uint32_t has, wants, ignored;

        if (place->leaf != entry->leaf || place->subleaf != subleaf || place->word == NOT_HIDDEN)
            continue;
        ignored = place->word == CPUID_1_ECX ? OSXSAVE | HYPERVISOR : 0;
        has = feature_word(&any, place);
        wants = register_of(&wanted, place->where);
        if (wants & ~has & ~ignored)
            return false;
        hidden[place->word] = has & ~wants & ~ignored;
    }
    return true;
}

static int read_policy(struct xen_domctl_cpu_policy *op, uint32_t hidden[CPU_FEATURE_WORDS])
{
    for (uint32_t i = 0; i < op->nr_leaves; i++) {
        struct xen_cpuid_leaf entry;

        if (copy_from_guest(&entry, op->leaves + i * sizeof(entry), sizeof(entry)))
            return -EFAULT;
        if (!read_entry(&entry, hidden)) {
            op->err_leaf = entry.leaf;
            op->err_subleaf = entry.subleaf;
            return refuse(-EINVAL, "CPUID leaf %#x asks for more than there is", entry.leaf);
        }
    }
    return 0;
}

long domctl_op_set_cpu_policy(struct domctl_call *call, struct xen_domctl_cpu_policy *op)
{
    struct domain *d = call->domain;
    uint32_t hidden[CPU_FEATURE_WORDS];
    int error;

    op->err_leaf = op->err_subleaf = op->err_msr = XEN_CPUID_INPUT_UNUSED;
    if (d->has_run || d->is_control)
        return refuse(-EBUSY, "domain %u has seen its processor", d->id);
    if (op->nr_leaves > LEAVES_MAX || op->nr_msrs)
        return refuse(-E2BIG, "a policy of %u leaves and %u MSRs", op->nr_leaves, op->nr_msrs);
    memcpy(hidden, d->hidden_features, sizeof(hidden));
    error = read_policy(op, hidden);
    if (!error)
        memcpy(d->hidden_features, hidden, sizeof(hidden));
    return error;
}
