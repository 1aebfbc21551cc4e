/* SPDX-License-Identifier: MIT */
/*
 * The library of the test guests.
 *
 * A test is a folder tests/guest/NAME/ with a main.c. Its head comment explains the one rule of
 * the ABI that it checks, with the source of the rule; a line " * Machine: ..." there says what the
 * runner has to start it with (tests/guest/run.py lists the words). It has one function:
 *
 *     void test_main(void)
 *     {
 *         expect_eq(hypercall(...), -XEN_EINVAL, "a bad port is refused");
 *     }
 *
 * Each expect_...() that does not hold is printed and makes the result a failure; the test goes on
 * unless it is require_...(). Returning ends the test. The answers are different: success,
 * skip (this machine cannot show the rule), error (the test itself could not be set up), failure
 * (the hypervisor breaks the rule).
 */
#ifndef PARAPET_TESTS_GUEST_GUEST_H
#define PARAPET_TESTS_GUEST_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/msr.h"
#include "arch/pte.h"
#include "arch/x86_bits.h"
#include "hypercall.h"
#include "lib/bits.h"
#include "lib/compiler.h"
#include "lib/string.h"

#define PAGE_ALIGNED __attribute__((aligned(4096)))

/* ---- the test ---- */

void test_main(void);

/*
 * With "Machine: domains=N" the control domain runs test_main() and N unprivileged domains run
 * neighbour_main(), at the same time. What a neighbour finds wrong counts too. The control
 * domain's end ends the machine, so it waits for its neighbours.
 */
void neighbour_main(uint32_t id);
/* The control domain: until neighbour @id returned from neighbour_main(). */
void neighbour_wait(uint32_t id);
/* Both sides: until the other one is here as well; the other side of a neighbour is the control
 * domain. */
void meet(uint32_t id);
#define CONTROL_DOMAIN 0u
#define OWN_DOMAIN     CONTROL_DOMAIN /* of a test_main() */
bool is_control_domain(void);

/* ---- answers ---- */

void print(const char *format, ...) PRINTF_LIKE(1, 2);

/* The rule is broken; the test goes on. */
void failure(const char *format, ...) PRINTF_LIKE(1, 2);
/* These end the test at once. */
NORETURN void skip(const char *format, ...) PRINTF_LIKE(1, 2);
NORETURN void error(const char *format, ...) PRINTF_LIKE(1, 2);
NORETURN void finish(void);

/* What comes must crash the domain, with this in the reason; whatever is printed later fails. */
void expect_crash(const char *reason);

