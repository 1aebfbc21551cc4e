/* SPDX-License-Identifier: MIT */
/* A vCPU's whole state: what is refused, what is filtered, and that it is read back as it was. */
#include "emulate/guest_context.h"

#include <string.h>

#include "arch/fpu.h"
#include "arch/x86.h"
#include "fixture.h"
#include "hypercall-abi/segments.h"
#include "lib/errno.h"
#include "machine_fixture.h"
#include "support/unit.h"

static struct vcpu_guest_context context;
static uint8_t fpu_area[8192] __attribute__((aligned(64)));

/* As Linux passes it to VCPUOP_initialise. */
static void start(void)
{
    fixture_start();
    machine_fixture_start();
    this_cpu()->current = NULL; /* the vCPU runs nowhere */
    fix.vcpu.fpu = fpu_area;
    fix.vcpu.mmu.kernel_l4 = MFN_INVALID;
    fix.vcpu.mmu.user_l4 = MFN_INVALID;
    fix.vcpu.lazy_cpu = 1;

    memset(&context, 0, sizeof(context));
    context.flags = VGCF_in_kernel;
    context.user_regs.rip = 0xffffffff81001000;
    context.user_regs.rsp = 0xffffc90000004000;
    context.user_regs.rflags = 0x1000;
    context.user_regs.cs = 0x10;
    context.user_regs.ss = 0x18;
    context.user_regs.ds = context.user_regs.es = 0x2b;
    context.user_regs.rdi = 0xd1;
    context.kernel_ss = 0x18;
    context.kernel_sp = 0xffffc90000005000;
    context.gs_base_kernel = 0xffff888010000000;
    context.gdt_ents = 16;
    context.gdt_frames[0] = 0x777;
    context.ctrlreg[3] = 0x123000;
    context.event_callback_eip = GUEST_HANDLER;
    context.failsafe_callback_eip = GUEST_HANDLER + 1;
    context.trap_ctxt[14] = (struct trap_info){ 14, 4, 0x10, GUEST_HANDLER + 14 };
}

static int apply(void)
{
    return vcpu_context_apply(&fix.vcpu, &context);
}

TEST(guest_context, a_new_linux_vcpu_is_accepted)
{
    start();
    ck_assert_int_eq(apply(), 0);
    ck_assert(fix.vcpu.is_initialised);
    ck_assert_uint_eq(fix.vcpu.regs.cs, 0x13);
    ck_assert_uint_eq(fix.vcpu.regs.ss, 0x1b);
    ck_assert_uint_eq(fix.vcpu.regs.rflags, 0x202);
    ck_assert_uint_eq(fix.vcpu.regs.rip, 0xffffffff81001000);
    ck_assert_uint_eq(fix.vcpu.regs.rdi, 0xd1);
    ck_assert_uint_eq(fix.vcpu.regs.vector, 0);
    ck_assert_uint_eq(fix.vcpu.iopl, 1);
    ck_assert_uint_eq(fix.vcpu.segments.ds, 0x2b);
    ck_assert_uint_eq(fix.vcpu.segments.gs_base_kernel, 0xffff888010000000);
    ck_assert_uint_eq(fix.vcpu.kernel_sp, 0xffffc90000005000);
    ck_assert_uint_eq(fix.vcpu.debugreg[6], 0xffff0ff0);
    ck_assert_uint_eq(fix.vcpu.debugreg[7], 0x400);
    ck_assert_uint_eq(fix.vcpu.trap_table[14].address, GUEST_HANDLER + 14);
    ck_assert_uint_eq(fix.vcpu.trap_table[3].vector, 3);
    ck_assert_uint_eq(fake_mmu.set_kernel_l4.number, 0x123);
    ck_assert(mfn_equal(fake_mmu.set_user_l4, MFN_INVALID));
    ck_assert_uint_eq(fake_mmu.gdt_entries, 16);
    ck_assert_uint_eq(fix.vcpu.lazy_cpu, 0); /* no CPU goes on with what it has */
}

