/* SPDX-License-Identifier: MIT */
/*
 * Random numbers that mean something to the domains of the hypercall fuzzer: often right, so that a
 * call comes far, and now and then nearly right or noise.
 */
#ifndef PARAPET_TESTS_FUZZ_VALUES_H
#define PARAPET_TESTS_FUZZ_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "domain/domain.h"

#define DOMAINS 3u
#define VCPUS   2u

struct random;

extern struct domain *domains[DOMAINS];
extern struct random *dice;

uint64_t below(uint64_t limit);
bool one_in(uint64_t n);
uint64_t any_edge(void);

/* The domain of the vCPU that makes the call. */
struct domain *self(void);

domid_t any_domid(void);
uint64_t any_pfn(const struct domain *d);
uint64_t any_mfn(void);
uint64_t any_plain_mfn(void); /* mostly an ordinary page of the domain's */
uint64_t any_entry(void);     /* of a page table */
uint64_t any_va(void);
uint32_t any_vcpu(void);
uint32_t any_port(void);
uint32_t any_pirq(void); /* mostly one of those that were learnt */
void learn_pirq(uint32_t pirq);
void forget_pirqs(void);

/* Writes an argument, seldom spoilt, as the guest does; where it is, or where it is not. */
uint64_t put(const void *argument, size_t bytes);
uint64_t put_list(const void *list, size_t bytes); /* at a place of its own */
uint64_t noise_argument(void);
#define PUT(object) put(&(object), sizeof(object))

#endif
