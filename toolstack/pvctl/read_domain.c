/* SPDX-License-Identifier: MIT */
/* Readers of everything in a domain document but its devices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "config/values.h"
#include "pvctl/read_value.h"

#define TITLE_BYTES_MAX   256u
#define TEXT_BYTES_MAX    (256u << 10)
#define SHARES_MAX        65535u
#define QUOTA_PERIOD_US   100000u
#define PERIOD_US_MIN     1000u
#define PERIOD_US_MAX     1000000u
#define FEATURE_BYTES_MAX 64u
#define START_HINT                                                                                 \
    "name a <kernel> in <os>, or start from the first disk with <bootloader>pygrub</bootloader>"

int read_nothing(struct reading *reading, const char *value)
{
    (void)reading;
    (void)value;
    return 0;
}

/* Where the kernel comes from; elements may be in any order, so it is decided at the root. */
static int choose_start(struct reading *reading)
{
    const struct xml_element *os = xml_child(reading->element, "os");
    const struct xml_element *loader = xml_child(reading->element, "bootloader");
    const struct xml_element *type = os ? xml_child(os, "type") : NULL;
    bool has_kernel = os && xml_child(os, "kernel");

    if (type && (strstr(type->text, "hvm") || strstr(type->text, "pvh")))
        return 0; /* the rules refuse it, and that is the better reason */
    if (!has_kernel && !loader && !(os && xml_child(os, "boot")))
        return reading_wrong(reading, START_HINT, "there is nothing to start: no <kernel>");
    if (has_kernel && loader)
        reading_note(reading, "has a <bootloader> and a <kernel>: the kernel is started");
    if (has_kernel)
        return 0;
    reading->config->kernel_from_disk = true;
    return read_path(reading, &reading->config->kernel, reading->options->pv_grub);
}

int read_domain(struct reading *reading, const char *value)
{
    static const char *const needed[] = { "name", "memory", NULL };

    (void)value;
    if (!xml_attribute(reading->element, "type"))
        return reading_wrong(reading, "write <domain type='xen'>", "its type is missing");
    if (strcmp(xml_attribute(reading->element, "type"), "xen") != 0)
        return 0;
    for (size_t i = 0; needed[i]; i++) {
        if (!xml_child(reading->element, needed[i]))
            reading_wrong(reading, "", "<%s> is missing", needed[i]);
    }
    choose_start(reading);
    return 0;
}

int read_name(struct reading *reading, const char *value)
{
    if (!domain_name_is_valid(value))
        return reading_wrong(reading,
                             "1 to 63 letters, digits or . _ + : @ - and blanks inside, not digits "
                             "alone, and no dot or dash in front",
                             "'%.70s' is no name that a domain can have", value);
    TEXT_SET(reading->config->name, value);
    return 0;
}

int read_uuid(struct reading *reading, const char *value)
{
    static const uint8_t none[DOMAIN_UUID_BYTES];

    if (!uuid_parse(value, reading->config->uuid))
        return reading_wrong(reading, "remove <uuid> to get a random one, or: uuidgen",
                             "'%.40s' is no uuid", value);
    if (!memcmp(reading->config->uuid, none, sizeof(none)))
        return reading_wrong(reading, "remove <uuid> to get a random one",
                             "the uuid of zeroes is the control domain's");
    return 0;
}

int read_title(struct reading *reading, const char *value)
{
    if (strchr(value, '\n'))
        return reading_wrong(reading, "use <description> for more", "a title is one line");
    return read_string(reading, &reading->config->title, value, TITLE_BYTES_MAX);
}

int read_description(struct reading *reading, const char *value)
{
    return read_string(reading, &reading->config->description, value, TEXT_BYTES_MAX);
}

int read_metadata(struct reading *reading, const char *value)
{
    (void)value;
    return read_string(reading, &reading->config->metadata, reading->element->source,
                       TEXT_BYTES_MAX);
}

