/* SPDX-License-Identifier: MIT */
/*
 * console_io write takes buffers of more than a page, is not cut short, and answers 0 (abi-facts
 * 2.2: a partial write must not be answered as done).
 *
 * Machine: log="<end of the long text>"
 */
#include "guest.h"

static char text[3 * 4096];

void test_main(void)
{
    static const char last[] = "<end of the long text>\n";

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = i % 80 == 79 ? '\n' : (char)('a' + i % 26);
    memcpy(text + sizeof(text) - sizeof(last) + 1, last, sizeof(last) - 1);
    expect_eq(hypercall(console_io, CONSOLEIO_write, sizeof(text), text), 0, "a long write");
    expect_eq(hypercall(console_io, CONSOLEIO_write, 0, NULL), 0, "an empty write");
}
