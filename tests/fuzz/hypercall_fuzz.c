/* SPDX-License-Identifier: MIT */
/*
 * Random sequences of hypercalls through hypercall_dispatch(), by a control domain and two ordinary
 * ones, on two CPUs, with interruptions everywhere and others' calls in between.
 *
 * After each call all references and types of all frames are recounted, the tables of event
 * channels and grants checked, and no lock is held. Guests' accesses walk the page tables that are
 * loaded, as a CPU would, and no CPU may keep a translation to a frame that became something else.
 * At the end all domains are destroyed and have given everything back.
 *
 * A call's arguments are made by what its name promises (frames that exist, entries that could be
 * good, ports that may be bound), spoilt now and then, or are plain noise.
 */
#include <string.h>

#include "arch/arch.h"
#include "domain/domain.h"
#include "domain/handlers.h"
#include "fuzz/hypercall/makers.h"
#include "fuzz/hypercall/tricks.h"
#include "fuzz/hypercall/values.h"
#include "hypercall-abi/xen.h"
#include "hypercall/dispatch.h"
#include "lib/errno.h"
#include "mm/guest_access.h"
#include "support/fake_arch/fake_machine.h"
#include "support/fuzz.h"
#include "support/whole/world.h"

#define STEPS_PER_CASE 200u

static void make_any(struct call *call, bool may_nest);

static void make_multicall(struct call *call)
{
    struct multicall_entry list[4];
    uint64_t count = 1 + below(4);

    for (unsigned i = 0; i < count; i++) {
        struct call inner;

        make_any(&inner, false);
        list[i] = (struct multicall_entry){ .op = inner.number };
        memcpy(list[i].args, inner.args, sizeof(inner.args));
    }
    call->args[0] = put_list(list, sizeof(list));
    call->args[1] = count;
}

static const struct {
    uint8_t number;
    uint8_t weight;
    void (*make)(struct call *call);
} makers[] = {
    { __HYPERVISOR_mmu_update, 30, make_mmu_update },
    { __HYPERVISOR_mmuext_op, 24, make_mmuext_op },
    { __HYPERVISOR_update_va_mapping, 16, make_va_mapping },
    { __HYPERVISOR_update_va_mapping_otherdomain, 4, make_va_mapping },
    { __HYPERVISOR_memory_op, 16, make_memory_op },
    { __HYPERVISOR_grant_table_op, 30, make_grant_table_op },
    { __HYPERVISOR_event_channel_op, 18, make_event_channel_op },
    { __HYPERVISOR_vcpu_op, 8, make_vcpu_op },
    { __HYPERVISOR_sched_op, 4, make_sched_op },
    { __HYPERVISOR_set_gdt, 5, make_set_gdt },
    { __HYPERVISOR_update_descriptor, 5, make_update_descriptor },
    { __HYPERVISOR_set_trap_table, 2, make_trap_table },
    { __HYPERVISOR_platform_op, 2, make_platform_op },
    { __HYPERVISOR_physdev_op, 8, make_physdev_op },
    { __HYPERVISOR_console_io, 2, make_console_io },
    { __HYPERVISOR_xen_version, 2, make_command },
    { __HYPERVISOR_callback_op, 2, make_command },
    { __HYPERVISOR_nmi_op, 1, make_command },
    { __HYPERVISOR_vm_assist, 1, make_command },
    { __HYPERVISOR_set_segment_base, 1, make_noise },
    { __HYPERVISOR_stack_switch, 1, make_noise },
    { __HYPERVISOR_set_callbacks, 1, make_noise },
    { __HYPERVISOR_set_debugreg, 1, make_noise },
    { __HYPERVISOR_get_debugreg, 1, make_noise },
    { __HYPERVISOR_fpu_taskswitch, 1, make_noise },
    { __HYPERVISOR_set_timer_op, 1, make_noise },
    { __HYPERVISOR_sysctl, 4, make_sysctl },
    { __HYPERVISOR_domctl, 12, make_domctl },
    { 63, 1, make_noise },
    { __HYPERVISOR_multicall, 10, make_multicall },
};

#define MAKERS (sizeof(makers) / sizeof(makers[0]))

static uint64_t weights[MAKERS];

/* Each case makes some calls far more often, and so gets further with those. */
static void choose_weights(void)
{
    for (size_t i = 0; i < MAKERS; i++)
        weights[i] = makers[i].weight * (one_in(6) ? 12u : 1u);
}

static size_t choose_maker(size_t count)
{
    uint64_t total = 0, chosen;
    size_t i = 0;

    for (size_t j = 0; j < count; j++)
        total += weights[j];
    for (chosen = below(total); chosen >= weights[i]; i++)
        chosen -= weights[i];
    return i;
}

static bool is_for_control_domain(uint8_t number)
{
    return number == __HYPERVISOR_physdev_op || number == __HYPERVISOR_platform_op ||
           number == __HYPERVISOR_sysctl || number == __HYPERVISOR_domctl;
}

static void make_any(struct call *call, bool may_nest)
{
    size_t count = may_nest ? MAKERS : MAKERS - 1; /* multicall is the last */
    size_t i;

    do
        i = choose_maker(count);
    while (is_for_control_domain(makers[i].number) && !self()->is_control && !one_in(16));
    memset(call, 0, sizeof(*call));
    call->number = makers[i].number;
    makers[i].make(call);
}

/* ---- a call ---- */

static struct vcpu *interrupted; /* a vCPU in the middle of a call */

