/* SPDX-License-Identifier: MIT */
/* What domains did between two answers of pvd: totals become rates. */
#ifndef PARAPET_TOOLSTACK_PVCTL_NUMBERS_H
#define PARAPET_TOOLSTACK_PVCTL_NUMBERS_H

#include "config/protocol.h"
#include "pvctl/command.h"

/*
 * numbers_add_rates - into each domain of @now "cpu_percent" and "rates" (per second) since
 * @before, and into @now "interval_ns". A domain that is new has none.
 */
void numbers_add_rates(json_t *now, const json_t *before);

/*
 * numbers_sample - the answer to @request (stats or top); with @interval_ns the second of two that
 * are so far apart, with rates. @arguments may be NULL and stays the caller's.
 */
MUST_CHECK int numbers_sample(struct invocation *call, enum request_id request, json_t *arguments,
                              uint64_t interval_ns, json_t **result, struct error *error);

/* numbers_hypercalls - rows of hypercall, count, and rate if there is a @before. */
json_t *numbers_hypercalls(const json_t *now, const json_t *before);

#endif
