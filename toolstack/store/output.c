/* SPDX-License-Identifier: MIT */
#include "store/output.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

#define FIRST_CAPACITY 512u

static void make_room(struct output *output, size_t count)
{
    size_t used = output_bytes(output);

    if (output->start) {
        memmove(output->data, output->data + output->start, used);
        output->start = 0;
        output->end = used;
    }
    while (output->capacity - used < count) {
        output->capacity = output->capacity ? 2 * output->capacity : FIRST_CAPACITY;
        output->data = memory_resize(output->data, output->capacity);
    }
}

void output_add(struct output *output, const void *bytes, size_t count)
{
    if (output->capacity - output->end < count)
        make_room(output, count);
    if (count)
        memcpy(output->data + output->end, bytes, count);
    output->end += count;
}

void output_reset(struct output *output)
{
    free(output->data);
    *output = (struct output){ 0 };
}

void output_message(struct output *output, const struct xsd_sockmsg *head, const void *payload)
{
    output_add(output, head, sizeof(*head));
    output_add(output, payload, head->len);
}