static void tell(const struct call *call)
{
    const struct vcpu *v = current_vcpu();
    uint64_t words[8] = { 0 };

    if (!fuzz_tells)
        return;
    for (unsigned i = 0; i < 3; i++) {
        if (copy_from_guest(words, call->args[i], sizeof(words)) == 0)
            break;
    }
    printf("%s CPU %u, d%uv%u: %lu(%#lx, %#lx, %#lx, %#lx) of %lx %lx %lx %lx, %lx %lx %lx %lx\n",
           interrupted ? "    between:" : "", this_cpu()->id, v->domain->id, v->id, call->number,
           call->args[0], call->args[1], call->args[2], call->args[3], words[0], words[1], words[2],
           words[3], words[4], words[5], words[6], words[7]);
    fflush(stdout);
}

static void check_result(const struct call *call, long result)
{
    bool is_any = call->number == __HYPERVISOR_get_debugreg;

    FUZZ_CHECK(result != HYPERCALL_NO_RESULT && result != HYPERCALL_RESTART);
    FUZZ_CHECK(is_any || result >= -110 || result == WORLD_ABANDONED);
    FUZZ_CHECK(result != -ERESTART);
}

static bool can_run(const struct vcpu *v)
{
    return v != interrupted && v->is_initialised && v->in_kernel &&
           !(atomic_load(&v->blocked_by) & ~(uint32_t)(VCPU_BLOCKED | VCPU_POLLING));
}

/* A vCPU that can make a call, on the CPU that acts then; NULL: this one cannot. */
static struct vcpu *run_any(void)
{
    struct vcpu *v = current_vcpu();

    if (!v || one_in(4)) /* else nothing comes between, and nothing flushes */
        v = domains[below(DOMAINS)]->vcpus[one_in(3) ? 1 : 0];
    if (!can_run(v))
        return NULL;
    if (atomic_load(&v->is_running))
        world_cpu(atomic_load(&v->processor));
    else
        world_cpu((uint32_t)below(WORLD_CPUS));
    if (interrupted && this_cpu()->current == interrupted)
        world_idle();
    world_run(v);
    return v;
}

static void make_call(void)
{
    struct call call;
    long result;

    if (!run_any())
        return;
    make_any(&call, true);
    tell(&call);
    result = world_call(call.number, call.args[0], call.args[1], call.args[2], call.args[3],
                        call.args[4]);
    if (fuzz_tells)
        printf("%s = %ld\n", interrupted ? "    between" : "", result);
    if (call.number == __HYPERVISOR_physdev_op && result == 0)
        learn_from_physdev_op(&call);
    check_result(&call, result);
    world_check();
}

/* Between two halves of a call. */
static void call_between(void)
{
    if (interrupted || !one_in(3))
        return;
    interrupted = current_vcpu();
    make_call();
    interrupted = NULL;
}

/* ---- what else happens ---- */

static void pass_time(void)
{
    fake_time_ns += one_in(4) ? 100000000 : below(3000000);
    for (uint32_t id = 0; id < WORLD_CPUS; id++)
        cpu_raise_softirq(id, 1u << SOFTIRQ_TIMER);
    world_settle();
}

static void touch_memory(void)
{
    uint64_t word = any_edge();
    bool is_write;

    if (!run_any())
        return;
    for (unsigned i = 0; i < 12; i++) {
        is_write = one_in(2);
        if ((is_write ? copy_to_guest(any_va() & ~7UL, &word, sizeof(word))
                      : copy_from_guest(&word, any_va() & ~7UL, sizeof(word))) == -EFAULT)
            continue;
    }
}

/* A reference keeps it listed, whatever is done to it. */
static void make_domain(unsigned i, uint16_t id)
{
    domains[i] = world_domain(id, VCPUS);
    FUZZ_CHECK(domain_get(domains[i]));
}

/* Destroys an ordinary domain and builds another; what others still have of it keeps its number. */
static void replace_domain(unsigned i)
{
    uint16_t id = 1;
    struct domain *old = domains[i];

    for (uint32_t cpu = WORLD_CPUS; cpu-- > 0;) {
        world_cpu(cpu);
        world_idle();
    }
    destroy_children();
    world_destroy(old);
    domains[i] = NULL;
    domain_put(old);
    world_settle();
    while (id < WORLD_DOMAINS_MAX && domain_find(id))
        id++;
    FUZZ_CHECK(id < WORLD_DOMAINS_MAX);
    make_domain(i, id);
}

/* Shut down for good, or stopped by the toolstack and seldom let go. */
static bool is_to_be_replaced(const struct domain *d)
{
    bool is_idle =
        d->toolstack_pauses || (!d->vcpus[0]->is_initialised && !d->vcpus[1]->is_initialised);

    return d->is_shut_down || one_in(300) || (is_idle && one_in(30));
}

static void one_step(void)
{
    switch (below(40)) {
    case 0:
        pass_time();
        break;
    case 1:
    case 2:
        raise_interrupt();
        world_settle();
        break;
    case 3:
    case 4:
        touch_memory();
        break;
    case 5:
    case 6:
        if (run_any())
            trick_with_own_page();
        break;
    case 7:
        if (run_any())
            trick_with_foreign_page();
        break;
    default:
        make_call();
        break;
    }
    for (unsigned i = 1; i < DOMAINS; i++) {
        if (is_to_be_replaced(domains[i]))
            replace_domain(i);
    }
}

void fuzz_case(struct random *random)
{
    dice = random;
    world_start();
    forget_shares();
    forget_pirqs();
    choose_weights();
    for (uint16_t id = 0; id < DOMAINS; id++)
        make_domain(id, id);
    world_preempt_one_in = one_in(2) ? 0 : (uint32_t)(1 + below(6));
    world_between = call_between;
    for (unsigned i = 0; i < STEPS_PER_CASE; i++)
        one_step();
    for (unsigned i = 0; i < DOMAINS; i++)
        domain_put(domains[i]);
    world_end();
}