TEST(guest_context, flags_are_filtered)
{
    start();
    context.user_regs.rflags = ~0UL;
    ck_assert_int_eq(apply(), 0);
    ck_assert_uint_eq(fix.vcpu.regs.rflags &
                          (RFLAGS_IOPL | RFLAGS_NT | RFLAGS_VM | RFLAGS_VIF | RFLAGS_VIP),
                      0);
    ck_assert_uint_eq(fix.vcpu.regs.rflags >> 32, 0);
    ck_assert(fix.vcpu.regs.rflags & RFLAGS_IF);
}

TEST(guest_context, the_frame_can_not_ask_for_sysret)
{
    start();
    context.user_regs.entry_vector = TRAP_SYSCALL;
    context.user_regs.error_code = 5;
    ck_assert_int_eq(apply(), 0);
    ck_assert_uint_eq(fix.vcpu.regs.vector, 0);
}

static void check_refused(int error)
{
    struct vcpu before = fix.vcpu;

    ck_assert_int_eq(apply(), error);
    ck_assert_mem_eq(&before, &fix.vcpu, sizeof(before));
    ck_assert_uint_eq(fake_mmu.set_kernel_l4.number, 0);
}

TEST(guest_context, addresses_must_be_canonical)
{
    uint64_t *const addresses[] = {
        &context.user_regs.rip,
        &context.event_callback_eip,
        &context.failsafe_callback_eip,
        &context.syscall_callback_eip,
        &context.fs_base,
        &context.gs_base_kernel,
        &context.gs_base_user,
        &context.trap_ctxt[0].address,
        &context.trap_ctxt[255].address,
    };

    for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        start();
        *addresses[i] = 0x0000800000000000;
        check_refused(-EINVAL);
    }
}

TEST(guest_context, tables_have_limits)
{
    start();
    context.gdt_ents = 7169;
    check_refused(-EINVAL);
    start();
    context.gdt_ents = 0x100000010; /* not cut off to 16 */
    check_refused(-EINVAL);
    start();
    context.ldt_ents = 8193;
    check_refused(-EINVAL);
    start();
    context.ldt_ents = 1;
    context.ldt_base = 0x1008;
    check_refused(-EINVAL);
    start();
    context.ldt_ents = 1;
    context.ldt_base = 0xffff810000000000;
    check_refused(-EINVAL);
}

TEST(guest_context, breakpoints_may_not_be_in_the_hypervisor)
{
    start();
    context.debugreg[2] = 0xffff810000100000;
    check_refused(-EPERM);
    start();
    context.debugreg[7] = 0x2000; /* general detect */
    check_refused(-EPERM);
    start();
    context.debugreg[7] = 0x20001; /* I/O breakpoint without CR4.DE */
    check_refused(-EPERM);
    context.ctrlreg[4] = CR4_DE;
    ck_assert_int_eq(apply(), 0);
}

TEST(guest_context, user_mode_needs_user_page_tables)
{
    start();
    context.flags = 0;
    check_refused(-EINVAL);
    context.ctrlreg[1] = 0x456001;
    ck_assert_int_eq(apply(), 0);
    ck_assert_uint_eq(fake_mmu.set_user_l4.number, 0x456);
    ck_assert_uint_eq(fix.vcpu.in_kernel, 0);
}

TEST(guest_context, what_was_taken_is_given_back_on_failure)
{
    start();
    fake_mmu.set_answer = -EINVAL;
    ck_assert_int_eq(apply(), -EINVAL);
    ck_assert_uint_eq(fake_mmu.resets, 1);
    ck_assert(!fix.vcpu.is_initialised);
    start();
    fake_mmu.gdt_answer = -EINVAL;
    ck_assert_int_eq(apply(), -EINVAL);
    ck_assert_uint_eq(fake_mmu.resets, 1);
    start();
    fake_mmu.ldt_answer = -EINVAL;
    ck_assert_int_eq(apply(), -EINVAL);
    ck_assert_uint_eq(fake_mmu.resets, 1);
    ck_assert_uint_eq(fix.vcpu.regs.rip, GUEST_CODE_ADDRESS);
}

TEST(guest_context, a_restart_keeps_what_was_taken)
{
    start();
    fake_mmu.set_answer = -ERESTART;
    ck_assert_int_eq(apply(), -ERESTART);
    ck_assert_uint_eq(fake_mmu.resets, 0);
    ck_assert(!fix.vcpu.is_initialised);
}

