/* SPDX-License-Identifier: MIT */
/*
 * Walks the document and asks the rules about each element and attribute. Values that are used go
 * to the readers (read_*.c), which fill in the configuration.
 */
#include "pvctl/domain_reader.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pvctl/domain_defaults.h"
#include "pvctl/domain_rules.h"
#include "pvctl/places.h"

#define RULE_PATH_BYTES 256u

static void add_finding(struct reading *reading, enum finding_kind kind, const char *text,
                        const char *hint)
{
    struct finding *finding =
        report_add(reading->report, kind, reading->element->line, reading->path);

    if (!finding)
        return;
    snprintf(finding->text, sizeof(finding->text), "%s", text);
    snprintf(finding->hint, sizeof(finding->hint), "%s", hint);
}

int reading_wrong(struct reading *reading, const char *hint, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    add_finding(reading, FINDING_WRONG, text, hint);
    return -1;
}

int reading_refuse(struct reading *reading, const char *hint, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    add_finding(reading, FINDING_REFUSED, text, hint);
    return -1;
}

void reading_note(struct reading *reading, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    add_finding(reading, FINDING_NOTE, text, "");
}

/* --- One element or attribute --- */

static enum finding_kind kind_of(enum xml_class class)
{
    static const enum finding_kind kinds[] = {
        [XML_USED] = FINDING_USED,
        [XML_TOLERATED] = FINDING_TOLERATED,
        [XML_REFUSED] = FINDING_REFUSED,
    };

    return kinds[class];
}

static void report_rule(struct reading *reading, const struct domain_rule *rule, const char *value)
{
    struct finding *finding;

    add_finding(reading, kind_of(rule->class), rule->text, rule->hint);
    if (!value || reading->report->is_incomplete)
        return;
    finding = &reading->report->findings[reading->report->count - 1];
    snprintf(finding->value, sizeof(finding->value), "%s", value);
    for (char *at = finding->value; *at; at++)
        *at = iscntrl((unsigned char)*at) ? ' ' : *at;
}

static void report_unknown(struct reading *reading, const char *rule_path, enum finding_kind kind)
{
    const char *nearest = domain_rule_nearest(rule_path);
    char hint[192] = "remove it, or write it as pvctl knows it (docs/domain-xml.md)";

    if (nearest)
        snprintf(hint, sizeof(hint), "did you mean %s?", nearest);
    add_finding(reading, kind, "is not known", hint);
}

static bool has_foreign_namespace(const char *name)
{
    return strchr(name, ':') != NULL;
}

static void read_attribute(struct reading *reading, const char *rule_path,
                           const struct xml_attribute *attribute)
{
    const struct domain_rule *rule = domain_rule_find(rule_path, attribute->value);

    if (!rule) {
        report_unknown(reading, rule_path, FINDING_UNKNOWN_ATTRIBUTE);
        return;
    }
    report_rule(reading, rule, attribute->value);
    if (rule->class == XML_USED && domain_rule_reader(rule))
        domain_rule_reader(rule)(reading, attribute->value);
}

/* Is a refused attribute the better reason than the element itself? */
static const struct domain_rule *refused_attribute(const struct xml_element *element,
                                                   const char *rule_path)
{
    char path[RULE_PATH_BYTES + 64];

    for (size_t i = 0; i < element->attribute_count; i++) {
        const struct domain_rule *rule;

        snprintf(path, sizeof(path), "%s@%s", rule_path, element->attributes[i].name);
        rule = domain_rule_find(path, element->attributes[i].value);
        if (rule && rule->value && rule->class == XML_REFUSED)
            return rule;
    }
    return NULL;
}

static void read_element(struct reading *reading, const struct xml_element *element,
                         const char *rule_path);

static void read_attributes(struct reading *reading, const struct xml_element *element,
                            const char *rule_path)
{
    size_t length = strlen(reading->path);
    char path[RULE_PATH_BYTES + 64];

    for (size_t i = 0; i < element->attribute_count; i++) {
        snprintf(path, sizeof(path), "%s@%s", rule_path, element->attributes[i].name);
        snprintf(reading->path + length, sizeof(reading->path) - length, "@%s",
                 element->attributes[i].name);
        reading->element = element;
        read_attribute(reading, path, &element->attributes[i]);
        reading->path[length] = '\0';
    }
}

/* How many siblings of the same name there are, and the place of this one among them, from 1. */
static unsigned int count_siblings(const struct xml_element *parent,
                                   const struct xml_element *child, unsigned int *place)
{
    unsigned int count = 0;

    for (const struct xml_element *other = parent->children; other; other = other->next) {
        if (strcmp(other->name, child->name) != 0)
            continue;
        count++;
        if (other == child)
            *place = count;
    }
    return count;
}

static void read_children(struct reading *reading, const struct xml_element *element,
                          const char *rule_path)
{
    size_t length = strlen(reading->path);
    char path[RULE_PATH_BYTES];

    for (const struct xml_element *child = element->children; child; child = child->next) {
        unsigned int place = 1, count = count_siblings(element, child, &place);

        snprintf(path, sizeof(path), "%s/%.100s", rule_path, child->name);
        snprintf(reading->path + length, sizeof(reading->path) - length, "/%s", child->name);
        if (count > 1)
            snprintf(reading->path + strlen(reading->path),
                     sizeof(reading->path) - strlen(reading->path), "[%u]", place);
        reading->element = child;
        if (place > 1 && domain_rule_find(path, NULL) && domain_rule_find(path, NULL)->count == ONE)
            reading_wrong(reading, "keep one of them", "there can be only one");
        else
            read_element(reading, child, path);
        reading->path[length] = '\0';
        reading->element = element;
    }
}

