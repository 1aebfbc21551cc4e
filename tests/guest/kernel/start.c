/* SPDX-License-Identifier: MIT */
/* Start of a test guest, its answers, and its memory. */
#include <stdarg.h>

#include "guest.h"
#include "internal.h"
#include "lib/format.h"

struct start_info *start_info;
struct shared_info *shared_info;

static unsigned failures;
static bool is_crash_expected;
static uint64_t spare_pfn; /* the next free page behind the image */

extern uint8_t image_end[];
static uint8_t shared_info_page[4096] PAGE_ALIGNED;

/* ---- answers ---- */

static void write_console(const char *text, size_t bytes)
{
    (void)hypercall(console_io, CONSOLEIO_write, bytes, text);
}

static void print_va(const char *head, const char *format, va_list values)
{
    char line[400];
    size_t used = format_buffer(line, sizeof(line), "%s", head);

    used += format_buffer_va(line + used, sizeof(line) - used, format, values);
    if (used > sizeof(line) - 2)
        used = sizeof(line) - 2;
    line[used++] = '\n';
    write_console(line, used);
}

void print(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    print_va("", format, values);
    va_end(values);
}

/* The last line and the end of the domain. The runner waits for exactly this; a neighbour that
 * gives an answer gives it for the whole test. */
static NORETURN void answer(const char *result)
{
    struct sched_shutdown shutdown = { .reason = SHUTDOWN_poweroff };

    calls_print();
    print("guest test: %s", result);
    for (;;)
        (void)hypercall(sched_op, SCHEDOP_shutdown, &shutdown);
}

void failure(const char *format, ...)
{
    va_list values;

    failures++;
    va_start(values, format);
    print_va("FAILURE: ", format, values);
    va_end(values);
}

void skip(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    print_va("SKIP: ", format, values);
    va_end(values);
    answer("skip");
}

void error(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    print_va("ERROR: ", format, values);
    va_end(values);
    answer("error");
}

void finish(void)
{
    if (is_crash_expected)
        failure("the domain was not crashed");
    answer(failures ? "failure" : "success");
}

void expect_crash(const char *reason)
{
    if (failures)
        answer("failure");
    calls_print();
    print("guest test: must crash: %s", reason);
    is_crash_expected = true;
}

/* ---- memory ---- */

uint64_t pfn_of(const volatile void *page)
{
    return ((uint64_t)page - VIRT_BASE) >> 12;
}

uint64_t mfn_of(const volatile void *page)
{
    return ((const uint64_t *)start_info->mfn_list)[pfn_of(page)];
}

uint64_t maddr_of(const volatile void *address)
{
    return mfn_of(address) << 12 | ((uint64_t)address & 4095);
}

uint64_t m2p(uint64_t mfn)
{
    return ((const volatile uint64_t *)MACH2PHYS_VIRT_START)[mfn];
}

/* Everything the builder mapped ends 512 KiB or more above the boot stack, which is not used. */
void *page_new(void)
{
    uint64_t last = (start_info->pt_base - VIRT_BASE) / 4096 + start_info->nr_pt_frames + 1 + 127;
    uint8_t *page;

    if (spare_pfn > last)
        error("no spare memory left");
    page = (uint8_t *)(VIRT_BASE + spare_pfn++ * 4096);
    memset(page, 0, 4096);
    return page;
}

/* Tables are in the initial mapping, so they can be read by their pfn. */
static const uint64_t *table_at(uint64_t entry)
{
    return (const uint64_t *)(VIRT_BASE + m2p((entry & PTE_ADDRESS_MASK) >> 12) * 4096);
}

uint64_t pte_address(uint64_t va, unsigned level)
{
    const uint64_t *table = (const uint64_t *)start_info->pt_base;

    for (unsigned at = 4; at > level; at--) {
        uint64_t entry = table[pte_index(at, va)];

        if (!(entry & PTE_PRESENT))
            return 0;
        table = table_at(entry);
    }
    return maddr_of(&table[pte_index(level, va)]);
}

uint64_t pte_read(uint64_t va, unsigned level)
{
    uint64_t address = pte_address(va, level);

    if (!address)
        return 0;
    return *(const volatile uint64_t *)((const uint8_t *)table_at(address) + (address & 4095));
}

long mmu_write(uint64_t ptr, uint64_t val)
{
    struct mmu_update update = { .ptr = ptr, .val = val };

    return hypercall(mmu_update, &update, 1, NULL, DOMID_SELF);
}

long mmu_extended(uint32_t command, uint64_t mfn_or_address)
{
    struct mmuext_op op = { .cmd = command, .arg1.mfn = mfn_or_address };

    return hypercall(mmuext_op, &op, 1, NULL, DOMID_SELF);
}

long map_page(const volatile void *va, uint64_t entry)
{
    return hypercall(update_va_mapping, va, entry, UVMF_INVLPG);
}

uint64_t entry_of(const volatile void *page, uint64_t bits)
{
    return mfn_of(page) << 12 | bits;
}

/* The table below an entry of @table, made if it is not there. */
static uint64_t *table_below(uint64_t *table, unsigned level, uint64_t va)
{
    volatile uint64_t *entry = &table[pte_index(level, va)];

    if (!(*entry & PTE_PRESENT)) {
        void *fresh = page_new();

        require_eq(map_page(fresh, entry_of(fresh, PTE_RO)), 0, "a new table becomes read-only");
        require_eq(mmu_write(maddr_of(entry), entry_of(fresh, PTE_RW)), 0, "a table of tables");
    }
    return (uint64_t *)(uint64_t)table_at(*entry);
}

