/* SPDX-License-Identifier: MIT */
/*
 * What comes in on the console's serial port, and whose it is.
 *
 * It is kept for the control domain to read, until somebody types Ctrl-a three times: from then on
 * each byte is a key for the hypervisor, until the same again. One or two Ctrl-a go to whom they
 * were typed for, when something else follows.
 */
#ifndef PARAPET_CONSOLE_INPUT_H
#define PARAPET_CONSOLE_INPUT_H

#include <stddef.h>

#define INPUT_BYTES 1024u /* kept; what does not fit is lost */

/* Set by the layers above. Both are called with no lock held: bytes wait for the control domain;
 * a key was typed for the hypervisor. */
extern void (*console_input_arrived)(void);
extern void (*console_key_pressed)(char key);

/* Takes what the port has received. No lock is held. */
void console_input_poll(void);

/* The control domain's: at most @bytes, often none. */
size_t console_input_read(char *buffer, size_t bytes);

#endif
