/* SPDX-License-Identifier: MIT */
/* The state of the screen, for the control domain, which owns it. */
#ifndef PARAPET_CONTROL_VGA_INFO_H
#define PARAPET_CONTROL_VGA_INFO_H

#include <stdbool.h>

#include "hypercall-abi/start_info.h"

/* False if the firmware left no text screen that we know of. */
bool vga_info_read(struct dom0_vga_console_info *info);

#endif
