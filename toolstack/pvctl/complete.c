/* SPDX-License-Identifier: MIT */
#include "pvctl/complete.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "pvctl/client.h"
#include "pvctl/command.h"
#include "pvctl/definitions.h"
#include "testbed/place.h"

struct completion {
    const struct settings *settings;
    const char *begun;  /* the word to complete */
    const char *domain; /* the first argument, if it is there */
};

static void offer(const struct completion *completion, const char *word)
{
    if (!strncmp(word, completion->begun, strlen(completion->begun)))
        puts(word);
}

static void offer_all(const struct completion *completion, const json_t *list, const char *key)
{
    const json_t *element;
    size_t i;

    json_array_foreach(list, i, element)
    {
        const json_t *word = key ? json_object_get(element, key) : element;

        if (json_is_string(word))
            offer(completion, json_string_value(word));
    }
}

/* Names from pvd; without it there are none. */
static void offer_asked(const struct completion *completion, enum request_id request,
                        const char *list, const char *key)
{
    json_t *arguments =
        completion->domain ? json_pack("{s:s}", "domain", completion->domain) : json_object();
    json_t *result = NULL;
    struct error ignored;

    if (!client_ask(completion->settings, request, arguments, &result, &ignored))
        offer_all(completion, json_object_get(result, list), key);
    json_decref(result);
}

static void offer_domains(struct completion *completion)
{
    completion->domain = NULL;
    offer_asked(completion, REQUEST_ID_list, "domains", "name");
}

static void offer_definitions(struct completion *completion)
{
    json_t *names = definition_names(completion->settings);

    offer_all(completion, names, NULL);
    json_decref(names);
}

static void offer_files(struct completion *completion)
{
    (void)completion;
    puts("@file");
}

static void offer_devices(struct completion *completion)
{
    offer_asked(completion, REQUEST_ID_disk_list, "disks", "target");
    offer_asked(completion, REQUEST_ID_net_list, "nics", "mac");
}

static void offer_files_and_definitions(struct completion *completion)
{
    offer_definitions(completion);
    offer_files(completion);
}

static void offer_status(struct completion *completion)
{
    offer(completion, "status");
}

static void offer_testbed_actions(struct completion *completion)
{
    static const char *const actions[] = { "up", "down", "status", "console" };

    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        offer(completion, actions[i]);
}

static void offer_testbeds(struct completion *completion)
{
    static struct testbed_state states[TESTBEDS_MAX];
    size_t count;

    place_list(states, &count);
    for (size_t i = 0; i < count; i++)
        offer(completion, states[i].name);
}

/* What arguments are called in commands.def, and options' values in options.def. */
static const struct {
    const char *name;
    void (*offer)(struct completion *completion);
} kinds[] = {
    { "DOMAIN", offer_domains },
    { "NAME", offer_definitions },
    { "FILE", offer_files_and_definitions },
    { "SOURCE", offer_files },
    { "TARGET", offer_devices },
    { "DEVICE", offer_devices },
    { "ACTION", offer_status },
    { "FOLDER", offer_files },
    { "up|down|status|console", offer_testbed_actions },
    { "TESTBED", offer_testbeds },
};

static void offer_kind(struct completion *completion, const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strlen(kinds[i].name) == length && !strncmp(kinds[i].name, name, length))
            kinds[i].offer(completion);
    }
}

/* The @place-th argument of the command, from 0. */
static void offer_argument(struct completion *completion, const struct command *command,
                           size_t place)
{
    const char *at = command->arguments;

    for (; *at && place; place--) {
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
    at += *at == '[';
    offer_kind(completion, at, strcspn(at, " ]"));
}

static void offer_options(const struct completion *completion, const struct command *command)
{
    for (unsigned int id = 0; id < OPTION_COUNT; id++) {
        char name[64];

        if (command ? !command_takes(command, (enum option_id)id) : id >= OPTION_COMMON_COUNT)
            continue;
        snprintf(name, sizeof(name), "--%s", option_rows[id].name);
        offer(completion, name);
    }
}

static void offer_commands(const struct completion *completion)
{
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(command_rows[i].group, "next") != 0)
            offer(completion, command_rows[i].name);
    }
}

/* The option in @word that takes the next word as its value, or NULL. */
static const struct option_row *waiting_option(const char *word)
{
    for (unsigned int id = 0; id < OPTION_COUNT; id++) {
        if (!strncmp(word, "--", 2) && !strcmp(word + 2, option_rows[id].name) &&
            option_rows[id].value)
            return &option_rows[id];
    }
    return NULL;
}

void complete_print(const struct settings *settings, int count, char **words)
{
    struct completion completion = { settings, count ? words[count - 1] : "", NULL };
    const struct option_row *waiting = NULL;
    const struct command *command = NULL;
    size_t place = 0;

    for (int i = 0; i + 1 < count; i++) {
        bool is_value = waiting != NULL;

        waiting = is_value ? NULL : waiting_option(words[i]);
        if (is_value || words[i][0] == '-')
            continue;
        if (!command) {
            command = command_find(words[i]);
            if (!command)
                return;
        } else if (place++ == 0) {
            completion.domain = words[i];
        }
    }
    if (waiting)
        offer_kind(&completion, waiting->value, strlen(waiting->value));
    else if (completion.begun[0] == '-')
        offer_options(&completion, command);
    else if (command)
        offer_argument(&completion, command, place);
    else
        offer_commands(&completion);
}
