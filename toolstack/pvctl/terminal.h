/* SPDX-License-Identifier: MIT */
/* The terminal at which somebody is at a console. */
#ifndef PARAPET_TOOLSTACK_PVCTL_TERMINAL_H
#define PARAPET_TOOLSTACK_PVCTL_TERMINAL_H

#include <stdbool.h>
#include <termios.h>

#define TERMINAL_ESCAPE_KEY 0x1d /* Ctrl-] */

/*
 * terminal_make_raw - from now on all keys come as they are, Ctrl-C too; false if stdin is no
 * terminal. tcsetattr(STDIN_FILENO, TCSANOW, before) ends it.
 */
bool terminal_make_raw(struct termios *before);

#endif
