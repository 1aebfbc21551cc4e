/* SPDX-License-Identifier: MIT */
/*
 * A domain that suspends is shut down with that reason; resumedomain undoes it, and it goes on behind
 * its call (abi-facts 9.2).
 *
 * Machine: options="dom0_mem=24M"
 */
#include "toolstack.h"

/* Suspends, counts the resume, and waits for good. */
USER_CODE_BLOCK(suspends, "1: movl $2, (%rsp)\n"
                          "mov $29, %eax\n"
                          "mov $2, %edi\n"
                          "mov %rsp, %rsi\n"
                          "syscall\n"
                          "incq (%rbx)\n"
                          "jmp 1b\n");

void test_main(void)
{
    volatile uint64_t *data;
    struct child child;

    child_make(&child, 1, CODE(suspends));
    data = child_map(&child, child.mfn[CHILD_DATA]);
    child_unpause(&child);
    for (unsigned i = 0; i < 3; i++) {
        child_wait(&child, XEN_DOMINF_shutdown);
        expect_eq(child_flags(&child) >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask,
                  SHUTDOWN_suspend, "the reason");
        expect_eq(data[0], i, "resumes");
        expect_eq(domctl_plain(XEN_DOMCTL_resumedomain, child.id), 0, "resumedomain");
        while (data[0] == i)
            (void)hypercall(sched_op, SCHEDOP_yield, NULL);
    }
    expect_eq(domctl_plain(XEN_DOMCTL_resumedomain, 0), -XEN_EINVAL, "itself");
    expect_eq(domctl_plain(XEN_DOMCTL_resumedomain, 99), -XEN_ESRCH, "nobody");
    child_unmap((void *)(uint64_t)data);
    child_destroy(&child);
}
