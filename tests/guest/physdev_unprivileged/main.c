/* SPDX-License-Identifier: MIT */
/*
 * All that physdev_op can do to interrupts and devices is refused to a domain that has none; a large, zeroed argument is
 * good for each command, so that it is the privilege that is missing (abi-facts 6.2, 6.5).
 *
 * Machine: domains=1
 */
#include "guest.h"

void neighbour_main(uint32_t id)
{
    static uint64_t argument[64];
    static const uint32_t commands[] = {
#define OP(number, name, argument, copy, summary) number,
#include "hypercall-abi/tables/physdev_ops.def"
#undef OP
    };

    (void)id;
    for (unsigned i = 0; i < ARRAY_COUNT(commands); i++) {
        bool is_for_all =
            commands[i] == PHYSDEVOP_set_iopl || commands[i] == PHYSDEVOP_set_iobitmap;
        long result = hypercall(physdev_op, commands[i], argument);

        if (is_for_all ? result != 0 : result >= 0)
            failure("command %u: %ld", commands[i], result);
    }
}

void test_main(void)
{
    neighbour_wait(1);
}
