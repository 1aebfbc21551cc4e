/* SPDX-License-Identifier: MIT */
/*
 * The daemon's parts and what they share.
 *
 * A part is a row of modules.def and a `const struct pvd_module pvd_NAME_module`. Parts start in
 * the order of the rows and stop in the reverse order. The process may also end at any moment
 * without any stop: what must outlast it is in files under the run folder.
 */
#ifndef PARAPET_TOOLSTACK_PVD_PVD_H
#define PARAPET_TOOLSTACK_PVD_PVD_H

#include <stdbool.h>

#include "common/error.h"
#include "common/event_loop.h"
#include "store/store.h"

struct store_service;

struct pvd_options {
    const char *socket;       /* for pvctl: /run/pvd/socket */
    const char *store_socket; /* for store clients: /run/xenstored/socket */
    const char *run_folder;   /* journal, pid file, domain configurations: /run/pvd */
    const char *log_file;     /* NULL: standard error */
    const char *log_level;
    const char *log_folder; /* consoles' logs: /var/log/pvd */
    bool is_foreground;
    /* Without a hypervisor below: only the sockets (tests on the development machine). */
    bool is_detached;
};

struct pvd {
    struct pvd_options options;
    struct event_loop *loop;
    struct store *store;                 /* by the module store */
    struct store_service *store_service; /* by the module store */
};

struct pvd_module {
    const char *name;
    /* -1 with @error filled in: the daemon does not start. */
    int (*start)(struct pvd *pvd, struct error *error);
    void (*stop)(struct pvd *pvd);
};

#define PVD_MODULE(name) extern const struct pvd_module pvd_##name##_module;
#include "modules.def"
#undef PVD_MODULE

#endif
