/* SPDX-License-Identifier: MIT */
/*
 * RFLAGS that a guest may run with. exit_to_guest applies the first two to every frame it loads,
 * whatever path made it; the same numbers filter what a guest reads back. Usable from assembly.
 */
#ifndef PARAPET_ARCH_GUEST_FLAGS_H
#define PARAPET_ARCH_GUEST_FLAGS_H

/* CF PF AF ZF SF TF DF OF RF AC ID. Not IOPL, NT, VM, VIF, VIP. */
#define GUEST_FLAGS_ALLOWED 0x250dd5U
/* IF and the bit that is always one. */
#define GUEST_FLAGS_FORCED 0x000202U
/* TF and RF: only IRETQ restores them properly. */
#define GUEST_FLAGS_NEED_IRET 0x010100U

#endif
