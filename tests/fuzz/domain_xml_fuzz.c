/* SPDX-License-Identifier: MIT */
/*
 * Domain documents made of pieces, and damaged: reading ends with a configuration or with an error
 * that names its place. A configuration is the same after JSON, and after being written as XML and
 * read again.
 */
#include <stdio.h>
#include <string.h>

#include "pvctl/domain_reader.h"
#include "pvctl/domain_rules.h"
#include "pvctl/domain_writer.h"
#include "support/fuzz.h"

#define COUNT(array)     (sizeof(array) / sizeof((array)[0]))
#define TEXT_BYTES       65536u
#define PIECES_MAX       24u
#define RULE_TRIES       3u
#define DAMAGED_ONE_IN   3u
#define ATTRIBUTES_BYTES 200u

static const char head[] = "<domain type='xen'><name>guest</name>"
                           "<uuid>039e9ee6-4a84-3055-4c81-8ba426ae2656</uuid>"
                           "<memory unit='MiB'>64</memory><os><kernel>/k</kernel></os>";

/* What may stand at the top, and among the devices. */
static const char *const pieces[] = {
    "<vcpu current='2' cpuset='0-3,^1'>4</vcpu>",
    "<title>a &amp; b</title>",
    "<description>two\nlines</description>",
    "<metadata><x:y xmlns:x='urn:x'>&lt;</x:y></metadata>",
    "<cputune><vcpupin vcpu='0' cpuset='1'/><shares>7</shares><quota>999</quota></cputune>",
    "<cpu mode='host-passthrough'><feature policy='disable' name='avx'/></cpu>",
    "<currentMemory>32768</currentMemory>",
    "<clock offset='localtime'><timer name='tsc' mode='native'/></clock>",
    "<on_crash>preserve</on_crash>",
    "<bootloader>pygrub</bootloader>",
};
static const char *const devices[] = {
    "<disk type='file'><driver discard='ignore'/><source file='/&lt;'/><target dev='hda'/></disk>",
    "<disk type='block' device='cdrom'><source dev='/dev/x'/><target dev='sdb1'/></disk>",
    "<interface type='bridge'><source bridge='br0'/><mtu size='1400'/></interface>",
    "<interface type='ethernet'><ip address='10.0.0.1' prefix='8'/><ip address='::1'/></interface>",
    "<interface type='network'><bandwidth><outbound average='9'/></bandwidth></interface>",
    "<console type='pty'><log file='/l'/></console>",
    "<controller type='xenbus' maxGrantFrames='3'/>",
    "<memballoon model='none'/>",
    "<graphics type='vnc'/>",
};
/* For values of elements and attributes that the rules name. */
static const char *const values[] = {
    "",     "0",     "1",       "-1",   "4096", "18446744073709551616",
    "xen",  "file",  "/a",      "xvda", "yes",  "none",
    "pty",  "utc",   "0-63",    "all",  "br0",  "default",
    "raw",  "&#9;",  "a b",     "../x", "hd",   "00:16:3e:00:00:01",
    "\xff", "unmap", "restart",
};

struct text {
    char bytes[TEXT_BYTES];
    size_t used;
};

static void append(struct text *text, const char *more)
{
    size_t length = strlen(more);

    if (text->used + length >= TEXT_BYTES)
        return;
    memcpy(text->bytes + text->used, more, length + 1);
    text->used += length;
}

#define ONE_OF(random, list) (list)[random_below(random, COUNT(list))]

/* The elements on the way to a rule's path, and its attribute: <devices><disk type='0'></disk>... */
static void append_rule(struct random *random, struct text *text)
{
    const char *path = domain_rules[random_below(random, domain_rule_count)].path;
    char copy[128], *rest = copy, *part, *open[8], attribute[ATTRIBUTES_BYTES] = "";
    size_t depth = 0;

    snprintf(copy, sizeof(copy), "%s", path);
    part = strchr(copy, '@');
    if (part) {
        *part = '\0';
        snprintf(attribute, sizeof(attribute), " %s='%s'", part + 1, ONE_OF(random, values));
    }
    strsep(&rest, "/"); /* the domain itself */
    while (rest && (part = strsep(&rest, "/")) && *part != '+' && depth < COUNT(open)) {
        open[depth++] = part;
        append(text, "<");
        append(text, part);
        append(text, rest && *rest != '+' ? "" : attribute);
        append(text, ">");
    }
    append(text, ONE_OF(random, values));
    while (depth--) {
        append(text, "</");
        append(text, open[depth]);
        append(text, ">");
    }
}

static void make_document(struct random *random, struct text *text)
{
    text->used = 0;
    append(text, head);
    for (uint64_t left = random_below(random, 4); left; left--)
        append(text, ONE_OF(random, pieces));
    for (uint64_t left = random_one_in(random, 2) ? random_below(random, RULE_TRIES) : 0; left;
         left--)
        append_rule(random, text);
    append(text, "<devices>");
    for (uint64_t left = random_below(random, PIECES_MAX / 4); left; left--)
        append(text, ONE_OF(random, devices));
    append(text, "</devices></domain>");
    if (random_one_in(random, DAMAGED_ONE_IN))
        random_mutate(random, (uint8_t *)text->bytes, text->used);
}

/* 0 or -1; a report that is checked and freed. */
static int read_text(const char *bytes, size_t count, struct domain_config *config)
{
    static const struct read_options options = { .pv_grub = "/grub" };
    /* Exactly the bytes there are, so that ASan sees it read on. */
    struct buffer copy = { malloc(count ? count : 1), count };
    struct report report;
    struct error error = { .message = "" };
    int result;

    memcpy(copy.data, bytes, count);
    result = domain_read(&copy, "/folder/file.xml", &options, config, &report, &error);
    free(copy.data);
    FUZZ_CHECK(result == 0 || (result == -1 && *error.message && *error.id));
    FUZZ_CHECK(result == 0 || error.class == ERROR_INPUT || error.class == ERROR_UNSUPPORTED);
    FUZZ_CHECK(result || report.count > 4);
    report_free(&report);
    return result;
}

static void check_same(const struct domain_config *config)
{
    json_t *json = domain_config_to_json(config), *again;
    struct domain_config copy;
    struct error error;
    char *xml = domain_write(config);

    FUZZ_CHECK(json && xml);
    FUZZ_CHECK(!domain_config_from_json(json, &copy, &error));
    again = domain_config_to_json(&copy);
    FUZZ_CHECK(json_equal(json, again));
    json_decref(again);
    domain_config_free(&copy);

    FUZZ_CHECK(!read_text(xml, strlen(xml), &copy));
    again = domain_config_to_json(&copy);
    FUZZ_CHECK(json_equal(json, again));
    json_decref(again);
    domain_config_free(&copy);
    json_decref(json);
    free(xml);
}

void fuzz_case(struct random *random)
{
    static struct text text;
    struct domain_config config;

    make_document(random, &text);
    if (read_text(text.bytes, text.used, &config))
        return;
    check_same(&config);
    domain_config_free(&config);
}