#define expect(condition, what)                                                                    \
    do {                                                                                           \
        if (!(condition))                                                                          \
            failure("line %d: %s: not %s", __LINE__, what, #condition);                            \
    } while (0)

#define expect_eq(actual, wanted, what)                                                            \
    do {                                                                                           \
        long actual_ = (long)(actual), wanted_ = (long)(wanted);                                   \
        if (actual_ != wanted_)                                                                    \
            failure("line %d: %s: %ld (%#lx), not %ld (%#lx)", __LINE__, what, actual_,            \
                    (unsigned long)actual_, wanted_, (unsigned long)wanted_);                      \
    } while (0)

/* For what the test needs to go on; its failure is an error of the test. */
#define require_eq(actual, wanted, what)                                                           \
    do {                                                                                           \
        long actual_ = (long)(actual), wanted_ = (long)(wanted);                                   \
        if (actual_ != wanted_)                                                                    \
            error("line %d: %s: %ld, not %ld", __LINE__, what, actual_, wanted_);                  \
    } while (0)

#define require(condition, what)                                                                   \
    do {                                                                                           \
        if (!(condition))                                                                          \
            error("line %d: %s: not %s", __LINE__, what, #condition);                              \
    } while (0)

/* ---- start of day ---- */

extern struct start_info *start_info;
extern struct shared_info *shared_info; /* mapped by the library, events masked */

/* ---- memory: pages of the image, seen at VIRT_BASE + pfn * 4096 ---- */

#define VIRT_BASE 0xffffffff80000000UL

uint64_t pfn_of(const volatile void *page);
uint64_t mfn_of(const volatile void *page);
uint64_t maddr_of(const volatile void *address);
uint64_t m2p(uint64_t mfn);

/* A fresh zeroed page that is mapped writable; from the spare memory behind the image. */
void *page_new(void);

/* Machine address of the page-table entry of @level (1 to 4) that maps @va now; 0 if there is
 * none. Looks at the tables that the domain started with. */
uint64_t pte_address(uint64_t va, unsigned level);
uint64_t pte_read(uint64_t va, unsigned level);

/* One entry of mmu_update, one operation of mmuext_op (second argument 0), for the own domain. */
long mmu_write(uint64_t ptr, uint64_t val);
long mmu_extended(uint32_t command, uint64_t mfn_or_address);

/* update_va_mapping with a flush of the address. */
long map_page(const volatile void *va, uint64_t entry);
/* Maps anything anywhere, with new tables where there are none yet: in the first tables, and in
 * those of user mode, which exist after the first user_run(). */
void map_at(uint64_t va, uint64_t entry);
void user_map_at(uint64_t va, uint64_t entry);
/* The entry that maps an own page with these bits. */
uint64_t entry_of(const volatile void *page, uint64_t bits);
#define PTE_RW (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY)
#define PTE_RO (PTE_PRESENT | PTE_USER | PTE_ACCESSED | PTE_DIRTY)

/* ---- traps ---- */

struct guest_frame {
    uint64_t r15, r14, r13, r12, r10, r9, r8, rbp, rdi, rsi, rdx, rbx, rax;
    uint64_t vector; /* or one of the callbacks below */
    uint64_t rcx, r11;
    uint64_t error_code;
    uint64_t rip;
    uint64_t cs; /* bits 32-39: evtchn_upcall_mask at the time */
    uint64_t rflags, rsp, ss;
};

#define ENTRY_EVENT     0x100u
#define ENTRY_FAILSAFE  0x101u
#define ENTRY_SYSCALL   0x102u
#define ENTRY_SYSCALL32 0x103u
#define ENTRY_SYSENTER  0x104u
#define ENTRY_NMI       0x105u
#define ENTRY_COUNT     0x106u

typedef void entry_handler(struct guest_frame *frame);

/* Called for this vector or callback; NULL: back to the default, which is an error unless in a
 * try. A handler changes the frame, and the guest goes on with that. */
void on_entry(unsigned vector, entry_handler *handler);

/* Number of entries of this kind so far, handled or caught by a try. */
uint64_t entries_seen(unsigned vector);

/* RFLAGS and RSP at the first instruction of the last entry of all. */
extern uint64_t entry_rflags, entry_rsp;
/* DS, ES, FS and GS of the last failsafe entry's frame. */
extern uint64_t entry_selectors[4];

/* The entry points that on_entry() and try() work with, by vector or callback. */
uint64_t entry_point(unsigned vector);

/* One entry of the calling vCPU's trap table; address 0 removes it. */
long trap_set(uint8_t vector, uint8_t flags, uint64_t address);

#define VECTOR_DE 0u
#define VECTOR_DB 1u
#define VECTOR_BP 3u
#define VECTOR_OF 4u
#define VECTOR_BR 5u
#define VECTOR_UD 6u
#define VECTOR_NM 7u
#define VECTOR_TS 10u
#define VECTOR_NP 11u
#define VECTOR_SS 12u
#define VECTOR_GP 13u
#define VECTOR_PF 14u
#define VECTOR_MF 16u
#define VECTOR_AC 17u
#define VECTOR_XM 19u

struct try_result {
    bool trapped;
    uint32_t vector;
    uint32_t error_code;
    uint64_t rip;
    uint64_t cr2;             /* #PF */
    struct guest_frame frame; /* all of it */
    uint64_t rsp, rflags;     /* at the handler's first instruction */
};

/* Runs the function; an exception in it ends it, and is the answer. On any vCPU. */
struct try_result try(void (*function)(void *), void *argument);

/* Makes the iret hypercall with this context. What it goes to has to end in an exception. */
struct try_result try_iret(const struct iret_context *context);
/* An address whose execution is #UD, for such contexts, and a stack of its own for it. */
extern uint8_t undefined_instruction[];
#define SPARE_STACK_BYTES 8192u
extern uint8_t spare_stack[SPARE_STACK_BYTES];

/* Whether it is what execution at an address that is not canonical ends in: #GP(0) at that
 * address. TCG has a page fault there. */
bool is_fetch_of(const struct try_result *result, uint64_t address);

/* Reads or writes one word and says whether that trapped. */
struct try_result try_read(const volatile void *address, uint64_t *value);
struct try_result try_write(volatile void *address, uint64_t value);

/* ---- events ---- */

/* Sets the event callback; upcalls stay masked until events_enable(). */
void events_setup(void);
void events_enable(void);
void events_disable(void);
/* Ports found pending by the upcall handler since the last call; bit n: port n (below 64).
 * All of this is about the calling vCPU. */
uint64_t events_taken(void);
struct vcpu_info *this_vcpu_info(void);
/* After VCPUOP_register_vcpu_info. */
void vcpu_info_is_at(uint32_t vcpu, struct vcpu_info *info);
bool event_is_pending(uint32_t port);
void event_clear(uint32_t port);
void event_mask(uint32_t port, bool masked);

/* ---- other vCPUs ---- */

/* By the stack. */
uint32_t this_vcpu(void);

/* Starts vCPU @id on a stack of its own; it runs the function and goes down. 0 or the error. */
long vcpu_start(uint32_t id, void (*function)(uint32_t id));
/* Waits until it has gone down. */
void vcpu_wait(uint32_t id);
/* Fills a context as vcpu_start() does. */
void vcpu_context(uint32_t id, void (*function)(uint32_t id), struct vcpu_guest_context *context);

/* ---- user mode ---- */

/*
 * Runs @code (copied to a page that user mode may execute, at most a page long) in guest user mode
 * on page tables of its own, with @argument in RDI. It ends when it makes a SYSCALL with
 * RAX = 0, and RDI is the answer. Other SYSCALLs go to the handler of on_user_syscall(), exceptions
 * to those of on_entry().
 */
uint64_t user_run(const void *code, size_t bytes, uint64_t argument);
void on_user_syscall(entry_handler *handler);
/* The same for code that ends in an exception. */
struct try_result try_user(const void *code, size_t bytes, uint64_t argument);
/* The same with another CS, which may be one for 32-bit code, and other flags. */
struct try_result try_user_in(const void *code, size_t bytes, uint64_t cs, uint64_t rflags);

/* USER_CODE_BLOCK(name, "instructions"): code for these. user_run(CODE(name), argument) */
#define USER_CODE_BLOCK(name, text)                                                                \
    __asm__(".pushsection .rodata\n" #name ": " text "\n" #name "_end: .popsection");              \
    extern const uint8_t name[], name##_end[]
#define CODE(name)  (name), (size_t)((name##_end) - (name))
#define USER_RETURN "mov %rax, %rdi\nxor %eax, %eax\nsyscall\n" /* RAX is the answer */

extern uint8_t user_kernel_stack[];
#define USER_KERNEL_STACK_BYTES 16384u
#define USER_CODE               0x10000UL
#define USER_STACK              0x20000UL /* one page, RSP starts at its end */
#define USER_DATA               0x30000UL /* one page, also at user_data */
extern uint8_t *user_data;

/* ---- small things ---- */

/* Whether QEMU's TCG plays the processor: some rules it does not know (docs/emulators.md). */
bool machine_is_tcg(void);

static inline void barrier(void)
{
    __asm__ volatile("" : : : "memory");
}

static inline void cpu_relax(void)
{
    __asm__ volatile("pause" : : : "memory");
}

uint64_t system_time(void); /* nanoseconds, by vcpu_info.time of the calling vCPU */
uint64_t time_of(const volatile struct vcpu_time_info *time);

static inline uint64_t read_flags(void)
{
    uint64_t flags;

    __asm__ volatile("pushfq; pop %0" : "=r"(flags));
    return flags;
}

static inline void write_flags(uint64_t flags)
{
    __asm__ volatile("push %0; popfq" : : "r"(flags) : "cc", "memory");
}

#endif
