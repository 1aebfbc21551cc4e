/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <string.h>

#include "arch/trap_frame.h"
#include "hypercall-abi/segments.h"
#include "mm/guest_access.h"
#include "pvmmu/pvmmu.h"
#include "support/fake_arch/fake_machine.h"

struct fixture fix;

void domain_crash(struct domain *d, const char *format, ...)
{
    (void)d, (void)format;
    fix.crashes++;
}

void fixture_start(void)
{
    struct cpu *cpu;

    memset(&fix, 0, sizeof(fix));
    fake_cpus_start(1);
    fake_guest_unmap_all();
    fake_guest_map(GUEST_STACK_ADDRESS, fix.stack, sizeof(fix.stack), true);
    fake_guest_map(GUEST_CODE_ADDRESS, fix.code, sizeof(fix.code), false);

    fix.domain.shared = &fix.shared;
    fix.vcpu.domain = &fix.domain;
    fix.vcpu.info = &fix.shared.vcpu_info[0];
    fix.vcpu.in_kernel = 1;
    fix.vcpu.kernel_sp = GUEST_STACK_TOP;
    fix.vcpu.kernel_cr3 = FIXTURE_KERNEL_CR3;
    fix.vcpu.user_cr3 = FIXTURE_USER_CR3;
    fake_x86.cr3 = FIXTURE_KERNEL_CR3;
    fake_x86.cr3_writes = 0;
    fix.domain.vcpus[0] = &fix.vcpu;
    fix.domain.vcpu_count = 1;

    cpu = this_cpu();
    cpu->current = &fix.vcpu;
    cpu->guest_frame = &fix.vcpu.regs;
    fix.frame = cpu->guest_frame;
    *fix.frame = (struct trap_frame){
        .rip = GUEST_CODE_ADDRESS,
        .cs = FLAT_RING3_CS64,
        .rflags = 0x202,
        .rsp = GUEST_STACK_TOP,
        .ss = FLAT_RING3_SS64,
    };
}

void fixture_enter_user(void)
{
    fix.vcpu.in_kernel = 0;
    fake_x86.cr3 = FIXTURE_USER_CR3;
    fix.frame->rsp = GUEST_USER_RSP;
}

void fixture_code_at(unsigned offset, const uint8_t *bytes, unsigned count)
{
    memcpy(fix.code + offset, bytes, count);
}

uint64_t *fixture_stack(uint64_t address)
{
    return &fix.stack[(address - GUEST_STACK_ADDRESS) / 8];
}
