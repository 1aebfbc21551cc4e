/* SPDX-License-Identifier: MIT */
/* Grant tables, until grant/ is there: they cannot be used. Goes then. */
#include "grant/grant_ops.h"
#include "grant/grant_table.h"
#include "lib/errno.h"

#define PENDING __attribute__((weak))

#define OP(number, name, argument, copy, summary)                                                  \
    PENDING long gnttab_op_##name(struct vcpu *caller, struct argument *ops, uint32_t count)       \
    {                                                                                              \
        (void)caller, (void)ops, (void)count;                                                      \
        return -ENOSYS;                                                                            \
    }
#include "hypercall-abi/tables/grant_table_ops.def"
#undef OP

PENDING int grant_domain_create(struct domain *d, uint32_t frame_limit, uint32_t handle_limit)
{
    (void)d, (void)frame_limit, (void)handle_limit;
    return 0;
}

PENDING int grant_domain_close(struct domain *d)
{
    (void)d;
    return 0;
}

PENDING void grant_domain_free(struct domain *d)
{
    (void)d;
}

PENDING int grant_table_frame(struct domain *d, uint32_t index, mfn_t *out)
{
    (void)d, (void)index, (void)out;
    return -EINVAL;
}

PENDING uint32_t grant_table_frames(const struct domain *d)
{
    (void)d;
    return 0;
}

PENDING uint32_t grant_table_frame_limit(const struct domain *d)
{
    (void)d;
    return 0;
}
