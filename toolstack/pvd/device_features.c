/* SPDX-License-Identifier: MIT */
#include "pvd/device_features.h"

#include <stdlib.h>

#include "config/values.h"

#define ORDER_MAX 4u

static uint64_t number_of(const json_t *nodes, const char *name, uint64_t otherwise)
{
    const char *text = json_string_value(json_object_get(nodes, name));
    uint64_t number;

    return text && decimal_parse(text, UINT32_MAX, &number) ? number : otherwise;
}

static bool is_set(const json_t *nodes, const char *name)
{
    return number_of(nodes, name, 0) != 0;
}

static bool both_have(const json_t *nodes, const char *in_backend, const char *in_frontend)
{
    return is_set(nodes, in_backend) && is_set(nodes, in_frontend);
}

static json_t *of_disk(const json_t *nodes)
{
    uint64_t order = number_of(nodes, "frontend/ring-page-order", 0);

    return json_pack("{s:I, s:I, s:b, s:I, s:b, s:b}", "queues",
                     (json_int_t)number_of(nodes, "frontend/multi-queue-num-queues", 1),
                     "ring_pages", (json_int_t)1 << (order <= ORDER_MAX ? order : 0),
                     "persistent_grants",
                     both_have(nodes, "backend/feature-persistent", "frontend/feature-persistent"),
                     "indirect_segments",
                     (json_int_t)number_of(nodes, "backend/feature-max-indirect-segments", 0),
                     "flush", is_set(nodes, "backend/feature-flush-cache"), "discard",
                     is_set(nodes, "backend/feature-discard"));
}

static json_t *of_nic(const json_t *nodes)
{
    bool has_own_port = json_object_get(nodes, "frontend/event-channel-tx") ||
                        json_object_get(nodes, "frontend/queue-0/event-channel-tx");

    return json_pack("{s:I, s:b, s:b, s:b, s:b}", "queues",
                     (json_int_t)number_of(nodes, "frontend/multi-queue-num-queues", 1),
                     "scatter_gather",
                     both_have(nodes, "backend/feature-sg", "frontend/feature-sg"), "segmentation",
                     both_have(nodes, "backend/feature-gso-tcpv4", "frontend/feature-gso-tcpv4"),
                     "checksums", !is_set(nodes, "frontend/feature-no-csum-offload"),
                     "ports_each_way", has_own_port);
}

json_t *device_features_agreed(const json_t *nodes, bool is_disk)
{
    return is_disk ? of_disk(nodes) : of_nic(nodes);
}
