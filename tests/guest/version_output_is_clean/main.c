/* SPDX-License-Identifier: MIT */
/*
 * Structures that the hypervisor fills are written completely: nothing of what it has on its stack
 * is in them (XSA-122).
 */
#include "guest.h"

static uint8_t buffer[1024 + 64];

static void check(uint32_t command, size_t bytes, const char *name)
{
    bool ended = false;

    memset(buffer, 0xa5, sizeof(buffer));
    expect_eq(hypercall(xen_version, command, buffer), 0, name);
    for (size_t i = 0; i < bytes; i++) {
        if (!ended && buffer[i] == 0)
            ended = true;
        else if (ended && buffer[i] != 0) {
            failure("%s: byte %lu behind the text is %#x", name, i, buffer[i]);
            break;
        }
    }
    expect(ended, name);
    expect(buffer[bytes] == 0xa5, "nothing behind the structure is written");
}

void test_main(void)
{
    check(XENVER_extraversion, XEN_EXTRAVERSION_LEN, "extraversion");
    check(XENVER_capabilities, XEN_CAPABILITIES_INFO_LEN, "capabilities");
    check(XENVER_changeset, XEN_CHANGESET_INFO_LEN, "changeset");
    check(XENVER_commandline, XEN_COMMANDLINE_LEN, "commandline");

    memset(buffer, 0xa5, sizeof(buffer));
    expect_eq(hypercall(xen_version, XENVER_compile_info, buffer), 0, "compile_info");
    for (size_t i = 0; i < sizeof(struct xen_compile_info); i++)
        expect(buffer[i] != 0xa5, "every byte of compile_info is written");
    expect(buffer[sizeof(struct xen_compile_info)] == 0xa5, "nothing behind it is written");
}
