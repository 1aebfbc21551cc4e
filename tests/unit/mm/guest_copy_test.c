/* SPDX-License-Identifier: MIT */
/*
 * The real assembly of mm/guest_copy.S on the host: a page of the process is the guest's, the one
 * behind it is missing, and the signal of a fault does what the trap code does.
 */
#define _GNU_SOURCE /* REG_RIP */
#include "mm/guest_copy.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "arch/fixup.h"
#include "support/unit.h"

#define PAGE 4096UL

static unsigned faults;

static void resume_at_fixup(int number, siginfo_t *info, void *context)
{
    ucontext_t *user = context;
    uint64_t resume = fixup_find((uint64_t)user->uc_mcontext.gregs[REG_RIP]);

    (void)number, (void)info;
    if (!resume)
        abort();
    user->uc_mcontext.gregs[REG_RIP] = (greg_t)resume;
    faults++;
}

/* One page that is there, with @protection, and one that is not. */
static uint8_t *make_guest(int protection)
{
    struct sigaction action = { .sa_sigaction = resume_at_fixup, .sa_flags = SA_SIGINFO };
    uint8_t *pages =
        mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    ck_assert_ptr_ne(pages, MAP_FAILED);
    for (size_t i = 0; i < PAGE; i++)
        pages[i] = (uint8_t)(i * 7);
    ck_assert_int_eq(mprotect(pages, PAGE, protection), 0);
    ck_assert_int_eq(mprotect(pages + PAGE, PAGE, PROT_NONE), 0);
    sigaction(SIGSEGV, &action, NULL);
    return pages;
}

TEST(guest_copy, copies_every_length_exactly)
{
    uint8_t *guest = make_guest(PROT_READ | PROT_WRITE);

    for (size_t bytes = 0; bytes < 70; bytes++) {
        uint8_t buffer[80];

        memset(buffer, 0xaa, sizeof(buffer));
        ck_assert_int_eq(guest_copy(buffer, guest + 3, bytes), 0);
        ck_assert_mem_eq(buffer, guest + 3, bytes);
        ck_assert_uint_eq(buffer[bytes], 0xaa);
    }
    ck_assert_uint_eq(faults, 0);
}

TEST(guest_copy, a_missing_source_is_reported_at_each_distance)
{
    uint8_t *guest = make_guest(PROT_READ);
    uint8_t buffer[64];

    for (size_t before = 0; before < 33; before++) {
        ck_assert_int_eq(guest_copy(buffer, guest + PAGE - before, before), 0);
        for (size_t beyond = 1; beyond < 20; beyond++)
            ck_assert_int_eq(guest_copy(buffer, guest + PAGE - before, before + beyond), 1);
    }
    ck_assert_uint_eq(faults, 33 * 19);
}

TEST(guest_copy, a_missing_target_is_reported_at_each_distance)
{
    uint8_t *guest = make_guest(PROT_READ | PROT_WRITE);
    uint8_t buffer[64] = { 0 };

    for (size_t before = 0; before < 33; before++) {
        for (size_t beyond = 1; beyond < 20; beyond++)
            ck_assert_int_eq(guest_copy(guest + PAGE - before, buffer, before + beyond), 1);
    }
    ck_assert_uint_eq(faults, 33 * 19);
}

TEST(guest_copy, a_read_only_target_is_reported)
{
    uint8_t *guest = make_guest(PROT_READ);
    uint64_t expected = 0;
    uint8_t buffer[16] = { 0 };

    ck_assert_int_eq(guest_copy(guest, buffer, 16), 1);
    ck_assert_int_eq(guest_copy(guest + 1, buffer, 1), 1);
    ck_assert_int_eq(guest_clear(guest, 8), 1);
    ck_assert_int_eq(guest_clear(guest, 3), 1);
    ck_assert_int_eq(guest_exchange((uint64_t *)(void *)guest, &expected, 1), 1);
    ck_assert_uint_eq(faults, 5);
}

TEST(guest_copy, clears_every_length_exactly)
{
    for (size_t bytes = 0; bytes < 40; bytes++) {
        uint8_t buffer[48];

        memset(buffer, 0xaa, sizeof(buffer));
        ck_assert_int_eq(guest_clear(buffer, bytes), 0);
        for (size_t i = 0; i < sizeof(buffer); i++)
            ck_assert_uint_eq(buffer[i], i < bytes ? 0 : 0xaa);
    }
}

TEST(guest_copy, exchange_tells_what_it_found)
{
    uint64_t word = 5, expected = 4;

    ck_assert_int_eq(guest_exchange(&word, &expected, 9), 0);
    ck_assert_uint_eq(word, 5);
    ck_assert_uint_eq(expected, 5);
    ck_assert_int_eq(guest_exchange(&word, &expected, 9), 0);
    ck_assert_uint_eq(word, 9);
    ck_assert_uint_eq(expected, 5);
}