void map_in(uint64_t *root, uint64_t va, uint64_t entry)
{
    uint64_t *table = root;

    for (unsigned level = 4; level > 1; level--)
        table = table_below(table, level, va);
    require_eq(mmu_write(maddr_of(&table[pte_index(1, va)]), entry), 0, "a mapping");
}

void map_at(uint64_t va, uint64_t entry)
{
    map_in((uint64_t *)start_info->pt_base, va, entry);
}

/* ---- time ---- */

uint64_t time_of(const volatile struct vcpu_time_info *time)
{
    uint32_t version;
    uint64_t ns;

    do {
        uint32_t low, high;
        uint64_t delta;

        version = time->version;
        __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
        delta = ((uint64_t)high << 32 | low) - time->tsc_timestamp;
        delta = time->tsc_shift < 0 ? delta >> -time->tsc_shift : delta << time->tsc_shift;
        ns = time->system_time +
             (uint64_t)((unsigned __int128)delta * time->tsc_to_system_mul >> 32);
    } while ((version & 1) || version != time->version);
    return ns;
}

uint64_t system_time(void)
{
    return time_of(&this_vcpu_info()->time);
}

/* ---- the machine ---- */

/* User mode sees the processor's own leaves, and so do we without the prefix. */
bool machine_is_tcg(void)
{
    uint32_t eax = 0x40000000, ebx, ecx = 0, edx;

    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    return ebx == 0x54474354 && ecx == 0x43544743 && edx == 0x47435447; /* TCGTCGTCGTCG */
}

/* ---- neighbours ---- */

#define NEIGHBOURS_MAX 4u

/* The end of an event channel to a neighbour, or to the control domain (index 0). */
static uint32_t meeting_port[NEIGHBOURS_MAX + 1];

__attribute__((weak)) void neighbour_main(uint32_t id)
{
    error("neighbour %u has nothing to do", id);
}

bool is_control_domain(void)
{
    return start_info->flags & SIF_INITDOMAIN;
}

/* The number behind "word=" in the command line; 0 without it. */
static uint32_t command_line_number(const char *word)
{
    const char *line = (const char *)start_info->cmd_line;
    size_t length = strlen(word);
    uint32_t number = 0;

    while (*line && strncmp(line, word, length))
        line++;
    if (!*line)
        return 0;
    for (line += length; *line >= '0' && *line <= '9'; line++)
        number = number * 10 + (uint32_t)(*line - '0');
    return number;
}

static void yield(void)
{
    (void)hypercall(sched_op, SCHEDOP_yield);
}

/* Ports 1 to N of the control domain wait for the neighbours, in order; tests use those above. */
static void open_meeting_ports(uint32_t count)
{
    for (uint32_t id = 1; id <= count; id++) {
        struct evtchn_alloc_unbound unbound = { .dom = DOMID_SELF, .remote_dom = (domid_t)id };

        require_eq(hypercall(event_channel_op, EVTCHNOP_alloc_unbound, &unbound), 0,
                   "a port for a neighbour");
        require_eq(unbound.port, id, "the lowest free port is taken");
        meeting_port[id] = unbound.port;
        event_mask(unbound.port, true);
    }
}

static void notify(uint32_t port)
{
    require_eq(hypercall(event_channel_op, EVTCHNOP_send, &port), 0, "the other side is notified");
}

static void await(uint32_t port)
{
    while (!event_is_pending(port))
        yield();
    event_clear(port);
}

/* The end of a new binding is pending; the first word is the neighbour's, when that is cleared. */
static void bind_meeting_port(uint32_t id)
{
    struct evtchn_bind_interdomain bind = { .remote_dom = 0, .remote_port = id };

    while (hypercall(event_channel_op, EVTCHNOP_bind_interdomain, &bind))
        yield(); /* the control domain is not so far yet */
    meeting_port[CONTROL_DOMAIN] = bind.local_port;
    event_mask(bind.local_port, true);
    event_clear(bind.local_port);
    notify(bind.local_port);
}

/* The control domain speaks first and the neighbour answers, so that no notification comes while
 * the one before is still pending. */
void meet(uint32_t id)
{
    static bool has_greeted[NEIGHBOURS_MAX + 1];
    uint32_t port = meeting_port[id];

    if (!is_control_domain()) {
        await(port);
        notify(port);
        return;
    }
    if (!has_greeted[id])
        await(port);
    has_greeted[id] = true;
    notify(port);
    await(port);
}

void neighbour_wait(uint32_t id)
{
    meet(id);
}

static NORETURN void run_neighbour(uint32_t id)
{
    struct sched_shutdown shutdown = { .reason = SHUTDOWN_poweroff };

    bind_meeting_port(id);
    neighbour_main(id);
    calls_print();
    meet(CONTROL_DOMAIN);
    for (;;)
        (void)hypercall(sched_op, SCHEDOP_shutdown, &shutdown);
}

/* ---- start ---- */

void guest_start(struct start_info *info)
{
    start_info = info;
    /* The boot stack is the page behind the tables; spare memory begins behind it. */
    spare_pfn = pfn_of((void *)info->pt_base) + info->nr_pt_frames + 1;
    traps_setup();
    shared_info = (struct shared_info *)(void *)shared_info_page;
    require_eq(map_page(shared_info_page, info->shared_info | PTE_RW), 0, "shared_info is mapped");
    if (!is_control_domain())
        run_neighbour(command_line_number("neighbour="));
    open_meeting_ports(command_line_number("neighbours="));
    test_main();
    finish();
}