TEST(guest_context, cr4_and_ts_are_filtered)
{
    start();
    fake_x86.cr4 = CR4_PAE | CR4_SMEP;
    context.ctrlreg[4] = ~0UL;
    context.ctrlreg[0] = ~0UL;
    ck_assert_int_eq(apply(), 0);
    ck_assert_uint_eq(fix.vcpu.cr4, CR4_PAE | CR4_TSD | CR4_DE | CR4_OSXSAVE);
    ck_assert(fix.vcpu.task_switched);
}

TEST(guest_context, the_fpu_image_counts_if_it_is_there)
{
    uint64_t header;

    start();
    memset(&context.fpu_ctxt, 0x5a, sizeof(context.fpu_ctxt));
    ck_assert_int_eq(apply(), 0);
    ck_assert_uint_eq(fpu_area[0], 0x7f); /* reset state */
    ck_assert_uint_eq(fpu_area[1], 0x03);
    context.flags |= VGCF_i387_valid;
    ck_assert_int_eq(apply(), 0);
    ck_assert_uint_eq(fpu_area[0], 0x5a);
    memcpy(&header, fpu_area + 512, sizeof(header));
    ck_assert_uint_eq(header, XCR0_X87 | XCR0_SSE);
}

TEST(guest_context, what_waited_is_forgotten)
{
    start();
    fix.vcpu.trap.is_pending = true;
    fix.vcpu.exit_work = EXIT_WORK_TRAP | EXIT_WORK_FAILSAFE;
    fix.vcpu.nmi_in_progress = true;
    ck_assert_int_eq(apply(), 0);
    ck_assert(!fix.vcpu.trap.is_pending && !fix.vcpu.nmi_in_progress);
    ck_assert_uint_eq(fix.vcpu.exit_work, 0);
}

TEST(guest_context, is_read_back_as_it_was)
{
    static struct vcpu_guest_context read;

    start();
    context.flags |= VGCF_failsafe_disables_events | VGCF_syscall_disables_events | VGCF_i387_valid;
    context.ctrlreg[1] = 0x456001;
    context.debugreg[0] = 0x401000;
    context.debugreg[7] = 0x401;
    context.ldt_ents = 0;
    ck_assert_int_eq(apply(), 0);
    fix.vcpu.mmu.kernel_l4 = mfn(0x123);
    fix.vcpu.mmu.user_l4 = mfn(0x456);
    fix.vcpu.descriptors.gdt_entries = 16;
    fix.vcpu.descriptors.gdt_frames[0] = mfn(0x777);
    fix.vcpu.blocked_by = VCPU_PAUSED;
    fix.vcpu.info->evtchn_upcall_mask = 1;

    vcpu_context_read(&fix.vcpu, &read);
    ck_assert_uint_eq(read.flags, context.flags | VGCF_online);
    ck_assert_uint_eq(read.user_regs.rip, context.user_regs.rip);
    ck_assert_uint_eq(read.user_regs.cs, 0x13);
    ck_assert_uint_eq(read.user_regs.rflags, 0x1202); /* with the virtual IOPL */
    ck_assert_uint_eq(read.user_regs.saved_upcall_mask, 1);
    ck_assert_uint_eq(read.user_regs.ds, 0x2b);
    ck_assert_uint_eq(read.ctrlreg[3], 0x123000);
    ck_assert_uint_eq(read.ctrlreg[1], 0x456001);
    ck_assert_uint_eq(read.gdt_ents, 16);
    ck_assert_uint_eq(read.gdt_frames[0], 0x777);
    ck_assert_uint_eq(read.gdt_frames[1], 0);
    ck_assert_uint_eq(read.debugreg[0], 0x401000);
    ck_assert_uint_eq(read.trap_ctxt[14].address, GUEST_HANDLER + 14);
    ck_assert_uint_eq(read.kernel_sp, context.kernel_sp);
    ck_assert_uint_eq(read.event_callback_eip, GUEST_HANDLER);
    /* And it is a context that can be applied. */
    context = read;
    ck_assert_int_eq(apply(), 0);
}
