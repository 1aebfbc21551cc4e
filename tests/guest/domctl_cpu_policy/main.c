/* SPDX-License-Identifier: MIT */
/*
 * get_cpu_policy lists what a domain sees; a feature that set_cpu_policy leaves out is hidden from that
 * domain and from no other. More than there is, and a domain that has run, are refused.
 *
 * Machine: options="dom0_mem=24M"
 */
#include "privileged.h"
#include "toolstack.h"

#define LEAVES 128u
#define SSE2   BIT(26)

static struct xen_cpuid_leaf leaves[LEAVES];
static struct xen_domctl op;

/* Asks for leaf 1 with the prefix, and keeps ECX and EDX. */
USER_CODE_BLOCK(looks, "mov %rbx, %r14\n"
                       "mov $1, %eax\n"
                       "xor %ecx, %ecx\n"
                       ".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e\n"
                       "cpuid\n"
                       "mov %ecx, (%r14)\n"
                       "mov %edx, 4(%r14)\n" CHILD_SHUTDOWN(0));

static uint32_t get(const struct child *child)
{
    op.u.cpu_policy =
        (struct xen_domctl_cpu_policy){ .nr_leaves = LEAVES, .leaves = (uint64_t)leaves };
    require_eq(domctl(XEN_DOMCTL_get_cpu_policy, child->id, &op), 0, "get_cpu_policy");
    return op.u.cpu_policy.nr_leaves;
}

static long set(const struct child *child, const struct xen_cpuid_leaf *list, uint32_t count)
{
    op.u.cpu_policy =
        (struct xen_domctl_cpu_policy){ .nr_leaves = count, .leaves = (uint64_t)list };
    return domctl(XEN_DOMCTL_set_cpu_policy, child->id, &op);
}

static struct xen_cpuid_leaf *find(uint32_t leaf, uint32_t count)
{
    uint32_t i = 0;

    while (i < count && leaves[i].leaf != leaf)
        i++;
    require(i < count, "the leaf");
    return &leaves[i];
}

static void refuse_policies(const struct child *child)
{
    struct xen_cpuid_leaf leaf = { 1, XEN_CPUID_NO_SUBLEAF, 0, 0, BIT(5), 0 };

    expect_eq(set(child, &leaf, 1), -XEN_EINVAL, "VMX");
    expect_eq(op.u.cpu_policy.err_leaf, 1, "the leaf that is refused");
    expect_eq(set(child, &leaf, 257), -XEN_E2BIG, "too many leaves");
    expect_eq(set(child, (void *)8, 1), -XEN_EFAULT, "no list");
    op.u.cpu_policy = (struct xen_domctl_cpu_policy){ .nr_leaves = 1, .leaves = (uint64_t)leaves };
    expect_eq(domctl(XEN_DOMCTL_get_cpu_policy, child->id, &op), -XEN_ENOBUFS, "too little room");
    expect_eq(domctl(XEN_DOMCTL_get_cpu_policy, 99, &op), -XEN_ESRCH, "of nobody");
}

static void hide_a_feature(const struct child *child)
{
    uint32_t count = get(child);
    struct xen_cpuid_leaf *leaf = find(1, count);
    volatile uint32_t *data = child_map(child, child->mfn[CHILD_DATA]);
    struct cpuid_words own = cpuid_forced(1, 0);
    uint32_t without;

    expect(leaf->d & SSE2, "there is SSE2");
    leaf->d &= ~(uint32_t)SSE2;
    without = leaf->d;
    expect_eq(set(child, leaves, count), 0, "a policy without it");
    expect_eq(find(1, get(child))->d, without, "is read back");
    child_unpause(child);
    child_wait(child, XEN_DOMINF_shutdown);
    expect_eq(data[1], own.edx & ~SSE2, "what it sees");
    expect_eq(data[0], own.ecx, "the rest is as it was");
    expect_eq(cpuid_forced(1, 0).edx, own.edx, "others see it");
    expect_eq(set(child, leaves, 1), -XEN_EBUSY, "it has run");
    child_unmap((void *)(uint64_t)data);
}

void test_main(void)
{
    struct child child;

    child_make(&child, 1, CODE(looks));
    refuse_policies(&child);
    hide_a_feature(&child);
    child_destroy(&child);
}
