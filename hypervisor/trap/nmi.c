/* SPDX-License-Identifier: MIT */
/* An NMI is a request to stop, or the chipset's report of an error, which the boot CPU gets. */
#include "trap/nmi.h"

#include "arch/ipi.h"
#include "arch/percpu.h"
#include "arch/x86.h"
#include "console/printk.h"
#include "console/trace.h"
#include "domain/domain.h"
#include "domain/handlers.h"
#include "emulate/guest_entries.h"
#include "hypercall-abi/nmi.h"

/* System control port B: which error line is up. */
#define PORT_SYSTEM_CONTROL  0x61
#define PORT_B_CHANNEL_CHECK 0x40
#define PORT_B_SERR          0x80

static _Atomic uint8_t last_reason;

void nmi_handle(const struct trap_frame *frame)
{
    struct cpu *cpu = this_cpu();

    cpu_stop_if_asked();
    cpu->nmi_count++;
    if (cpu->id != 0)
        return;
    atomic_store(&last_reason, in8(PORT_SYSTEM_CONTROL));
    trace(TRACE_NMI, last_reason, frame->rip, 0);
    atomic_fetch_or(&cpu->softirq, 1u << SOFTIRQ_NMI);
}

/* On the boot CPU's way back to a guest: vCPU 0 of the control domain gets it, if it wants. */
static void give_to_control_domain(void)
{
    uint8_t reason = atomic_load(&last_reason);
    uint64_t bits = 0;

    log_warning("NMI, reason %#x", reason);
    if (!control_domain || !control_domain->vcpus[0])
        return;
    if (reason & PORT_B_SERR)
        bits |= XEN_NMIREASON_pci_serr;
    if (reason & PORT_B_CHANNEL_CHECK)
        bits |= XEN_NMIREASON_io_error;
    control_domain->shared->arch.nmi_reason = bits ? bits : XEN_NMIREASON_unknown;
    if (guest_send_nmi(control_domain->vcpus[0]))
        log_warning("the control domain has no NMI handler");
}

void nmi_init(void)
{
    domain_handlers.external_nmi = give_to_control_domain;
}
