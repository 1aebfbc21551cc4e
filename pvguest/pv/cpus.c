/* SPDX-License-Identifier: MIT */
/* cpu/<n>/availability says which vCPUs this domain is to use. */
#include "kernel/bottom.h"
#include "kernel/cpu.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "pv/control.h"
#include "pv/store.h"

static void look_at(uint32_t id)
{
    char path[32], text[16];

    format_text(path, sizeof(path), "cpu/%u/availability", id);
    if (store_read(0, path, text, sizeof(text)))
        return;
    bool was_up = cpus[id].is_up;

    if (!strcmp(text, "offline"))
        cpu_stop(id);
    else if (!strcmp(text, "online"))
        cpu_resume(id);
    if (was_up != cpus[id].is_up)
        print("cpu: %u is %s\n", id, text);
}

static void availability_changed(void *context)
{
    (void)context;
    for (uint32_t id = 1; id < bottom_cpu_count(); id++)
        look_at(id);
}

void cpus_init(void)
{
    if (bottom_cpu_count() > 1 && !store_watch("cpu", availability_changed, NULL))
        print("cpu: availability is not seen\n");
}
