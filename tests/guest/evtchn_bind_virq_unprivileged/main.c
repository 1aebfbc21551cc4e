/* SPDX-License-Identifier: MIT */
/*
 * Global virtual interrupts are for the control domain; those of a vCPU, and that of Argo, which is for each
 * domain, are for all (abi-facts 6.7).
 *
 * Machine: domains=1
 */
#include "events.h"

void neighbour_main(uint32_t id)
{
    (void)id;
    for (uint32_t virq = 0; virq < NR_VIRQS; virq++) {
        struct evtchn_bind_virq op = { .virq = virq };
        bool is_for_all = virq == VIRQ_TIMER || virq == VIRQ_DEBUG || virq == VIRQ_XENOPROF ||
                          virq == VIRQ_XENPMU || virq == VIRQ_ARGO;
        long result = evtchn(bind_virq, &op);

        if (result != (is_for_all ? 0 : -XEN_EBUSY))
            failure("virq %u of an unprivileged domain: %ld", virq, result);
    }
}

void test_main(void)
{
    neighbour_wait(1);
}
