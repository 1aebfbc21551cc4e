/* SPDX-License-Identifier: MIT */
/*
 * A thin layer over the library Check: a test is written once and registers itself.
 *
 *     TEST(list, remove_keeps_the_others)
 *     {
 *         ...
 *         ck_assert_uint_eq(list_length(&list), 2);
 *     }
 *
 * `main` is in unit.c. Each test runs in a process of its own, so state of one never reaches
 * another, and a test that must end in abort() is written with TEST_ABORTS. Arguments of the
 * program name subjects to run; without any, all run.
 */
#ifndef PARAPET_TESTS_SUPPORT_UNIT_H
#define PARAPET_TESTS_SUPPORT_UNIT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Check reports each check that held to its parent process, which is slow for checks in loops. It
 * would tell where a crashed test was last; the sanitizers tell that better. All ck_assert_...
 * macros are made from this one.
 */
#undef ck_assert_msg
#define ck_assert_msg(condition, ...)                                                              \
    ((condition) ? (void)0                                                                         \
                 : _ck_assert_failed(__FILE__, __LINE__, "Assertion '" #condition "' failed",      \
                                     __VA_ARGS__))

struct unit_test {
    const char *subject;
    TTest check;
    int expected_signal;
    struct unit_test *next;
};

void unit_register(struct unit_test *test);

#define UNIT_TEST(subject_, sentence, signal_)                                                     \
    static void subject_##_##sentence(int loop_index);                                             \
    static struct unit_test subject_##_##sentence##_record = {                                     \
        .subject = #subject_,                                                                      \
        .check = { #subject_ ": " #sentence, subject_##_##sentence, __FILE__, __LINE__ },          \
        .expected_signal = signal_,                                                                \
    };                                                                                             \
    __attribute__((constructor)) static void subject_##_##sentence##_register(void)                \
    {                                                                                              \
        unit_register(&subject_##_##sentence##_record);                                            \
    }                                                                                              \
    static void subject_##_##sentence(int loop_index __attribute__((unused)))

#define TEST(subject, sentence) UNIT_TEST(subject, sentence, 0)

/* The test passes if it ends in abort(), as a failed ASSERT or MUST does on the host. */
#define TEST_ABORTS(subject, sentence) UNIT_TEST(subject, sentence, UNIT_SIGABRT)
#define UNIT_SIGABRT                   6

/*
 * Allocation failures. sweep_allocation_failures() runs the scenario with the first allocation
 * failing, then the second, and so on, until a run in which none was left to fail; that one must
 * return 0. The scenario starts from fresh state each time and itself checks that a refused run
 * left nothing behind. Returns the number of failures that were injected.
 */
unsigned int sweep_allocation_failures(int (*scenario)(void *context), void *context);

/* Says whether the allocation about to be made must fail. Asked by fake allocators. */
bool allocation_must_fail(void);

/*
 * Makes the allocator of the hypervisor fail on demand; the test's CMake line has WRAP name.
 *
 *     ALLOCATOR_THAT_CAN_FAIL(void *, heap_alloc, (size_t bytes), (bytes), NULL)
 */
#define ALLOCATOR_THAT_CAN_FAIL(type, name, parameters, arguments, failure)                        \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return allocation_must_fail() ? (failure) : __real_##name arguments;                       \
    }

#endif
