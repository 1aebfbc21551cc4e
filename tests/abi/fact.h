/* SPDX-License-Identifier: MIT */
/*
 * One fact about the contract, told by two sides: the headers of hypercall-abi/ and the public
 * ones. facts.py writes a source file for each side, with the same facts in the same order.
 */
#ifndef PARAPET_TESTS_ABI_FACT_H
#define PARAPET_TESTS_ABI_FACT_H

#include <stdint.h>

void fact_number(const char *name, uint64_t value);
void fact_text(const char *name, const char *value);

void describe_ours(void);
void describe_public(void);

/* Size of an integer type, negative if it is signed; 0 for anything but an integer. */
#define INTEGER_KIND(expression)                                                                   \
    _Generic((expression), signed char                                                             \
             : -1, unsigned char      : 1, short                                                   \
             : -2, unsigned short     : 2, int                                                     \
             : -4, unsigned int       : 4, long                                                    \
             : -8, unsigned long      : 8, long long                                               \
             : -8, unsigned long long : 8, default : 0)

#endif
