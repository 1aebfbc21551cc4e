/* SPDX-License-Identifier: MIT */
#include "control/sysctl.h"

#include <errno.h>
#include <string.h>

#include "hypercall-abi/hypercall_numbers.h"

#define COUNTERS_MAX 512u

_Static_assert(SYSCTL_DOMAINS_MAX * sizeof(struct xen_domctl_getdomaininfo) <= CONTROL_ROOM_BYTES,
               "the domains fit into the area");

static int sysctl_call(struct control *control, uint32_t command, struct xen_sysctl *op)
{
    const uint64_t arguments[5] = { (uint64_t)(uintptr_t)control->area };
    long result;

    op->cmd = command;
    op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    memcpy(control->area, op, sizeof(*op));
    result = control->ops->call(control, __HYPERVISOR_sysctl, arguments);
    memcpy(op, control->area, sizeof(*op));
    return result < 0 ? (int)result : 0;
}

int sysctl_physinfo(struct control *control, struct xen_sysctl_physinfo *info)
{
    struct xen_sysctl op = { 0 };
    int result = sysctl_call(control, XEN_SYSCTL_physinfo, &op);

    *info = op.u.physinfo;
    return result;
}

int sysctl_domains(struct control *control, domid_t first, struct xen_domctl_getdomaininfo *domains,
                   size_t room)
{
    struct xen_sysctl op = {
        .u.getdomaininfolist = {
            .first_domain = first,
            .max_domains = room < SYSCTL_DOMAINS_MAX ? (uint32_t)room : SYSCTL_DOMAINS_MAX,
            .buffer = control_room_address(control),
        },
    };
    int result = sysctl_call(control, XEN_SYSCTL_getdomaininfolist, &op);

    if (result)
        return result;
    if (op.u.getdomaininfolist.num_domains > room)
        return -EPROTO;
    memcpy(domains, control_room(control), op.u.getdomaininfolist.num_domains * sizeof(*domains));
    return (int)op.u.getdomaininfolist.num_domains;
}

int sysctl_read_console(struct control *control, uint32_t *index, bool clear, char *text,
                        size_t room)
{
    struct xen_sysctl op = {
        .u.readconsole = {
            .clear = clear,
            .incremental = 1,
            .index = *index,
            .buffer = control_room_address(control),
            .count = room < CONTROL_ROOM_BYTES ? (uint32_t)room : CONTROL_ROOM_BYTES,
        },
    };
    int result = sysctl_call(control, XEN_SYSCTL_readconsole, &op);

    if (result)
        return result;
    if (op.u.readconsole.count > room)
        return -EPROTO;
    memcpy(text, control_room(control), op.u.readconsole.count);
    *index = op.u.readconsole.index;
    return (int)op.u.readconsole.count;
}

int sysctl_debug_keys(struct control *control, const char *keys)
{
    struct xen_sysctl op = {
        .u.debug_keys = { .keys = control_room_address(control),
                          .nr_keys = (uint32_t)strlen(keys) },
    };

    if (op.u.debug_keys.nr_keys > CONTROL_ROOM_BYTES)
        return -E2BIG;
    memcpy(control_room(control), keys, op.u.debug_keys.nr_keys);
    return sysctl_call(control, XEN_SYSCTL_debug_keys, &op);
}

int sysctl_idle_times(struct control *control, uint64_t *times_ns, size_t room)
{
    struct xen_sysctl op = {
        .u.getcpuinfo = { .max_cpus = (uint32_t)room, .info = control_room_address(control) },
    };
    int result;

    if (room > CONTROL_ROOM_BYTES / sizeof(*times_ns))
        return -E2BIG;
    result = sysctl_call(control, XEN_SYSCTL_getcpuinfo, &op);
    if (result)
        return result;
    if (op.u.getcpuinfo.nr_cpus > room)
        return -EPROTO;
    memcpy(times_ns, control_room(control), op.u.getcpuinfo.nr_cpus * sizeof(*times_ns));
    return (int)op.u.getcpuinfo.nr_cpus;
}

