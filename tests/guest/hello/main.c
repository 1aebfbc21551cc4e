/* SPDX-License-Identifier: MIT */
/*
 * A guest starts with the state that the ABI promises, can write to the console, and shuts
 * down.
 *
 * The registers at entry are in xen.h and abi-facts 1.4: RSI holds the address of start_info. The
 * structure begins with the name of the ABI.
 */
#include "guest.h"

void test_main(void)
{
    print("command line: %s", (const char *)start_info->cmd_line);
    expect(strcmp(start_info->magic, "xen-3.0-x86_64") == 0, "start_info has the ABI's name");
    expect(start_info->nr_pages > 256, "the domain has some memory");
    expect(start_info->flags & SIF_INITDOMAIN, "the first domain is the control domain");
}
