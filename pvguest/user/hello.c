/* SPDX-License-Identifier: MIT */
/* The shortest proof of life: a line from user mode, by way of the kernel. */
#include "user/user.h"

int main(void)
{
    struct line line = { .used = 0 };
    char bottom[16];

    if (call2(bottom, bottom, sizeof(bottom)) < 0)
        return 1;
    line_text(&line, "hello from user mode on ");
    line_text(&line, bottom);
    line_write(&line);
    return 0;
}
