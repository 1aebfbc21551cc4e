/* SPDX-License-Identifier: MIT */
/*
 * An unprivileged domain has no ports: with enough IOPL all of them read ones and writes go nowhere, without it
 * they are #GP like anybody's (abi-facts 6.6; XSA-239: no bits but those asked for change).
 *
 * Machine: domains=1
 */
#include "privileged.h"

void neighbour_main(uint32_t id)
{
    uint64_t rax = 0;

    (void)id;
    expect_eq(try_in(0x80, 1, &rax).vector, VECTOR_GP, "without level");
    require_eq(iopl_set(3), 0, "level 3");
    for (uint32_t port = 0; port < 0x10000; port += port < 0x1000 ? 1 : 0x101) {
        rax = 0x1122334455667788;
        if (try_in((uint16_t)port, 1, &rax).trapped || rax != 0x11223344556677ff)
            failure("port %#x, 1 byte: %#lx", port, rax);
    }
    rax = 0x1122334455667788;
    expect(!try_in(0xcf8, 2, &rax).trapped, "2 bytes");
    expect_eq(rax, 0x112233445566ffff, "RAX");
    rax = 0x1122334455667788;
    expect(!try_in(0xcfc, 4, &rax).trapped, "4 bytes");
    expect_eq(rax, 0xffffffff, "RAX");
    expect(!try_out(0xcf9, 1, 6).trapped, "a reset of the machine");
    expect(!try_out(0x64, 1, 0xfe).trapped, "another");
    expect(!try_out(0x604, 2, 0x2000).trapped, "power off");
}

void test_main(void)
{
    neighbour_wait(1);
    print("the machine is still here");
}
