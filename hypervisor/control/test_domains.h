/* SPDX-License-Identifier: MIT */
/*
 * Neighbours for the test guests: ordinary, unprivileged domains that run the same kernel as
 * the control domain from the start. Debug builds only (option test_domains=).
 */
#ifndef PARAPET_CONTROL_TEST_DOMAINS_H
#define PARAPET_CONTROL_TEST_DOMAINS_H

#include <stdint.h>

#include "control/control_domain.h"

/* Domains 1 to @count, with one vCPU and the command line "neighbour=<id>". */
void test_domains_create(const struct control_domain_config *config, uint32_t count);

#endif
