/* SPDX-License-Identifier: MIT */
/*
 * A running vCPU for the tests of emulate/: its domain, its frame, a stack and a code page in guest
 * memory, and fakes of what lies to the left of the emulator.
 */
#ifndef PARAPET_TESTS_UNIT_EMULATE_FIXTURE_H
#define PARAPET_TESTS_UNIT_EMULATE_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/domain.h"
#include "domain/vcpu.h"

#define GUEST_CODE_ADDRESS  0x400000UL
#define GUEST_STACK_ADDRESS 0xffff888000010000UL /* two pages */
#define GUEST_STACK_TOP     (GUEST_STACK_ADDRESS + 0x2000)
#define GUEST_HANDLER       0xffffffff81000000UL
#define GUEST_USER_RIP      0x401000UL
#define GUEST_USER_RSP      0x7ffffffff008UL
#define FIXTURE_KERNEL_CR3  0x1000UL
#define FIXTURE_USER_CR3    0x2000UL

struct fixture {
    struct domain domain;
    struct shared_info shared;
    struct vcpu vcpu;
    struct trap_frame *frame; /* cpu->guest_frame */
    uint64_t stack[0x2000 / 8];
    uint8_t code[0x1000];
    unsigned crashes; /* calls of domain_crash() */
};

extern struct fixture fix;

/* A fresh one: guest kernel mode, flat segments, RIP at the code page, RSP at the stack's top. */
void fixture_start(void);

/* The vCPU is in guest user mode instead. */
void fixture_enter_user(void);

/* Puts an instruction at RIP. */
#define fixture_code(...)                                                                          \
    do {                                                                                           \
        static const uint8_t fixture_bytes[] = { __VA_ARGS__ };                                    \
        fixture_code_at(0, fixture_bytes, sizeof(fixture_bytes));                                  \
    } while (0)
void fixture_code_at(unsigned offset, const uint8_t *bytes, unsigned count);

/* The guest's stack as words; @address is aligned. */
uint64_t *fixture_stack(uint64_t address);

#endif