int sysctl_mitigation(struct control *control, uint32_t index, struct sysctl_mitigation *mitigation)
{
    const size_t room = sizeof(mitigation->text) - 1;
    struct xen_sysctl op = {
        .u.parapet_mitigation = { .index = index,
                                  .bytes = (uint32_t)room,
                                  .text = control_room_address(control) },
    };
    int result = sysctl_call(control, XEN_SYSCTL_parapet_mitigation, &op);

    memset(mitigation, 0, sizeof(*mitigation));
    mitigation->is_emulated = op.u.parapet_mitigation.is_emulated;
    mitigation->is_mitigated = op.u.parapet_mitigation.is_mitigated;
    if (!result)
        memcpy(mitigation->text, control_room(control), room);
    return result;
}

/* The values of a counter lie behind each other, one for each processor. */
static void add_up(const struct xen_sysctl_perfc_desc *names, const xen_sysctl_perfc_val_t *values,
                   size_t counters, size_t values_left, struct sysctl_counter *out)
{
    for (size_t i = 0; i < counters; i++) {
        size_t count = names[i].nr_vals < values_left ? names[i].nr_vals : values_left;

        memcpy(out[i].name, names[i].name, sizeof(out[i].name));
        out[i].name[sizeof(out[i].name) - 1] = '\0';
        out[i].value = 0;
        for (size_t j = 0; j < count; j++)
            out[i].value += values[j];
        values += count;
        values_left -= count;
    }
}

int sysctl_counters(struct control *control, struct sysctl_counter *counters, size_t room)
{
    struct xen_sysctl op = { .u.perfc_op.cmd = XEN_SYSCTL_PERFCOP_query };
    struct xen_sysctl_perfc_desc *names = control_room(control);
    size_t name_bytes, value_bytes;
    int result = sysctl_call(control, XEN_SYSCTL_perfc_op, &op); /* how many are there? */

    if (result)
        return result;
    name_bytes = op.u.perfc_op.nr_counters * sizeof(*names);
    value_bytes = op.u.perfc_op.nr_vals * sizeof(xen_sysctl_perfc_val_t);
    if (op.u.perfc_op.nr_counters > COUNTERS_MAX || op.u.perfc_op.nr_counters > room ||
        name_bytes + value_bytes > CONTROL_ROOM_BYTES)
        return -E2BIG;
    op.u.perfc_op.desc = control_room_address(control);
    op.u.perfc_op.val = control_room_address(control) + name_bytes;
    result = sysctl_call(control, XEN_SYSCTL_perfc_op, &op);
    if (result)
        return result;
    add_up(names, (const void *)((const uint8_t *)control_room(control) + name_bytes),
           op.u.perfc_op.nr_counters, op.u.perfc_op.nr_vals, counters);
    return (int)op.u.perfc_op.nr_counters;
}

/* A text of xen_version; one that the hypervisor does not give stays empty. */
static void version_text(struct control *control, unsigned command, char *text, size_t bytes)
{
    memset(text, 0, bytes + 1);
    if (control_call(control, __HYPERVISOR_xen_version, command, text, bytes) < 0)
        memset(text, 0, bytes);
}

int sysctl_version(struct control *control, struct sysctl_version *version)
{
    const uint64_t arguments[5] = { XENVER_version };
    long result = control->ops->call(control, __HYPERVISOR_xen_version, arguments);

    if (result < 0)
        return (int)result;
    version->major = (unsigned)result >> 16;
    version->minor = (unsigned)result & 0xffff;
    version_text(control, XENVER_extraversion, version->extra, XEN_EXTRAVERSION_LEN);
    version_text(control, XENVER_changeset, version->changeset, XEN_CHANGESET_INFO_LEN);
    version_text(control, XENVER_capabilities, version->capabilities, XEN_CAPABILITIES_INFO_LEN);
    version_text(control, XENVER_commandline, version->command_line, XEN_COMMANDLINE_LEN);
    memset(&version->compiled, 0, sizeof(version->compiled));
    if (control_call(control, __HYPERVISOR_xen_version, XENVER_compile_info, &version->compiled,
                     sizeof(version->compiled)) < 0)
        memset(&version->compiled, 0, sizeof(version->compiled));
    return 0;
}
