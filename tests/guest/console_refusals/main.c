/* SPDX-License-Identifier: MIT */
/*
 * console_io refuses what it cannot read or write, and only the control domain reads.
 *
 * Machine: domains=1
 */
#include "guest.h"

void neighbour_main(uint32_t id)
{
    char buffer[4];

    (void)id;
    expect_eq(hypercall(console_io, CONSOLEIO_read, sizeof(buffer), buffer), -XEN_EPERM,
              "a read by an ordinary domain");
}

void test_main(void)
{
    char buffer[4];

    expect_eq(hypercall(console_io, CONSOLEIO_write, 10, NULL), -XEN_EFAULT, "a null buffer");
    expect_eq(hypercall(console_io, CONSOLEIO_write, 10, HYPERVISOR_VIRT_START), -XEN_EFAULT,
              "a buffer in the hypervisor's range");
    expect_eq(hypercall(console_io, CONSOLEIO_write, 0x10000, 0x7fffffff0000UL), -XEN_EFAULT,
              "a buffer that reaches into the hole");
    expect_eq(hypercall(console_io, 2, 1, buffer), -XEN_ENOSYS, "a command that does not exist");
    expect_eq(hypercall(console_io, CONSOLEIO_read, sizeof(buffer), buffer), 0,
              "nothing was typed");
    neighbour_wait(1);
}
