/* SPDX-License-Identifier: MIT */
#include "pvctl/help.h"

#include <string.h>

#include "common/error_table.h"
#include "pvctl/domain_rules.h"

static const struct {
    const char *name, *title;
} groups[] = {
    { "life", "Life of domains" },        { "look", "Looking" },    { "check", "Checking" },
    { "cpu", "CPU and memory" },          { "devices", "Devices" }, { "host", "Host" },
    { "next", "Planned, not there yet" },
};

#define GROUP_COUNT (sizeof(groups) / sizeof(groups[0]))

static void print_group(FILE *to, size_t group)
{
    fprintf(to, "\n%s:\n", groups[group].title);
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &command_rows[i];

        if (!strcmp(command->group, groups[group].name))
            fprintf(to, "  %-15s %-25s %s\n", command->name,
                    strcmp(command->group, "next") != 0 ? command->arguments : "",
                    command->summary);
    }
}

static void print_option(FILE *to, const struct option_row *row)
{
    char names[64];

    snprintf(names, sizeof(names), "%c%c%s--%s%s%s", row->letter ? '-' : ' ',
             row->letter ? row->letter : ' ', row->letter ? ", " : "  ", row->name,
             row->value ? " " : "", row->value ? row->value : "");
    fprintf(to, "  %-24s %s\n", names, row->text);
}

void help_print_usage(FILE *to)
{
    fputs("usage: pvctl [options] COMMAND [arguments]\n", to);
    for (size_t group = 0; group < GROUP_COUNT; group++)
        print_group(to, group);
    fputs("\nOptions of every command:\n", to);
    for (size_t id = 0; id < OPTION_COMMON_COUNT; id++)
        print_option(to, &option_rows[id]);
    fputs("\nDOMAIN is a name, an id, or the first 8 or more digits of a uuid.\n"
          "'pvctl COMMAND --help' shows options and an example; 'pvctl explain ID' explains an "
          "error.\n",
          to);
}

void help_print_command(const struct command *command)
{
    printf("usage: pvctl %s%s%s%s\n\n%s\n", command->name, *command->arguments ? " " : "",
           command->arguments, *command->options ? " [options]" : "", command->summary);
    if (*command->aliases)
        printf("Also called: %s\n", command->aliases);
    if (*command->options)
        fputs("\nOptions:\n", stdout);
    for (unsigned int id = OPTION_COMMON_COUNT; id < OPTION_COUNT; id++) {
        if (command_takes(command, (enum option_id)id))
            print_option(stdout, &option_rows[id]);
    }
    printf("\nExample:\n  %s\n", command->example);
}

/* --- Documents --- */

/* scdoc takes _ and * as marks, others at the start of a line, and \ in front of what is none. */
static void print_scdoc(const char *text)
{
    if (*text && strchr("-#[]|.:", *text))
        putchar('\\');
    for (; *text; text++) {
        if (strchr("_*\\", *text))
            putchar('\\');
        putchar(*text);
    }
}

static void print_option_scdoc(const struct option_row *row)
{
    if (row->letter)
        printf("*-%c*, ", row->letter);
    fputs("*--", stdout);
    print_scdoc(row->name);
    putchar('*');
    if (row->value)
        printf(" _%s_", row->value);
    fputs(": ", stdout);
    print_scdoc(row->text);
    fputs("\n\n", stdout);
}

static void print_command_scdoc(const struct command *command)
{
    printf("*%s* ", command->name);
    print_scdoc(command->arguments);
    fputs("\n\t", stdout);
    print_scdoc(command->summary);
    if (*command->aliases) {
        fputs(" Also called: ", stdout);
        print_scdoc(command->aliases);
        putchar('.');
    }
    fputs("\n\n", stdout);
    for (unsigned int id = OPTION_COMMON_COUNT; id < OPTION_COUNT; id++) {
        if (!command_takes(command, (enum option_id)id))
            continue;
        putchar('\t');
        print_option_scdoc(&option_rows[id]);
    }
    fputs("\tExample: *", stdout);
    print_scdoc(command->example);
    fputs("*\n\n", stdout);
}

static void print_commands(void)
{
    for (size_t group = 0; group < GROUP_COUNT; group++) {
        printf("## %s\n\n", groups[group].title);
        for (size_t i = 0; i < command_count; i++) {
            if (!strcmp(command_rows[i].group, groups[group].name))
                print_command_scdoc(&command_rows[i]);
        }
    }
}

static void print_options(void)
{
    for (size_t id = 0; id < OPTION_COMMON_COUNT; id++)
        print_option_scdoc(&option_rows[id]);
}

static const char *const class_words[] = {
    [XML_USED] = "used",
    [XML_TOLERATED] = "tolerated",
    [XML_REFUSED] = "refused",
};

/* A cell of a Markdown table. */
static void print_cell(const char *text)
{
    for (; *text; text++) {
        if (*text == '|' || *text == '<')
            putchar('\\');
        putchar(*text);
    }
}

static void print_rule(const struct domain_rule *rule)
{
    size_t length = strlen(rule->path);
    bool is_tree = rule->path[length - 1] == '+';
    const char *path = !strncmp(rule->path, "domain/", 7) ? rule->path + 7 : rule->path;

    printf("| `%.*s%s", (int)(strlen(path) - (is_tree ? 2 : 0)), path, is_tree ? "/…" : "");
    if (rule->value)
        printf(strchr(path, '@') ? "='%s'" : " = %s", *rule->value ? rule->value : "(empty)");
    printf("` | %s | ", class_words[rule->class]);
    print_cell(rule->text);
    if (*rule->hint) {
        fputs(". Instead: ", stdout);
        print_cell(rule->hint);
    }
    fputs(" |\n", stdout);
}

static void print_rules(void)
{
    fputs("| element, attribute | class | what it does, or why it is not taken |\n"
          "|---|---|---|\n",
          stdout);
    for (size_t i = 0; i < domain_rule_count; i++)
        print_rule(&domain_rules[i]);
}

/* For domain-xml(5). */
static void print_rules_scdoc(void)
{
    for (size_t i = 0; i < domain_rule_count; i++) {
        const struct domain_rule *rule = &domain_rules[i];
        size_t length = strlen(rule->path);
        bool is_tree = rule->path[length - 1] == '+';

        printf("*%.*s*", (int)(length - (is_tree ? 2 : 0)), rule->path);
        if (rule->value) {
            fputs(" = ", stdout);
            print_scdoc(*rule->value ? rule->value : "(empty)");
        }
        printf(" (%s)\n\t", class_words[rule->class]);
        print_scdoc(rule->text);
        if (*rule->hint) {
            fputs(". Instead: ", stdout);
            print_scdoc(rule->hint);
        }
        fputs("\n\n", stdout);
    }
}

static void print_errors(void)
{
    for (size_t i = 0; i < error_row_count; i++) {
        printf("*%s* (exit %d) ", error_rows[i].id, (int)error_rows[i].class);
        print_scdoc(error_rows[i].title);
        fputs("\n\t", stdout);
        print_scdoc(error_rows[i].text);
        fputs("\n\n", stdout);
    }
}

int help_print_document(const char *name, struct error *error)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } documents[] = {
        { "commands", print_commands },
        { "options", print_options },
        { "errors", print_errors },
        { "domain-xml", print_rules },
        { "domain-xml-man", print_rules_scdoc },
    };

    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        if (!strcmp(documents[i].name, name)) {
            documents[i].print();
            return 0;
        }
    }
    return error_set(error, ERROR_USAGE, "PV-E0207", "there is no document '%s'", name);
}
