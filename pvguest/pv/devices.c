/* SPDX-License-Identifier: MIT */
/*
 * What comes from outside by way of the store: devices, the size of memory, CPUs, requests to end.
 * One thread looks after all of them. Without a store (the control domain's kernel finds none) there
 * is no such thread, and no device.
 */
#include "kernel/page.h"
#include "kernel/print.h"
#include "kernel/thread.h"
#include "pv/balloon.h"
#include "pv/control.h"
#include "pv/grant.h"
#include "pv/pv.h"
#include "pv/store.h"
#include "pv/xenbus.h"

static void serve(void *argument)
{
    (void)argument;
    control_init();
    cpus_init();
    balloon_init();
    xenbus_init();
    while (store_is_there()) {
        if (!xenbus_step(balloon_again_ns()))
            balloon_adjust();
    }
}

void bottom_devices_start(void)
{
    struct thread *thread;

    if (!start_info->store_evtchn)
        return;
    grant_init();
    store_init(pfn_to_virt(page_table_pfn(start_info->store_mfn)), start_info->store_evtchn);
    thread = thread_create(serve, NULL);
    if (thread)
        thread_start(thread);
    else
        print("store: no thread is left for it\n");
}
