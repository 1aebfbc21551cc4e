/* SPDX-License-Identifier: MIT */
/*
 * Feature words and CPUID leaves: what a domain's policy says is what the domain sees, and no more than
 * the processor has (abi-facts 9.2).
 *
 * Machine: options="dom0_mem=24M"
 */
#include "privileged.h"
#include "toolstack.h"

#define WORDS  19u
#define LEAVES 128u

static struct xen_sysctl op;
static uint32_t host[WORDS], pv[WORDS];
static struct xen_cpuid_leaf leaves[LEAVES];

static long features(uint32_t index, uint32_t *words, uint32_t room)
{
    op.u.cpu_featureset = (struct xen_sysctl_cpu_featureset){ index, room, (uint64_t)words };
    return sysctl(XEN_SYSCTL_get_cpu_featureset, &op);
}

static void read_features(void)
{
    struct cpuid_words own = cpuid_forced(1, 0);

    expect_eq(features(XEN_SYSCTL_cpu_featureset_host, NULL, 0), 0, "how many words");
    expect_eq(op.u.cpu_featureset.nr_features, WORDS, "words");
    expect_eq(features(XEN_SYSCTL_cpu_featureset_host, host, WORDS), 0, "the processor's");
    expect_eq(features(XEN_SYSCTL_cpu_featureset_pv, pv, WORDS), 0, "a domain's");
    expect_eq(pv[0], own.edx, "leaf 1, EDX");
    expect_eq(pv[1] & ~BIT(27), own.ecx & ~BIT(27), "leaf 1, ECX");
    pv[1] &= ~(uint32_t)BIT(31); /* that there is a hypervisor */
    for (unsigned i = 0; i < WORDS; i++)
        expect(!(pv[i] & ~host[i]) || i == 11, "no more than the processor has");
    expect_eq(features(XEN_SYSCTL_cpu_featureset_host, host, 3), -XEN_ENOBUFS, "little room");
    expect_eq(features(XEN_SYSCTL_cpu_featureset_hvm, host, WORDS), -XEN_EOPNOTSUPP, "hvm");
    expect_eq(features(77, host, WORDS), -XEN_EINVAL, "no such");
    expect_eq(features(0, (void *)MACH2PHYS_VIRT_START, WORDS), -XEN_EFAULT, "to nowhere");
    expect_eq(sysctl(XEN_SYSCTL_get_cpu_levelling_caps, &op), 0, "what can be masked");
    expect_eq(op.u.cpu_levelling_caps.caps, 0, "nothing");
}

static long policy(uint32_t index, struct xen_cpuid_leaf *list, uint32_t room)
{
    op.u.cpu_policy = (struct xen_sysctl_cpu_policy){ .index = index,
                                                      .nr_leaves = room,
                                                      .leaves = (uint64_t)list };
    return sysctl(XEN_SYSCTL_get_cpu_policy, &op);
}

static void read_policy(void)
{
    struct cpuid_words own;
    uint32_t count;

    expect_eq(policy(XEN_SYSCTL_cpu_policy_pv_default, NULL, 0), 0, "how many leaves");
    count = op.u.cpu_policy.nr_leaves;
    require(count > 5 && count <= LEAVES, "leaves");
    expect_eq(op.u.cpu_policy.nr_msrs, 0, "no MSRs");
    expect_eq(policy(XEN_SYSCTL_cpu_policy_pv_default, leaves, LEAVES), 0, "the leaves");
    expect_eq(op.u.cpu_policy.nr_leaves, count, "as many");
    for (uint32_t i = 0; i < count; i++) {
        if (leaves[i].leaf == 0x80000001) {
            own = cpuid_forced(0x80000001, 0);
            expect_eq(leaves[i].d, own.edx, "leaf 0x80000001, EDX");
            expect_eq(leaves[i].c, own.ecx, "leaf 0x80000001, ECX");
        }
    }
    expect_eq(policy(XEN_SYSCTL_cpu_policy_raw, leaves, LEAVES), 0, "the processor's");
    expect_eq(policy(XEN_SYSCTL_cpu_policy_hvm_max, leaves, LEAVES), -XEN_EOPNOTSUPP, "hvm");
    expect_eq(policy(XEN_SYSCTL_cpu_policy_pv_max, leaves, 2), -XEN_ENOBUFS, "little room");
    expect_eq(policy(66, leaves, LEAVES), -XEN_EINVAL, "no such");
}

void test_main(void)
{
    read_features();
    read_policy();
}
