/* SPDX-License-Identifier: MIT */
/* Requests about what the hypervisor does for domains: mitigations, and memory as it was laid out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/sysctl.h"
#include "pvd/guest.h"

#define PAGE_SHIFT 12u

/* ---- mitigations ---- */

/* "NAME: what is done". */
static json_t *mitigation_to_json(struct sysctl_mitigation *mitigation)
{
    char *colon = strstr(mitigation->text, ": ");

    if (colon)
        *colon = '\0';
    return json_pack("{s:s, s:s, s:b}", "name", mitigation->text, "state", colon ? colon + 2 : "",
                     "mitigated", mitigation->is_mitigated);
}

/* The words of the hypervisor's command line that choose. */
static json_t *options_of(char *command_line)
{
    static const char *const names[] = { "mitigations", "no-mitigations", "spec-ctrl",
                                         "no-spec-ctrl" };
    json_t *list = json_array();

    for (char *word = strtok(command_line, " "); word; word = strtok(NULL, " ")) {
        size_t length = strcspn(word, "=");

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            if (strlen(names[i]) == length && !strncmp(word, names[i], length))
                json_array_append_new(list, json_string(word));
        }
    }
    return list;
}

/* They are the same for all domains; one that is named must be there. */
void request_mitigations(struct request *request)
{
    json_t *list = json_array();
    struct sysctl_mitigation mitigation = { .is_emulated = false };
    struct sysctl_version version;
    struct error error = { .class = ERROR_NONE };
    int result = sysctl_version(guests_control(), &version);

    for (uint32_t i = 0; !result; i++) {
        result = sysctl_mitigation(guests_control(), i, &mitigation);
        if (!result)
            json_array_append_new(list, mitigation_to_json(&mitigation));
    }
    if (json_object_get(request->arguments, "domain") && !guest_of_request(request, &error)) {
        json_decref(list);
        request_fail(request, &error);
        return;
    }
    if (result != -ENOENT) {
        json_decref(list);
        error_set(&error, ERROR_FAILED, "PV-E0154", "the hypervisor refuses: %s",
                  strerror(-result));
        request_fail(request, &error);
        return;
    }
    request_answer(request, json_pack("{s:o, s:o, s:b}", "vulnerabilities", list, "options",
                                      options_of(version.command_line), "emulated_cpu",
                                      mitigation.is_emulated));
}

/* ---- memory ---- */

static void add_region(json_t *list, uint64_t first, uint64_t end, const char *use)
{
    if (end > first)
        json_array_append_new(list, json_pack("{s:I, s:I, s:s}", "first_pfn", (json_int_t)first,
                                              "last_pfn", (json_int_t)end - 1, "use", use));
}

static int by_pfn(const void *a, const void *b)
{
    const struct built_piece *left = a, *right = b;

    return left->pfn < right->pfn ? -1 : left->pfn > right->pfn;
}

/* What lay where when the domain began; what its kernel made of it is its own affair. */
void request_memory_map(struct request *request)
{
    struct error error;
    struct guest *guest = guest_of_request(request, &error);
    struct built_piece pieces[BUILT_PIECES];
    json_t *list;
    uint64_t next = 0;

    if (!guest) {
        request_fail(request, &error);
        return;
    }
    memcpy(pieces, guest->built.pieces, sizeof(pieces));
    for (size_t i = 0; i < BUILT_PIECES; i++)
        pieces[i].use = (enum built_use)i;
    qsort(pieces, BUILT_PIECES, sizeof(pieces[0]), by_pfn);
    list = json_array();
    for (size_t i = 0; i < BUILT_PIECES; i++) {
        if (!pieces[i].pages)
            continue;
        add_region(list, next, pieces[i].pfn, "free");
        next = pieces[i].pfn + pieces[i].pages;
        add_region(list, pieces[i].pfn, next, built_use_words[pieces[i].use]);
    }
    add_region(list, next, guest->built.pages, "free");
    add_region(list, guest->built.pages, guest->config.max_memory_bytes >> PAGE_SHIFT,
               "not populated");
    request_answer(request, json_pack("{s:o}", "regions", list));
}
