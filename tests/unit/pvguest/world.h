/* SPDX-License-Identifier: MIT */
/*
 * What pvguest's front ends stand on in a host test: memory, time, semaphores, event channels and
 * the hypervisor's half of the grant table.
 *
 * There are no threads. A semaphore that has nothing to give lets the world turn: everything that
 * was registered with world_add_server() gets a turn, until something is given. When nobody does
 * anything any more, time passes, and in the end the waiting call gives up.
 */
#ifndef PARAPET_TESTS_UNIT_PVGUEST_WORLD_H
#define PARAPET_TESTS_UNIT_PVGUEST_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/types.h"

#define WORLD_BACKEND_DOMAIN 0

/* Starts the memory; everything else is ready from the start. */
void world_start(const char *command_line);

/* A server does what there is to do and says whether there was anything. */
void world_add_server(bool (*turn)(void));
bool world_turn(void);

/* Console output so far; world_said() looks for text in it. */
bool world_said(const char *text);

/* ---- event channels ---- */

/* Whether the front end notified the port since this was last asked. */
bool world_was_notified(uint32_t port);
/* The other end notifies: the front end's handler runs at once, if the port is still open. */
void world_notify(uint32_t port);
uint32_t world_open_ports(void);

/* ---- memory that the hypervisor takes back ---- */

/* How many pages have no frame; each is filled with nonsense while it has none. */
uint64_t world_frameless_pages(void);
/* The hypervisor has so many frames to give; at first it has as many as it takes. */
void world_limit_frames(uint64_t frames);

/* ---- grants, as the other end uses them ---- */

/* The page behind a reference; NULL: it may not be used so. Mapped until world_unmap(). */
void *world_map(uint32_t ref, bool for_writing);
void world_unmap(uint32_t ref);

#endif
