/* SPDX-License-Identifier: MIT */
/*
 * callback_op registers entry points by type; their addresses must be canonical and the type must
 * exist (callback.h). set_callbacks is the older form for three of them.
 */
#include "guest.h"

static long registered(uint16_t type, uint64_t address)
{
    struct callback_register callback = { .type = type, .address = address };

    return hypercall(callback_op, CALLBACKOP_register, &callback);
}

void test_main(void)
{
    static const uint16_t types[] = { CALLBACKTYPE_event,    CALLBACKTYPE_failsafe,
                                      CALLBACKTYPE_syscall,  CALLBACKTYPE_nmi,
                                      CALLBACKTYPE_sysenter, CALLBACKTYPE_syscall32 };
    struct callback_unregister event = { .type = CALLBACKTYPE_event };

    for (unsigned i = 0; i < ARRAY_COUNT(types); i++) {
        expect_eq(registered(types[i], (uint64_t)registered), 0, "a type that exists");
        expect_eq(registered(types[i], 0x800000000000UL), -XEN_EINVAL, "a non-canonical address");
        expect_eq(registered(types[i], 0xffff7fffffffffffUL), -XEN_EINVAL, "another");
    }
    expect_eq(registered(6, 0), -XEN_ENOSYS, "type 6");
    expect_eq(registered(8, 0), -XEN_ENOSYS, "type 8");
    expect_eq(registered(0xffff, 0), -XEN_ENOSYS, "the largest type");
    expect_eq(hypercall(callback_op, CALLBACKOP_unregister, &event), -XEN_EINVAL,
              "the event callback stays");
    event.type = CALLBACKTYPE_nmi;
    expect_eq(hypercall(callback_op, CALLBACKOP_unregister, &event), 0, "the NMI callback goes");
    expect_eq(hypercall(callback_op, CALLBACKOP_register, NULL), -XEN_EFAULT, "a null argument");
    expect_eq(hypercall(callback_op, 2, &event), -XEN_ENOSYS, "a command that does not exist");

    expect_eq(hypercall(set_callbacks, registered, registered, registered), 0, "the older form");
    expect_eq(hypercall(set_callbacks, 0x800000000000UL, registered, registered), -XEN_EINVAL,
              "non-canonical event");
    expect_eq(hypercall(set_callbacks, registered, 0x800000000000UL, registered), -XEN_EINVAL,
              "non-canonical failsafe");
    expect_eq(hypercall(set_callbacks, registered, registered, 0x800000000000UL), -XEN_EINVAL,
              "non-canonical syscall");
}
