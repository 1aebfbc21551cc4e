/* SPDX-License-Identifier: MIT */
#include "world.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "devices/tests.h"
#include "hypercall-abi/grant_table.h"
#include "hypercall-abi/memory.h"
#include "hypercall-abi/types.h"
#include "kernel/bottom.h"
#include "kernel/cpu.h"
#include "kernel/page.h"
#include "kernel/semaphore.h"
#include "pv/event.h"
#include "pv/grant.h"
#include "pv/hypercall.h"
#include "pv/pv.h"

#define MFN_OFFSET   0x1000u /* frames are numbered otherwise than pages */
#define PORT_LIMIT   64u
#define SERVERS      4u
#define GRANT_FRAMES 16u
#define IDLE_STEP_NS 1000000u

char world_memory[WORLD_PAGES][PAGE_SIZE];
struct boot_info boot_info = { .bottom_name = "host" };
struct cpu cpus[CPU_LIMIT];

static bool (*servers[SERVERS])(void);
static uint32_t server_count;
static uint64_t now_ns;
static char console[1u << 20];
static size_t console_used;

static struct {
    bool is_open, was_notified;
    void (*handler)(void *context);
    void *context;
} ports[PORT_LIMIT];

static struct grant_entry_v1 *grant_frames[GRANT_FRAMES];
static uint32_t grant_frame_count;
static uint32_t map_counts[GRANT_FRAMES * 512];

void world_start(const char *command_line)
{
    boot_info.page_count = WORLD_PAGES;
    boot_info.free_first = 16;
    boot_info.free_end = WORLD_PAGES;
    boot_info.command_line = command_line;
    cpus[0].is_up = true;
    page_init();
}

void world_add_server(bool (*turn)(void))
{
    ck_assert_uint_lt(server_count, SERVERS);
    servers[server_count++] = turn;
}

bool world_turn(void)
{
    bool was_busy = false;

    for (uint32_t i = 0; i < server_count; i++)
        was_busy |= servers[i]();
    return was_busy;
}

/* ---- the kernel's bottom ---- */

bool bottom_interrupts_disable(void)
{
    return false;
}

void bottom_interrupts_enable(void)
{
}

uint64_t device_deadline_ns(void)
{
    return now_ns + 60000000000;
}

uint64_t bottom_clock_ns(void)
{
    return now_ns;
}

struct cpu *bottom_this_cpu(void)
{
    return &cpus[0];
}

uint32_t bottom_cpu_count(void)
{
    return 2;
}

void bottom_console_write(const char *text, size_t length)
{
    ck_assert_uint_lt(console_used + length, sizeof(console));
    memcpy(console + console_used, text, length);
    console_used += length;
}

bool world_said(const char *text)
{
    return strstr(console, text);
}

void bottom_shutdown(enum bottom_end how)
{
    ck_abort_msg("the kernel ended by %d: %s", (int)how, console);
}

void semaphore_up(struct semaphore *semaphore)
{
    semaphore->count++;
}

bool semaphore_down_until(struct semaphore *semaphore, uint64_t deadline_ns)
{
    uint32_t idle_turns = 0;

    while (!semaphore->count) {
        if (world_turn()) {
            idle_turns = 0;
            continue;
        }
        now_ns += IDLE_STEP_NS;
        if (deadline_ns != NEVER_NS && now_ns >= deadline_ns)
            return false;
        if (++idle_turns > 100000)
            ck_abort_msg("waits for ever: %s", console);
    }
    semaphore->count--;
    return true;
}

void semaphore_down(struct semaphore *semaphore)
{
    ck_assert(semaphore_down_until(semaphore, NEVER_NS));
}

void thread_sleep(uint64_t ns)
{
    now_ns += ns;
    world_turn();
}

/* ---- event channels ---- */

uint32_t event_open(uint16_t domain, uint32_t cpu_id, void (*handler)(void *context), void *context)
{
    uint32_t port = 1;

    (void)cpu_id;
    ck_assert_uint_eq(domain, WORLD_BACKEND_DOMAIN);
    while (port < PORT_LIMIT && ports[port].is_open)
        port++;
    if (port == PORT_LIMIT)
        return 0;
    event_serve(port, handler, context);
    return port;
}

void event_serve(uint32_t port, void (*handler)(void *context), void *context)
{
    ports[port].is_open = true;
    ports[port].was_notified = false;
    ports[port].handler = handler;
    ports[port].context = context;
}

void event_notify(uint32_t port)
{
    ck_assert(ports[port].is_open);
    ports[port].was_notified = true;
}

void event_close(uint32_t port)
{
    ck_assert(ports[port].is_open);
    ports[port].is_open = false;
}

bool world_was_notified(uint32_t port)
{
    bool was_notified = ports[port].is_open && ports[port].was_notified;

    ports[port].was_notified = false;
    return was_notified;
}

