/* SPDX-License-Identifier: MIT */
#include "pvctl/terminal.h"

#include <unistd.h>

bool terminal_make_raw(struct termios *before)
{
    struct termios raw;

    if (tcgetattr(STDIN_FILENO, before))
        return false;
    raw = *before;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    return true;
}