/* Everything below an element that is not taken has its class; it is not looked at one by one. */
static bool goes_deeper(const struct domain_rule *rule)
{
    return rule->class == XML_USED && rule->path[strlen(rule->path) - 1] != '+';
}

/* The text of an element without children, blanks around it taken off unless they matter. */
static char *trimmed(const char *text)
{
    const char *start = text + strspn(text, " \t\r\n");
    size_t length = strlen(start);
    char *copy = strdup(start);

    while (copy && length && strchr(" \t\r\n", copy[length - 1]))
        copy[--length] = '\0';
    return copy;
}

/* Counts what is below an element that is not looked into. */
static void report_below(struct reading *reading, const struct domain_rule *rule,
                         const struct xml_element *element)
{
    size_t length = strlen(reading->path);

    for (const struct xml_element *child = element->children; child; child = child->next) {
        snprintf(reading->path + length, sizeof(reading->path) - length, "/%s", child->name);
        reading->element = child;
        add_finding(reading, kind_of(rule->class), rule->text, rule->hint);
        report_below(reading, rule, child);
        reading->path[length] = '\0';
    }
}

static void read_known_element(struct reading *reading, const struct xml_element *element,
                               const char *rule_path, const struct domain_rule *rule,
                               const char *value)
{
    if (rule->class == XML_REFUSED) {
        const struct domain_rule *better = refused_attribute(element, rule_path);

        rule = better ? better : rule;
    }
    report_rule(reading, rule, rule->value && rule->class == XML_REFUSED ? value : NULL);
    if (rule->class == XML_USED && domain_rule_reader(rule) &&
        domain_rule_reader(rule)(reading, value))
        return;
    if (goes_deeper(rule)) {
        read_attributes(reading, element, rule_path);
        read_children(reading, element, rule_path);
    } else {
        report_below(reading, rule, element);
    }
}

static void read_element(struct reading *reading, const struct xml_element *element,
                         const char *rule_path)
{
    char *value = trimmed(element->text);
    const struct domain_rule *rule = domain_rule_find(rule_path, value);

    if (!value)
        reading->report->is_incomplete = true;
    else if (rule)
        read_known_element(reading, element, rule_path, rule, value);
    else if (has_foreign_namespace(element->name))
        add_finding(reading, FINDING_TOLERATED, "belongs to another program", "");
    else
        report_unknown(reading, rule_path, FINDING_UNKNOWN);
    free(value);
}

/* --- The whole --- */

static void read_root(struct reading *reading, const struct xml_element *root, const char *path)
{
    const char *wanted = domain_rule_last_part(path);

    snprintf(reading->path, sizeof(reading->path), "%.*s%.60s", (int)(wanted - path), path,
             root->name);
    reading->element = root;
    if (strcmp(root->name, wanted) != 0)
        reading_wrong(reading, "", "the document must be a <%s>", wanted);
    else
        read_element(reading, root, path);
}

/* Percent of one CPU, rounded; at least 1 if there is a limit at all. */
static uint32_t cap_of(const struct reading *reading)
{
    uint64_t share = reading->quota_us * reading->config->vcpus * 100, cap;

    if (!reading->period_us)
        return 0;
    cap = (share + reading->period_us / 2) / reading->period_us;
    return cap < 1 ? 1 : cap > UINT32_MAX ? UINT32_MAX : (uint32_t)cap;
}

static int finish(struct reading *reading, struct error *error)
{
    if (report_error(reading->report, reading->file, reading->options->strict, error))
        return -1;
    reading->config->cap = cap_of(reading);
    if (domain_defaults(reading->config, error) ||
        (reading->is_one_device ? 0 : domain_config_check(reading->config, error))) {
        places_find(error);
        return *error->file ? -1 : error_place(error, reading->file, 0, "");
    }
    return 0;
}

static int read_document(const struct buffer *bytes, const char *path, struct reading *reading,
                         struct error *error)
{
    struct xml_element *root;
    int result;

    domain_config_init(reading->config);
    *reading->report = (struct report){ .count = 0 };
    if (xml_document_parse(bytes, reading->file, &root, error))
        return -1;
    read_root(reading, root, path);
    xml_element_free(root);
    places_keep(reading->report, reading->file);
    result = finish(reading, error);
    if (result)
        domain_config_free(reading->config);
    return result;
}

int domain_read(const struct buffer *bytes, const char *file, const struct read_options *options,
                struct domain_config *config, struct report *report, struct error *error)
{
    struct reading reading = {
        .file = file, .options = options, .config = config, .report = report
    };

    return read_document(bytes, "domain", &reading, error);
}

int device_read(const struct buffer *bytes, const char *file, struct domain_config *config,
                struct report *report, struct error *error)
{
    struct read_options options = { .strict = false };
    struct reading reading = {
        .file = file, .options = &options, .config = config, .report = report, .is_one_device = true
    };
    const char *path = "domain/devices/disk";
    char start[512];

    /* Which of the two it is shows before it is read, for the message that fits. */
    snprintf(start, sizeof(start), "%.*s", (int)(bytes->bytes < 500 ? bytes->bytes : 500),
             (const char *)bytes->data);
    if (strstr(start, "<interface"))
        path = "domain/devices/interface";
    return read_document(bytes, path, &reading, error);
}
