/* SPDX-License-Identifier: MIT */
/*
 * The code of the hypercall page (abi-facts 1.5).
 *
 * SYSCALL destroys RCX and R11, so a slot saves them for the caller; iret leaves them, and RAX,
 * on the stack, where they are the beginning of the frame that it takes.
 */
#include "hypercall/hypercall_page.h"

#include "hypercall-abi/hypercall_numbers.h"
#include "lib/string.h"

#define SLOT_BYTES 32u
#define SLOTS      (PAGE_SIZE / SLOT_BYTES)
#define INT3       0xcc

/* push rcx; push r11; mov $n, eax; syscall; pop r11; pop rcx; ret */
static const uint8_t call_code[] = { 0x51, 0x41, 0x53, 0xb8, 0,    0,    0,
                                     0,    0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3 };
#define CALL_NUMBER 4u

/* push rcx; push r11; push rax; mov $23, eax; syscall */
static const uint8_t iret_code[] = { 0x51, 0x41, 0x53, 0x50, 0xb8, __HYPERVISOR_iret,
                                     0,    0,    0,    0x0f, 0x05 };

void hypercall_page_fill(uint8_t page[PAGE_SIZE])
{
    memset(page, INT3, PAGE_SIZE);
    for (uint32_t number = 0; number < SLOTS; number++) {
        uint8_t *slot = page + number * SLOT_BYTES;

        memcpy(slot, call_code, sizeof(call_code));
        memcpy(slot + CALL_NUMBER, &number, sizeof(number));
    }
    memset(page + __HYPERVISOR_iret * SLOT_BYTES, INT3, SLOT_BYTES);
    memcpy(page + __HYPERVISOR_iret * SLOT_BYTES, iret_code, sizeof(iret_code));
}
