/* SPDX-License-Identifier: MIT */
/* Listening to the console's serial port. */
#ifndef PARAPET_CONTROL_SERIAL_INPUT_H
#define PARAPET_CONTROL_SERIAL_INPUT_H

/* serial_input_start - once, on the boot CPU, when interrupt lines and its timer queue are there, and
 * before a domain could take the port's line. */
void serial_input_start(void);

#endif