/* --- Memory and CPUs --- */

static int compare_memory(struct reading *reading)
{
    const struct domain_config *config = reading->config;

    if (!config->max_memory_bytes || config->memory_bytes <= config->max_memory_bytes)
        return 0;
    return reading_wrong(reading, "raise <memory>, or lower <currentMemory>",
                         "<currentMemory> is more than <memory>");
}

int read_memory(struct reading *reading, const char *value)
{
    return read_size(reading, value, &reading->config->max_memory_bytes) || compare_memory(reading)
               ? -1
               : 0;
}

int read_current_memory(struct reading *reading, const char *value)
{
    return read_size(reading, value, &reading->config->memory_bytes) || compare_memory(reading) ? -1
                                                                                                : 0;
}

int read_vcpu(struct reading *reading, const char *value)
{
    uint64_t count;

    if (read_number(reading, value, 1, DOMAIN_VCPUS_MAX, &count))
        return -1;
    reading->config->max_vcpus = (uint32_t)count;
    if (!reading->has_vcpus)
        reading->config->vcpus = (uint32_t)count;
    return 0;
}

int read_vcpu_current(struct reading *reading, const char *value)
{
    uint64_t count;

    if (read_number(reading, value, 1, reading->config->max_vcpus, &count))
        return -1;
    reading->config->vcpus = (uint32_t)count;
    return 0;
}

int read_vcpu_cpuset(struct reading *reading, const char *value)
{
    return read_cpus(reading, value, &reading->config->cpus);
}

int read_vcpus(struct reading *reading, const char *value)
{
    uint32_t enabled = 0;

    (void)value;
    for (const struct xml_element *child = reading->element->children; child; child = child->next) {
        const char *state = xml_attribute(child, "enabled");

        enabled += !state || strcmp(state, "no") != 0;
    }
    if (!enabled)
        return reading_wrong(reading, "", "no vCPU is enabled");
    reading->config->vcpus = enabled;
    reading->has_vcpus = true;
    return 0;
}

int read_vcpupin(struct reading *reading, const char *value)
{
    const char *vcpu = xml_attribute(reading->element, "vcpu");
    const char *cpuset = xml_attribute(reading->element, "cpuset");
    struct vcpu_pin *pin;
    cpu_mask_t cpus;
    uint64_t number;

    (void)value;
    if (!vcpu || !cpuset)
        return reading_wrong(reading, "<vcpupin vcpu='0' cpuset='1-2'/>",
                             "needs vcpu= and cpuset=");
    if (read_number(reading, vcpu, 0, DOMAIN_VCPUS_MAX - 1, &number) ||
        read_cpus(reading, cpuset, &cpus))
        return -1;
    pin = domain_config_add_pin(reading->config);
    if (!pin)
        return reading_wrong(reading, "", "there are too many of them");
    *pin = (struct vcpu_pin){ (uint32_t)number, cpus };
    return 0;
}

int read_shares(struct reading *reading, const char *value)
{
    uint64_t weight;

    if (read_number(reading, value, 1, SHARES_MAX, &weight))
        return -1;
    reading->config->weight = (uint32_t)weight;
    return 0;
}

/* The cap is of the whole domain, the quota of each vCPU; the number of those is known last. */
int read_quota(struct reading *reading, const char *value)
{
    const struct xml_element *period = xml_child(reading->cputune, "period");
    uint64_t period_us = QUOTA_PERIOD_US, quota_us;

    if (value[0] == '-')
        return 0; /* libvirt's way to say: no limit */
    if ((period && read_number(reading, period->text, PERIOD_US_MIN, PERIOD_US_MAX, &period_us)) ||
        read_number(reading, value, 1, UINT32_MAX, &quota_us))
        return -1;
    reading->quota_us = quota_us;
    reading->period_us = period_us;
    return 0;
}