void world_notify(uint32_t port)
{
    if (ports[port].is_open)
        ports[port].handler(ports[port].context);
}

uint32_t world_open_ports(void)
{
    uint32_t count = 0;

    for (uint32_t port = 0; port < PORT_LIMIT; port++)
        count += ports[port].is_open;
    return count;
}

/* ---- the hypervisor's half of the grant table ---- */

uint64_t page_table_mfn(uint64_t pfn)
{
    return pfn + MFN_OFFSET;
}

uint64_t page_table_pfn(uint64_t mfn)
{
    return mfn - MFN_OFFSET;
}

int64_t hypercall_grant_table_op(uint64_t command, uint64_t array, uint64_t count)
{
    struct gnttab_setup_table *setup = (void *)array; /* NOLINT(performance-no-int-to-ptr) */

    ck_assert_uint_eq(command, GNTTABOP_setup_table);
    ck_assert_uint_eq(count, 1);
    setup->status = setup->nr_frames > GRANT_FRAMES ? GNTST_general_error : GNTST_okay;
    for (uint32_t i = 0; i < setup->nr_frames && !setup->status; i++)
        ((uint64_t *)setup->frame_list)[i] = i;
    return 0;
}

/* The only thing mapped so is a frame of the grant table; its number is its address here. */
void page_table_map_machine(uint64_t address, uint64_t machine_address)
{
    uint64_t frame = machine_address >> PAGE_SHIFT;

    ck_assert_uint_eq(frame, grant_frame_count);
    grant_frames[grant_frame_count++] = (void *)address; /* NOLINT(performance-no-int-to-ptr) */
}

/* ---- memory that the hypervisor takes back ---- */

static bool is_frameless[WORLD_PAGES];
static uint64_t frames_to_give = UINT64_MAX;

uint64_t world_frameless_pages(void)
{
    uint64_t count = 0;

    for (uint32_t pfn = 0; pfn < WORLD_PAGES; pfn++)
        count += is_frameless[pfn];
    return count;
}

void world_limit_frames(uint64_t frames)
{
    frames_to_give = frames;
}

uint64_t page_table_remove(uint64_t pfn)
{
    ck_assert(!is_frameless[pfn]);
    memset(pfn_to_virt(pfn), 0xee, PAGE_SIZE);
    return page_table_mfn(pfn);
}

void page_table_restore(uint64_t pfn, uint64_t mfn)
{
    const unsigned char *page = pfn_to_virt(pfn);
    uint32_t untouched = 0;

    ck_assert_uint_eq(mfn, page_table_mfn(pfn));
    while (untouched < PAGE_SIZE && page[untouched] == 0xee)
        untouched++;
    ck_assert_uint_eq(untouched, PAGE_SIZE); /* nobody has written it meanwhile */
}

/* One extent at a time, as balloon.c asks. */
int64_t hypercall_memory_op(uint64_t command, uint64_t argument)
{
    const struct xen_memory_reservation *reservation =
        (void *)argument;                                /* NOLINT(performance-no-int-to-ptr) */
    uint64_t *frame = (void *)reservation->extent_start; /* NOLINT(performance-no-int-to-ptr) */

    ck_assert_uint_eq(reservation->nr_extents, 1);
    ck_assert_uint_eq(reservation->extent_order, 0);
    ck_assert_uint_eq(reservation->domid, DOMID_SELF);
    if (command == XENMEM_decrease_reservation) {
        is_frameless[page_table_pfn(*frame)] = true;
        return 1;
    }
    ck_assert_uint_eq(command, XENMEM_populate_physmap);
    if (!frames_to_give)
        return 0;
    frames_to_give--;
    ck_assert(is_frameless[*frame]);
    is_frameless[*frame] = false;
    *frame = page_table_mfn(*frame);
    return 1;
}

static struct grant_entry_v1 *grant_entry(uint32_t ref)
{
    return ref / 512 < grant_frame_count ? &grant_frames[ref / 512][ref % 512] : NULL;
}

void *world_map(uint32_t ref, bool for_writing)
{
    struct grant_entry_v1 *entry = grant_entry(ref);

    if (!entry || (entry->flags & GTF_type_mask) != GTF_permit_access ||
        entry->domid != WORLD_BACKEND_DOMAIN || (for_writing && (entry->flags & GTF_readonly)))
        return NULL;
    entry->flags |= (uint16_t)(GTF_reading | (for_writing ? GTF_writing : 0));
    map_counts[ref]++;
    return pfn_to_virt(page_table_pfn(entry->frame));
}

void world_unmap(uint32_t ref)
{
    struct grant_entry_v1 *entry = grant_entry(ref);

    ck_assert_uint_gt(map_counts[ref], 0);
    if (--map_counts[ref] == 0)
        entry->flags &= (uint16_t) ~(GTF_reading | GTF_writing);
}
