/* SPDX-License-Identifier: MIT */
/* The order of what is done before a guest runs, and that all of it is looked at again. */
#include <string.h>

#include "domain/domain.h"
#include "domain/vcpu.h"
#include "emulate/bounce.h"
#include "sched/scheduler.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"
#include "trap/entry.h"

static struct domain domain;
static struct vcpu vcpu;
static struct vcpu_info info;
static struct trap_frame frame;

/* What happened, one letter each. */
static char happened[32];

static void note(char what)
{
    size_t length = strlen(happened);

    ck_assert_uint_lt(length, sizeof(happened) - 1);
    happened[length] = what;
}

void softirq_run(void)
{
    note('q');
    atomic_fetch_and(&this_cpu()->softirq, 1u << SOFTIRQ_SCHEDULE);
}

void schedule(void)
{
    note('s');
    atomic_fetch_and(&this_cpu()->softirq, ~(1u << SOFTIRQ_SCHEDULE));
    this_cpu()->current = &vcpu;
}

void bounce_failsafe(struct vcpu *v, struct trap_frame *f)
{
    (void)v, (void)f;
    note('f');
}

void bounce_pending_trap(struct vcpu *v, struct trap_frame *f)
{
    (void)f;
    v->trap.is_pending = false;
    note('t');
}

void bounce_nmi(struct vcpu *v, struct trap_frame *f)
{
    (void)v, (void)f;
    note('n');
}

static bool crashes_at_event;

void bounce_event(struct vcpu *v, struct trap_frame *f)
{
    (void)f;
    note('e');
    if (crashes_at_event)
        atomic_fetch_or(&this_cpu()->softirq, 1u << SOFTIRQ_SCHEDULE);
    v->info->evtchn_upcall_mask = 1;
}

static void start(void)
{
    fake_cpus_start(1);
    memset(&vcpu, 0, sizeof(vcpu));
    memset(&info, 0, sizeof(info));
    memset(happened, 0, sizeof(happened));
    vcpu.domain = &domain;
    vcpu.info = &info;
    crashes_at_event = false;
    this_cpu()->current = &vcpu;
}

static void check_happened(const char *expected)
{
    return_to_guest_work(&frame);
    ck_assert_str_eq(happened, expected);
    ck_assert_uint_eq(this_cpu()->softirq, 0);
    ck_assert_ptr_eq(this_cpu()->current, &vcpu);
}

TEST(return_to_guest, nothing_to_do)
{
    start();
    check_happened("");
}

TEST(return_to_guest, a_cpu_without_vcpu_chooses_one)
{
    start();
    this_cpu()->current = NULL;
    check_happened("s");
}

TEST(return_to_guest, everything_in_the_abis_order)
{
    start();
    this_cpu()->softirq = 1u << SOFTIRQ_SCHEDULE | 1u << SOFTIRQ_TIMER;
    vcpu.exit_work = EXIT_WORK_NMI | EXIT_WORK_TRAP | EXIT_WORK_FAILSAFE;
    vcpu.nmi_pending = true;
    info.evtchn_upcall_pending = 1;
    check_happened("qsftne");
    ck_assert(vcpu.nmi_in_progress);
    ck_assert(!vcpu.nmi_pending);
}

TEST(return_to_guest, a_masked_event_waits)
{
    start();
    info.evtchn_upcall_pending = 1;
    info.evtchn_upcall_mask = 1;
    check_happened("");
}

TEST(return_to_guest, an_nmi_within_an_nmi_waits)
{
    start();
    vcpu.exit_work = EXIT_WORK_NMI;
    vcpu.nmi_pending = true;
    vcpu.nmi_in_progress = true;
    check_happened("");
    ck_assert(vcpu.nmi_pending);
    ck_assert_uint_eq(vcpu.exit_work, 0); /* iret asks again */
}

TEST(return_to_guest, a_domain_that_crashed_in_delivery_does_not_run_on)
{
    start();
    info.evtchn_upcall_pending = 1;
    crashes_at_event = true;
    check_happened("es");
}
