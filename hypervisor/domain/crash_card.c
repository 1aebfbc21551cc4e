/* SPDX-License-Identifier: MIT */
/*
 * domain_crash(), and the crash card: what an author of the guest needs to find the mistake.
 *
 * Nothing of the guest is believed or needed here: registers are those saved at its entry, the
 * stack is read with fault fix-up and only if the guest's kernel is what runs, and the console
 * lines are a copy of the hypervisor's own.
 */
#include <stdarg.h>

#include "arch/arch.h"
#include "console/printk.h"
#include "domain/domain.h"
#include "hypercall-abi/sched.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/guest_access.h"

#define REASON_MAX  160u
#define LINES_SHOWN 5u
#define STACK_WORDS 16u

static const char *const hypercall_names[] = {
#define HYPERCALL(number, name, argc, flow, summary) [number] = #name,
#include "hypercall-abi/tables/hypercalls.def"
#undef HYPERCALL
};

static const char *hypercall_name(uint32_t number)
{
    if (number < ARRAY_COUNT(hypercall_names) && hypercall_names[number])
        return hypercall_names[number];
    return "none";
}

static void show_registers(const struct trap_frame *r)
{
    log_error("  rip %016lx cs %04lx  rsp %016lx ss %04lx  rflags %08lx", r->rip, r->cs & 0xffff,
              r->rsp, r->ss & 0xffff, r->rflags);
    log_error("  rax %016lx rbx %016lx rcx %016lx rdx %016lx", r->rax, r->rbx, r->rcx, r->rdx);
    log_error("  rsi %016lx rdi %016lx rbp %016lx r8  %016lx", r->rsi, r->rdi, r->rbp, r->r8);
    log_error("  r9  %016lx r10 %016lx r11 %016lx r12 %016lx", r->r9, r->r10, r->r11, r->r12);
    log_error("  r13 %016lx r14 %016lx r15 %016lx", r->r13, r->r14, r->r15);
}

/* The kernel's root is loaded. What cannot be read ends the list. */
static void show_stack(const struct trap_frame *r)
{
    uint64_t words[STACK_WORDS];
    unsigned count = 0;

    while (count < STACK_WORDS &&
           copy_from_guest(&words[count], r->rsp + count * sizeof(words[0]), sizeof(words[0])) == 0)
        count++;
    for (unsigned i = 0; i + 4 <= count; i += 4)
        log_error("  stack+%02lx %016lx %016lx %016lx %016lx", i * sizeof(words[0]), words[i],
                  words[i + 1], words[i + 2], words[i + 3]);
}

static char tail_character(const struct domain *d, uint32_t position)
{
    return d->console_tail[position % DOMAIN_CONSOLE_TAIL];
}

/* One line, from @start on; returns where the next begins. */
static uint32_t show_console_line(const struct domain *d, uint32_t start)
{
    char line[LOG_LINE_MAX / 2];
    uint32_t length = 0;

    while (start != d->console_written) {
        char c = tail_character(d, start++);

        if (c == '\n')
            break;
        if (length < sizeof(line) - 1)
            line[length++] = c >= ' ' && c <= '~' ? c : '.';
    }
    line[length] = 0;
    log_error("  | %s", line);
    return start;
}

static void show_console(const struct domain *d)
{
    uint32_t kept =
        d->console_written < DOMAIN_CONSOLE_TAIL ? d->console_written : DOMAIN_CONSOLE_TAIL;
    uint32_t start = d->console_written;
    unsigned lines = 0;

    /* Backwards to the newline before the last few lines. */
    while (kept && lines <= LINES_SHOWN) {
        if (start != d->console_written && tail_character(d, start - 1) == '\n' &&
            ++lines == LINES_SHOWN)
            break;
        start--;
        kept--;
    }
    while (start != d->console_written)
        start = show_console_line(d, start);
}

static void show_card(struct domain *d, const char *reason)
{
    struct vcpu *current = current_vcpu();
    bool is_running = current && current->domain == d;
    struct vcpu *v = is_running ? current : domain_vcpu(d, 0);

    log_error("domain %u crashed: %s", d->id, reason);
    if (!v)
        return;
    log_error("  vCPU %u in guest %s mode, last hypercall %s", v->id,
              v->in_kernel ? "kernel" : "user", hypercall_name(v->last_hypercall));
    show_registers(vcpu_regs(v));
    if (is_running && v->in_kernel)
        show_stack(vcpu_regs(v));
    show_console(d);
}

void domain_crash(struct domain *d, const char *format, ...)
{
    char reason[REASON_MAX];
    va_list values;

    if (d->is_shut_down)
        return;
    va_start(values, format);
    format_buffer_va(reason, sizeof(reason), format, values);
    va_end(values);

    show_card(d, reason);
    d->was_crashed = true;
    domain_shutdown(d, SHUTDOWN_crash);
}
