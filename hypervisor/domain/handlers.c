/* SPDX-License-Identifier: MIT */
/* The hooks of domain/handlers.h; whoever registers them does so before the first domain. */
#include "domain/handlers.h"

struct domain_handlers domain_handlers;
