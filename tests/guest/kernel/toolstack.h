/* SPDX-License-Identifier: MIT */
/*
 * A toolstack in miniature: the test guest, as control domain, makes other domains by the real
 * calls (abi-facts 9.3). A child has a few pages of memory and runs a piece of code.
 */
#ifndef PARAPET_TESTS_GUEST_TOOLSTACK_H
#define PARAPET_TESTS_GUEST_TOOLSTACK_H

#include "guest.h"
#include "hypercall-abi/domctl.h"
#include "hypercall-abi/sysctl.h"

/* With the interface's version filled in. */
long domctl(uint32_t command, uint16_t domain, struct xen_domctl *op);
long sysctl(uint32_t command, struct xen_sysctl *op);
/* Operations without an argument, or whose argument is zero. */
long domctl_plain(uint32_t command, uint16_t domain);

uint64_t free_pages(void);

/* ---- a child ---- */

/* Its pages by pfn, seen by it at VIRT_BASE + pfn * 4096; page tables are not mapped. */
enum child_page {
    CHILD_L4,
    CHILD_L3,
    CHILD_L2,
    CHILD_L1,
    CHILD_CODE,  /* executable */
    CHILD_STACK, /* writable, as all others */
    CHILD_DATA,
    CHILD_SPARE, /* 9 pages more: for grants and page tables of other tests */
    CHILD_PAGES = 16,
};
#define CHILD_VIRT(page) (VIRT_BASE + (uint64_t)(page)*4096)

struct child {
    uint16_t id;
    uint32_t vcpus;
    uint64_t mfn[CHILD_PAGES];
    uint64_t shared_info_mfn;
};

/* The request for a child of @vcpus; to change it before createdomain. */
void child_request(struct xen_domctl *op, uint32_t vcpus);
/* createdomain, max_vcpus, max_mem, address_size. */
void child_create(struct child *child, uint32_t vcpus);
/* Its memory, with @code in it and page tables that are pinned. */
void child_load(struct child *child, const void *code, size_t bytes);
/* The state in which vCPU @id begins: at the code, RBX and RSP at its data and stack. */
void child_context(const struct child *child, uint32_t id, struct vcpu_guest_context *context);
long child_set_context(const struct child *child, uint32_t id,
                       const struct vcpu_guest_context *context);
/* All of that, vCPU 0 set; still paused. */
void child_make(struct child *child, uint32_t vcpus, const void *code, size_t bytes);
void child_unpause(const struct child *child);

/* A page of a domain, here at a place of its own until child_unmap(). */
void *child_map(const struct child *child, uint64_t mfn);
void child_unmap(void *page);

/* Its flags, XEN_DOMINF_*; 0 if there is no such domain. */
uint32_t child_flags(const struct child *child);
struct xen_domctl_getdomaininfo child_info(const struct child *child);
/* Yields until the flags have all of these bits. */
void child_wait(const struct child *child, uint32_t flags);
/* destroydomain, and until it is not there any more. */
void child_destroy(const struct child *child);

/* Code for a child: hypercalls as text for CHILD_CODE blocks. */
#define CHILD_SHUTDOWN(reason)                                                                     \
    "movl $" #reason ", (%rsp)\n"                                                                  \
    "mov $29, %eax\n"                                                                              \
    "mov $2, %edi\n"                                                                               \
    "mov %rsp, %rsi\n"                                                                             \
    "syscall\n"                                                                                    \
    "ud2\n"

/* It counts in the first word of its data, for ever; yields in between. */
extern const uint8_t child_counts[], child_counts_end[];
/* It writes 0x51ab to its data and is shut down (reboot). */
extern const uint8_t child_ends[], child_ends_end[];

#endif
