/* SPDX-License-Identifier: MIT */
/* Help, and the documents that come from the tables. */
#ifndef PARAPET_TOOLSTACK_PVCTL_HELP_H
#define PARAPET_TOOLSTACK_PVCTL_HELP_H

#include <stdio.h>

#include "pvctl/command.h"

void help_print_usage(FILE *to);
void help_print_command(const struct command *command);

/*
 * What `pvctl --document NAME` prints: "commands", "options", "errors" and "domain-xml-man" in scdoc's
 * language, "domain-xml" as Markdown.
 */
MUST_CHECK int help_print_document(const char *name, struct error *error);

#endif
