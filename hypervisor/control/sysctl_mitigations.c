/* SPDX-License-Identifier: MIT */
/* sysctl: what is done about the CPU's vulnerabilities, as the boot log says it. */
#include "arch/mitigations.h"
#include "arch/vulnerabilities.h"
#include "control/toolstack.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/refuse.h"
#include "mm/guest_access.h"

#define TEXT_BYTES 256u

/* The @index-th that this CPU has, or VULNERABILITY_COUNT. */
static uint32_t find(uint32_t index)
{
    for (uint32_t i = 0; i < VULNERABILITY_COUNT; i++) {
        if (mitigations.found & 1u << i && index-- == 0)
            return i;
    }
    return VULNERABILITY_COUNT;
}

long sysctl_op_parapet_mitigation(UNUSED struct vcpu *caller,
                                  struct xen_sysctl_parapet_mitigation *op)
{
    uint32_t vulnerability = find(op->index);
    struct mitigation_report report;
    char text[TEXT_BYTES];
    size_t bytes;

    op->is_emulated = mitigations_cpu_is_emulated();
    if (vulnerability == VULNERABILITY_COUNT)
        return -ENOENT;
    report = mitigations_report(&mitigations, vulnerability);
    op->is_mitigated = report.is_mitigated;
    bytes = (size_t)format_buffer(text, sizeof(text), "%s: %s", report.title, report.text) + 1;
    if (bytes > sizeof(text))
        bytes = sizeof(text);
    if (bytes > op->bytes)
        return refuse(-ENOBUFS, "room for %u of %lu bytes", op->bytes, bytes);
    return copy_to_guest(op->text, text, bytes) ? -EFAULT : 0;
}
