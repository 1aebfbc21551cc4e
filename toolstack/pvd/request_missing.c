/* SPDX-License-Identifier: MIT */
/* Requests that have a row and no handler yet: a clear answer. */
#include "pvd/request.h"

static void fail_missing(struct request *request, const char *name)
{
    struct error error;

    error_set(&error, ERROR_UNSUPPORTED, "PV-E0442", "\"%s\" is not supported yet", name);
    request_fail(request, &error);
}

#define MISSING(name)                                                                              \
    void request_##name(struct request *request)                                                   \
    {                                                                                              \
        fail_missing(request, #name);                                                              \
    }

MISSING(events)
MISSING(mitigations)
MISSING(memory_map)
