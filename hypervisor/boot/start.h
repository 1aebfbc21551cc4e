/* SPDX-License-Identifier: MIT */
/* The chapters of boot/main.c, in the order in which it calls them. */
#ifndef PARAPET_BOOT_START_H
#define PARAPET_BOOT_START_H

#include <stdint.h>

#include "boot/multiboot.h"
#include "lib/compiler.h"

/* boot/early.c: on the boot page tables. The loader's words, options, console, banner; then what
 * can make the machine unusable: CPU and firmware. Nothing of the loader's memory is needed
 * afterwards but the modules. */
void boot_read_loader(uint32_t magic, uint64_t address);
void boot_check_cpu(void);
void boot_read_firmware(void);
/* boot/mitigations.c: patches code, which is not writable later. */
void boot_choose_mitigations(void);
extern struct boot_info boot_info;

/* boot/memory.c: what memory there is and what of it is in use; then the page tables. */
void boot_plan_memory(void);
void boot_start_memory(void);

/* boot/devices.c: interrupt controllers and clocks. */
void boot_start_interrupts(void);
void boot_start_clock(uint64_t entry_tsc);

/* boot/cpus.c: this CPU's registers and tables; the other CPUs. */
void boot_start_first_cpu(void);
void boot_start_other_cpus(void);

/* boot/guests.c: what must be there before a guest can run, and the first guest. */
void boot_start_layers(void);
void boot_start_control_domain(void);

/* boot/self_test.c: option selftest of debug builds. */
void boot_self_test(void);

/* boot/provoke.c: option provoke= of debug builds breaks something, for tests of the report. */
void boot_provoke(const char *what);

#endif
