/* SPDX-License-Identifier: MIT */
/*
 * Freeing what other CPUs may still look at without a lock.
 *
 * A CPU is at a quiet point when it holds no pointer that it found without a lock or a
 * reference: on its return-to-guest path and while idle. What was made unfindable is freed
 * by quiet_call(), which waits until every CPU has passed one, without blocking anybody.
 */
#ifndef PARAPET_DOMAIN_QUIET_H
#define PARAPET_DOMAIN_QUIET_H

struct quiet_callback {
    struct quiet_callback *next;
    void (*function)(struct quiet_callback *callback);
};

/*
 * Calls @function(@callback) once, later, on some CPU's return-to-guest or idle path with no lock
 * held, after every CPU has been at a quiet point. @callback is usually a member of what is freed.
 */
void quiet_call(struct quiet_callback *callback, void (*function)(struct quiet_callback *callback));

/* Each CPU calls it when SOFTIRQ_QUIESCE is set, in its return-to-guest or idle path. */
void domain_quiet_point(void);

#endif
