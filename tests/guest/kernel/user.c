/* SPDX-License-Identifier: MIT */
/*
 * Guest user mode: a second root with a page of code, of stack and of data, and nothing of the
 * kernel. The first call builds it.
 */
#include "guest.h"
#include "internal.h"

uint8_t *user_data;

static uint64_t *user_l4;
static uint8_t *user_code;
static struct try_point user_exit;
static uint64_t user_result;

static void make_read_only(const void *table)
{
    require_eq(map_page(table, entry_of(table, PTE_RO)), 0, "a new table becomes read-only");
}

static void build_tables(void)
{
    uint64_t *l3 = page_new(), *l2 = page_new(), *l1 = page_new();
    uint8_t *stack = page_new();
    struct mmuext_op ops[2] = { { .cmd = MMUEXT_PIN_L4_TABLE },
                                { .cmd = MMUEXT_NEW_USER_BASEPTR } };

    user_l4 = page_new();
    user_code = page_new();
    user_data = page_new();
    l1[pte_index(1, USER_CODE)] = entry_of(user_code, PTE_RO);
    l1[pte_index(1, USER_STACK)] = entry_of(stack, PTE_RW | PTE_NO_EXECUTE);
    l1[pte_index(1, USER_DATA)] = entry_of(user_data, PTE_RW | PTE_NO_EXECUTE);
    l2[0] = entry_of(l1, PTE_RW);
    l3[0] = entry_of(l2, PTE_RW);
    user_l4[0] = entry_of(l3, PTE_RW);
    make_read_only(l1);
    make_read_only(l2);
    make_read_only(l3);
    make_read_only(user_l4);
    ops[0].arg1.mfn = mfn_of(user_l4);
    ops[1].arg1.mfn = mfn_of(user_l4);
    require_eq(hypercall(mmuext_op, ops, 2, NULL, DOMID_SELF), 0, "the user root is taken");
}

void user_map_at(uint64_t va, uint64_t entry)
{
    require(user_l4 != NULL, "user mode has tables");
    map_in(user_l4, va, entry);
}

static entry_handler *other_syscalls;

void on_user_syscall(entry_handler *handler)
{
    other_syscalls = handler;
}

/* SYSCALL from user mode: 0 ends the run, anything else is for the test's handler. */
static void handle_syscall(struct guest_frame *frame)
{
    if (frame->rax != 0) {
        if (!other_syscalls)
            error("syscall %#lx of user mode", frame->rax);
        other_syscalls(frame);
        return;
    }
    user_result = frame->rdi;
    frame->rip = user_exit.rip;
    frame->rsp = user_exit.rsp;
    frame->cs = FLAT_KERNEL_CS & ~3UL; /* stay in kernel mode */
    frame->ss = FLAT_KERNEL_SS;
}

struct user_start {
    uint64_t argument;
    uint64_t cs, rflags;
};

uint8_t user_kernel_stack[USER_KERNEL_STACK_BYTES] PAGE_ALIGNED;

/* iret to user mode. Comes back through user_exit. */
static void enter_user(void *argument)
{
    const struct user_start *start = argument;
    struct iret_context context = { .rip = USER_CODE,
                                    .cs = start->cs,
                                    .rflags = start->rflags,
                                    .rsp = USER_STACK + 4096,
                                    .ss = FLAT_USER_SS };

    __asm__ volatile("mov %[frame], %%rsp\n"
                     "mov $23, %%eax\n"
                     "syscall\n"
                     "ud2"
                     :
                     : [frame] "r"(&context), "D"(start->argument), "m"(context)
                     : "memory");
    __builtin_unreachable();
}

static void prepare(const void *code, size_t bytes)
{
    struct callback_register callback = { .type = CALLBACKTYPE_syscall,
                                          .address = (uint64_t)guest_syscall_entry };

    require(bytes <= 4096, "code of user mode fits a page");
    if (!user_l4)
        build_tables();
    memcpy(user_code, code, bytes);
    require_eq(hypercall(callback_op, CALLBACKOP_register, &callback), 0, "syscall callback");
    require_eq(hypercall(stack_switch, FLAT_KERNEL_SS,
                         user_kernel_stack + sizeof(user_kernel_stack)),
               0, "stack for entries from user mode");
    on_entry(ENTRY_SYSCALL, handle_syscall);
}

uint64_t user_run(const void *code, size_t bytes, uint64_t argument)
{
    struct user_start start = { argument, FLAT_USER_CS, RFLAGS_IF };

    prepare(code, bytes);
    (void)try_run(enter_user, &start, &user_exit);
    return user_result;
}

struct try_result try_user_in(const void *code, size_t bytes, uint64_t cs, uint64_t rflags)
{
    struct user_start start = { 0, cs, rflags };

    prepare(code, bytes);
    return try(enter_user, &start);
}

struct try_result try_user(const void *code, size_t bytes, uint64_t argument)
{
    struct user_start start = { argument, FLAT_USER_CS, RFLAGS_IF };

    prepare(code, bytes);
    return try(enter_user, &start);
}
