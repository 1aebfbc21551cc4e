/* SPDX-License-Identifier: MIT */
/*
 * What chance would not find: sequences of calls that try to keep an access which they give up.
 */
#ifndef PARAPET_TESTS_FUZZ_TRICKS_H
#define PARAPET_TESTS_FUZZ_TRICKS_H

/* The running vCPU keeps a page in its TLB, and makes it a table or gives it away. */
void trick_with_own_page(void);

/* The control domain, running, keeps a page of another domain in its TLB; the other one, on the other
 * CPU, makes it a table or gives it away. */
void trick_with_foreign_page(void);

#endif
