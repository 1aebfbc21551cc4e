/* SPDX-License-Identifier: MIT */
/* vm_assist: behaviour that a guest asks for by bit. Enabling what is on, and the like, is fine. */
#include "domain/domain.h"
#include "hypercall/dispatch.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/refuse.h"

/* The assists that exist; the others would have to change something here and do not. */
static const uint64_t known_assists =
#define ASSIST(number, name, summary) BIT(number) |
#include "hypercall-abi/tables/vm_assist.def"
#undef ASSIST
    0;

long hypercall_vm_assist(struct vcpu *caller, uint64_t command, uint64_t type_argument,
                         UNUSED uint64_t a3, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    struct domain *d = caller->domain;
    uint32_t type = (uint32_t)type_argument;
    long result = 0;

    if (type >= 64 || !(known_assists & BIT(type)))
        return refuse(-EINVAL, "there is no assist %u", type);

    spin_lock(&d->lock);
    if ((uint32_t)command == VMASST_CMD_enable)
        d->vm_assist |= BIT(type);
    else if ((uint32_t)command == VMASST_CMD_disable)
        d->vm_assist &= ~BIT(type);
    else
        result = -ENOSYS;
    spin_unlock(&d->lock);
    return result;
}
