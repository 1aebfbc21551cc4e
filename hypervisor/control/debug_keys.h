/* SPDX-License-Identifier: MIT */
/* Keys that a developer types on the hypervisor's console, and what each prints or does. */
#ifndef PARAPET_CONTROL_DEBUG_KEYS_H
#define PARAPET_CONTROL_DEBUG_KEYS_H

/* debug_keys_start - once, on the boot CPU, when it has its timer queue. */
void debug_keys_start(void);

/* debug_key_press - soon, on the boot CPU's way back to a guest, what the key stands for is done. Any
 * context; no lock held. */
void debug_key_press(char key);

#endif
