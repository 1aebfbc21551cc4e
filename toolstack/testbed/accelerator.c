/* SPDX-License-Identifier: MIT */
#include "testbed/accelerator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Is @word in the line of flags that begins at @line? */
static bool line_has_word(const char *line, const char *word)
{
    size_t length = strlen(word), end = strcspn(line, "\n");
    const char *at = line;

    while ((at = strstr(at, word)) && at < line + end) {
        bool begins = at > line && strchr(" \t", at[-1]);
        bool ends = strchr(" \t\n", at[length]) != NULL; /* or the end of the text */

        if (begins && ends)
            return true;
        at += length;
    }
    return false;
}

bool accelerator_has_extensions(const char *cpuinfo)
{
    for (const char *line = cpuinfo; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!strncmp(line, "flags", strlen("flags")))
            return line_has_word(line, "vmx") || line_has_word(line, "svm");
    }
    return false;
}

/* The flags of the first processor are within this. */
static bool this_machine_has_extensions(void)
{
    static char text[16384];
    FILE *file = fopen("/proc/cpuinfo", "re");
    size_t bytes;

    if (!file)
        return false;
    bytes = fread(text, 1, sizeof(text) - 1, file);
    text[bytes] = '\0';
    fclose(file);
    return accelerator_has_extensions(text);
}

bool accelerator_is_kvm(void)
{
    return this_machine_has_extensions() && !access("/dev/kvm", R_OK | W_OK) &&
           (!access("/sys/module/kvm_intel", F_OK) || !access("/sys/module/kvm_amd", F_OK));
}
