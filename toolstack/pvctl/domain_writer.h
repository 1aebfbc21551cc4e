/* SPDX-License-Identifier: MIT */
/* A configuration as domain XML, so that reading it gives the same configuration. */
#ifndef PARAPET_TOOLSTACK_PVCTL_DOMAIN_WRITER_H
#define PARAPET_TOOLSTACK_PVCTL_DOMAIN_WRITER_H

#include "config/domain_config.h"

/* A text on the heap; NULL when memory is short. */
char *domain_write(const struct domain_config *config);

#endif
