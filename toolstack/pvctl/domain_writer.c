/* SPDX-License-Identifier: MIT */
#include "pvctl/domain_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/values.h"

#define PERIOD_US 100000u

/* Text as it may stand in an element or in an attribute in single quotes. */
static void write_escaped(FILE *to, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (strchr("&<>'\n\t\r", c))
            fprintf(to, "&#%u;", c);
        else
            fputc(c < ' ' ? '?' : c, to);
    }
}

static void write_element(FILE *to, const char *indent, const char *name, const char *text)
{
    if (!text)
        return;
    fprintf(to, "%s<%s>", indent, name);
    write_escaped(to, text);
    fprintf(to, "</%s>\n", name);
}

/* <NAME ATTRIBUTE='VALUE'/> */
static void write_one(FILE *to, const char *indent, const char *name, const char *attribute,
                      const char *value)
{
    if (!value || !*value)
        return;
    fprintf(to, "%s<%s %s='", indent, name, attribute);
    write_escaped(to, value);
    fputs("'/>\n", to);
}

static void write_memory(FILE *to, const char *name, uint64_t bytes)
{
    fprintf(to, "  <%s unit='KiB'>%" PRIu64 "</%s>\n", name, bytes >> 10, name);
}

static void write_vcpus(FILE *to, const struct domain_config *config)
{
    char cpus[CPUS_TEXT_BYTES];

    fputs("  <vcpu", to);
    if (config->cpus != CPU_MASK_ALL) {
        cpus_format(config->cpus, cpus);
        fprintf(to, " cpuset='%s'", cpus);
    }
    if (config->vcpus != config->max_vcpus)
        fprintf(to, " current='%u'", config->vcpus);
    fprintf(to, ">%u</vcpu>\n", config->max_vcpus);
}

static void write_cputune(FILE *to, const struct domain_config *config)
{
    char cpus[CPUS_TEXT_BYTES];

    if (!config->pin_count && config->weight == WEIGHT_DEFAULT && !config->cap)
        return;
    fputs("  <cputune>\n", to);
    for (size_t i = 0; i < config->pin_count; i++) {
        cpus_format(config->pins[i].cpus, cpus);
        fprintf(to, "    <vcpupin vcpu='%u' cpuset='%s'/>\n", config->pins[i].vcpu, cpus);
    }
    if (config->weight != WEIGHT_DEFAULT)
        fprintf(to, "    <shares>%u</shares>\n", config->weight);
    /* The cap is of all vCPUs together, the quota of each. */
    if (config->cap)
        fprintf(to, "    <period>%u</period>\n    <quota>%u</quota>\n", PERIOD_US,
                (PERIOD_US / 100 * config->cap + config->vcpus / 2) / config->vcpus);
    fputs("  </cputune>\n", to);
}

static void write_features(FILE *to, const struct domain_config *config)
{
    if (!config->feature_count)
        return;
    fputs("  <cpu mode='host-passthrough'>\n", to);
    for (size_t i = 0; i < config->feature_count; i++) {
        fprintf(to, "    <feature policy='%s' name='",
                feature_policy_words[config->features[i].policy]);
        write_escaped(to, config->features[i].name);
        fputs("'/>\n", to);
    }
    fputs("  </cpu>\n", to);
}

static void write_start(FILE *to, const struct domain_config *config)
{
    if (config->kernel_from_disk)
        fputs("  <bootloader>pygrub</bootloader>\n", to);
    fputs("  <os>\n    <type arch='x86_64' machine='xenpv'>linux</type>\n", to);
    write_element(to, "    ", "kernel", config->kernel_from_disk ? NULL : config->kernel);
    write_element(to, "    ", "initrd", config->initrd);
    write_element(to, "    ", "cmdline", config->cmdline);
    fputs("  </os>\n", to);
}

static void write_clock(FILE *to, const struct domain_config *config)
{
    fprintf(to, "  <clock offset='%s'", clock_offset_words[config->clock]);
    if (config->tsc_mode == TSC_DEFAULT)
        fputs("/>\n", to);
    else
        fprintf(to, ">\n    <timer name='tsc' mode='%s'/>\n  </clock>\n",
                tsc_mode_words[config->tsc_mode]);
    fprintf(to, "  <on_poweroff>%s</on_poweroff>\n", domain_action_words[config->on_poweroff]);
    fprintf(to, "  <on_reboot>%s</on_reboot>\n", domain_action_words[config->on_reboot]);
    fprintf(to, "  <on_crash>%s</on_crash>\n", domain_action_words[config->on_crash]);
}