int read_cputune(struct reading *reading, const char *value)
{
    (void)value;
    reading->cputune = reading->element;
    return 0;
}

int read_feature(struct reading *reading, const char *value)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-_.";
    const char *name = xml_attribute(reading->element, "name");
    const char *policy = xml_attribute(reading->element, "policy");
    int found = word_find(feature_policy_words, policy ? policy : "require");
    struct cpu_feature *feature;

    (void)value;
    if (!name || !*name || name[strspn(name, letters)])
        return reading_wrong(reading, "<feature policy='disable' name='avx'/>",
                             "needs the name of a feature");
    if (found < 0)
        return 0; /* the rules say what is wrong with it */
    feature = domain_config_add_feature(reading->config);
    if (!feature)
        return reading_wrong(reading, "", "there are too many of them");
    feature->policy = (enum feature_policy)found;
    return read_string(reading, &feature->name, name, FEATURE_BYTES_MAX);
}

/* --- What starts --- */

int read_bootloader(struct reading *reading, const char *value)
{
    (void)reading;
    (void)value;
    return 0; /* chosen at the root */
}

/* root= in front of the command line, whose blanks stay as they are. */
int read_os(struct reading *reading, const char *value)
{
    const struct xml_element *root = xml_child(reading->element, "root");
    const struct xml_element *line = xml_child(reading->element, "cmdline");
    char *joined;
    int result;

    (void)value;
    if (!root && !line)
        return 0;
    if (asprintf(&joined, "%s%.*s%s%s", root ? "root=" : "",
                 root ? (int)strcspn(root->text, " \t\r\n") : 0, root ? root->text : "",
                 root && line ? " " : "", line ? line->text : "") < 0) {
        reading->report->is_incomplete = true;
        return -1;
    }
    result = strchr(joined, '\n')
                 ? reading_wrong(reading, "write it in one line", "<cmdline> has a line break")
                 : read_string(reading, &reading->config->cmdline, joined, CMDLINE_BYTES_MAX);
    free(joined);
    return result;
}

int read_kernel(struct reading *reading, const char *value)
{
    return read_path(reading, &reading->config->kernel, value);
}

int read_initrd(struct reading *reading, const char *value)
{
    return read_path(reading, &reading->config->initrd, value);
}

int read_cmdline(struct reading *reading, const char *value)
{
    (void)value;
    if (reading->config->kernel_from_disk)
        reading_note(reading, "goes to PV-GRUB, not to the kernel on the disk");
    return 0;
}

/* --- Time, and what happens at the end --- */

int read_clock(struct reading *reading, const char *value)
{
    const char *offset = xml_attribute(reading->element, "offset");
    int found = offset ? word_find(clock_offset_words, offset) : CLOCK_UTC;

    (void)value;
    if (found >= 0)
        reading->config->clock = (enum clock_offset)found;
    return 0;
}

int read_timer(struct reading *reading, const char *value)
{
    const char *name = xml_attribute(reading->element, "name");
    const char *mode = xml_attribute(reading->element, "mode");
    uint32_t word;

    (void)value;
    if (!name || !mode || strcmp(name, "tsc") != 0)
        return 0;
    if (read_word(reading, mode, tsc_mode_words, &word))
        return -1;
    reading->config->tsc_mode = (enum tsc_mode)word;
    return 0;
}

static int read_action(struct reading *reading, const char *value, enum domain_action *to)
{
    uint32_t word;

    if (read_word(reading, value, domain_action_words, &word))
        return -1;
    *to = (enum domain_action)word;
    return 0;
}

int read_on_poweroff(struct reading *reading, const char *value)
{
    return read_action(reading, value, &reading->config->on_poweroff);
}

int read_on_reboot(struct reading *reading, const char *value)
{
    return read_action(reading, value, &reading->config->on_reboot);
}

int read_on_crash(struct reading *reading, const char *value)
{
    return read_action(reading, value, &reading->config->on_crash);
}
