/* SPDX-License-Identifier: MIT */
/* A folder of the test's own, with what lies in it. */
#ifndef PARAPET_TESTS_UNIT_TESTBED_FOLDER_H
#define PARAPET_TESTS_UNIT_TESTBED_FOLDER_H

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/unit.h"

static inline char *folder_make(void)
{
    char path[] = "/tmp/parapet-testbed-XXXXXX";

    ck_assert_ptr_nonnull(mkdtemp(path));
    return realpath(path, NULL);
}

static inline void folder_remove(char *path)
{
    pid_t child = fork();

    if (!child) {
        execlp("rm", "rm", "-rf", "--", path, (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
    free(path);
}

#endif
