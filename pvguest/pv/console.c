/* SPDX-License-Identifier: MIT */
/*
 * The console: a ring of bytes each way in a page shared with the control domain. The control
 * domain itself has none, and writes to the hypervisor's console.
 *
 * Lines that are typed come back as they are; there is no more of a shell here.
 */
#include "hypercall-abi/io/console.h"
#include "hypercall-abi/event_channel.h"
#include "hypercall-abi/io/byte_ring.h"
#include "hypercall-abi/sched.h"
#include "kernel/page.h"
#include "kernel/print.h"
#include "kernel/spinlock.h"
#include "pv/event.h"
#include "pv/hypercall.h"
#include "pv/pv.h"

static struct xencons_interface *ring; /* NULL: the hypervisor's console */
static uint32_t port;
static struct spinlock lock; /* guards the outgoing ring, and keeps lines whole */

static void ring_write(const char *text, size_t length)
{
    struct byte_ring out = { ring->out, sizeof(ring->out), &ring->out_cons, &ring->out_prod };

    while (length && !byte_ring_is_broken(&out)) {
        uint32_t written = byte_ring_write(&out, text, (uint32_t)length);

        text += written;
        length -= written;
        event_notify(port);
        if (!written)
            hypercall_sched_op(SCHEDOP_yield, 0);
    }
}

void bottom_console_write(const char *text, size_t length)
{
    if (!ring) {
        hypercall_console_io(CONSOLEIO_write, length, (uint64_t)text);
        return;
    }
    bool were_on = spin_lock(&lock);

    ring_write(text, length);
    spin_unlock(&lock, were_on);
}

static void console_interrupt(void *context)
{
    static char line[80];
    static uint32_t used;
    struct byte_ring in = { ring->in, sizeof(ring->in), &ring->in_cons, &ring->in_prod };
    char c;

    (void)context;
    while (byte_ring_read(&in, &c, 1)) {
        if (c != '\r' && c != '\n') {
            if (used < sizeof(line) - 1)
                line[used++] = c;
            continue;
        }
        line[used] = 0;
        print("console: %s\n", line);
        used = 0;
    }
}

void console_init(const struct start_info *info)
{
    if (info->flags & SIF_INITDOMAIN)
        return;
    ring = pfn_to_virt(page_table_pfn(info->console.domU.mfn));
    port = info->console.domU.evtchn;
}

void console_listen(void)
{
    if (ring)
        event_serve(port, console_interrupt, NULL);
}