static void write_disk(FILE *to, const struct disk_config *disk)
{
    fprintf(to, "    <disk type='%s' device='%s'>\n", disk_kind_words[disk->kind],
            disk->cdrom ? "cdrom" : "disk");
    fprintf(to, "      <driver type='raw'%s/>\n", disk->discard ? "" : " discard='ignore'");
    write_one(to, "      ", "source", disk->kind == DISK_FILE ? "file" : "dev", disk->path);
    fprintf(to, "      <target dev='%s' bus='xen'/>\n", disk->target);
    fputs(disk->readonly && !disk->cdrom ? "      <readonly/>\n" : "", to);
    fputs(disk->shareable ? "      <shareable/>\n" : "", to);
    write_one(to, "      ", "backenddomain", "name", disk->backend_domain);
    write_one(to, "      ", "script", "path", disk->script);
    fputs("    </disk>\n", to);
}

/* An <ip> for each address of the list. */
static void write_addresses(FILE *to, const char *list)
{
    while (list && *list) {
        size_t length = strcspn(list, " "), address = strcspn(list, " /");

        if (length) {
            fprintf(to, "      <ip address='%.*s'", (int)address, list);
            if (address < length)
                fprintf(to, " prefix='%.*s'", (int)(length - address - 1), list + address + 1);
            fputs("/>\n", to);
        }
        list += length;
        list += strspn(list, " ");
    }
}

static void write_nic(FILE *to, const struct nic_config *nic)
{
    static const char *const types[] = {
        [NIC_BRIDGE] = "bridge",
        [NIC_ROUTED] = "ethernet",
        [NIC_NAT] = "network",
    };
    char mac[MAC_TEXT_BYTES];

    mac_format(nic->mac, mac);
    fprintf(to, "    <interface type='%s'>\n      <mac address='%s'/>\n", types[nic->kind], mac);
    if (nic->kind == NIC_NAT)
        fputs("      <source network='default'/>\n", to);
    else
        write_one(to, "      ", "source", "bridge", nic->bridge);
    write_addresses(to, nic->ip);
    if (nic->script)
        write_one(to, "      ", "script", "path", nic->script);
    else if (nic->kind == NIC_ROUTED)
        fputs("      <script path='vif-route'/>\n", to);
    write_one(to, "      ", "target", "dev", nic->target);
    if (nic->mtu)
        fprintf(to, "      <mtu size='%u'/>\n", nic->mtu);
    if (nic->rate_bytes)
        fprintf(to,
                "      <bandwidth>\n        <outbound average='%" PRIu64 "'/>\n"
                "      </bandwidth>\n",
                (nic->rate_bytes + 1023) >> 10);
    write_one(to, "      ", "backenddomain", "name", nic->backend_domain);
    fputs("    </interface>\n", to);
}

static void write_others(FILE *to, const struct domain_config *config)
{
    fputs("    <console type='pty'>\n", to);
    write_one(to, "      ", "log", "file", config->console_log);
    fputs("      <target type='xen' port='0'/>\n    </console>\n", to);
    if (config->max_grant_frames != GRANT_FRAMES || config->max_event_channels != EVENT_CHANNELS)
        fprintf(to, "    <controller type='xenbus' maxGrantFrames='%u' maxEventChannels='%u'/>\n",
                config->max_grant_frames, config->max_event_channels);
    fprintf(to, "    <memballoon model='%s'/>\n", config->balloon ? "xen" : "none");
}

static void write_config(FILE *to, const struct domain_config *config)
{
    char uuid[UUID_TEXT_BYTES];

    uuid_format(config->uuid, uuid);
    fputs("<domain type='xen'>\n", to);
    write_element(to, "  ", "name", config->name);
    write_element(to, "  ", "uuid", uuid);
    write_element(to, "  ", "title", config->title);
    write_element(to, "  ", "description", config->description);
    if (config->metadata)
        fprintf(to, "  %s\n", config->metadata);
    write_memory(to, "memory", config->max_memory_bytes);
    write_memory(to, "currentMemory", config->memory_bytes);
    write_vcpus(to, config);
    write_cputune(to, config);
    write_features(to, config);
    write_start(to, config);
    write_clock(to, config);
    fputs("  <devices>\n", to);
    for (size_t i = 0; i < config->disk_count; i++)
        write_disk(to, &config->disks[i]);
    for (size_t i = 0; i < config->nic_count; i++)
        write_nic(to, &config->nics[i]);
    write_others(to, config);
    fputs("  </devices>\n</domain>\n", to);
}

char *domain_write(const struct domain_config *config)
{
    char *text = NULL;
    size_t bytes;
    FILE *to = open_memstream(&text, &bytes);

    if (!to)
        return NULL;
    write_config(to, config);
    if (!fclose(to))
        return text;
    free(text);
    return NULL;
}
