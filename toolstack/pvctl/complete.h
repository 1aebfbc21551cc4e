/* SPDX-License-Identifier: MIT */
/* What bash may put in at the end of a command line, for docs/completion/pvctl.bash. */
#ifndef PARAPET_TOOLSTACK_PVCTL_COMPLETE_H
#define PARAPET_TOOLSTACK_PVCTL_COMPLETE_H

#include "pvctl/settings.h"

/*
 * complete_print - the words that can stand in the place of the last of @words, one a line; "@file"
 * stands for names of files. The words are those behind "pvctl".
 */
void complete_print(const struct settings *settings, int count, char **words);

#endif
