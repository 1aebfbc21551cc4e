/* SPDX-License-Identifier: MIT */
/*
 * Reads the clock so many times that a system call for each would be seen: a filter refuses them, so
 * that what is read must come from the kernel's page in user space. Argument: how many times.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tests/control/must.h"

static void refuse_clock_calls(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    };
    struct sock_fprog filter = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0);
}

int main(int count, char **words)
{
    unsigned long times = count > 1 ? strtoul(words[1], NULL, 10) : 100000;
    struct timespec now, before;

    refuse_clock_calls();
    MUST(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) < 0 && errno == EPERM);
    MUST(clock_gettime(CLOCK_MONOTONIC, &before) == 0);
    for (unsigned long i = 0; i < times; i++) {
        MUST(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
        MUST(now.tv_sec > before.tv_sec ||
             (now.tv_sec == before.tv_sec && now.tv_nsec >= before.tv_nsec));
        before = now;
    }
    printf("check: %lu clock readings without a system call\n", times);
    return 0;
}
