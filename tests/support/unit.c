/* SPDX-License-Identifier: MIT */
/*
 * The runner of unit tests: collects what TEST() registers, one Check test case per subject.
 */
#include "support/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define SUBJECT_TIMEOUT_S 240.0
#define SWEEP_MAX         100000U

_Static_assert(UNIT_SIGABRT == SIGABRT, "unit.h spares its users signal.h");

static struct unit_test *first_test;
static struct unit_test **next_test = &first_test;

void unit_register(struct unit_test *test)
{
    *next_test = test;
    next_test = &test->next;
}

static bool is_wanted(const struct unit_test *test, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], test->subject))
            return true;
    }
    return argc < 2;
}

static Suite *make_suite(int argc, char **argv)
{
    Suite *suite = suite_create("unit");
    const char *subject = "";
    TCase *test_case = NULL;

    for (struct unit_test *test = first_test; test; test = test->next) {
        if (!is_wanted(test, argc, argv))
            continue;
        if (strcmp(subject, test->subject)) {
            subject = test->subject;
            test_case = tcase_create(subject);
            tcase_set_timeout(test_case, SUBJECT_TIMEOUT_S);
            suite_add_tcase(suite, test_case);
        }
        if (test->expected_signal)
            tcase_add_test_raise_signal(test_case, &test->check, test->expected_signal);
        else
            tcase_add_test(test_case, &test->check);
    }
    return suite;
}

/* 0: no failure is wanted. Otherwise counts down with each allocation, which fails at 1. */
static unsigned int allocations_until_failure;
static bool failure_was_injected;

bool allocation_must_fail(void)
{
    if (allocations_until_failure == 0)
        return false;
    if (--allocations_until_failure > 0)
        return false;
    failure_was_injected = true;
    return true;
}

unsigned int sweep_allocation_failures(int (*scenario)(void *context), void *context)
{
    for (unsigned int nth = 1; nth <= SWEEP_MAX; nth++) {
        allocations_until_failure = nth;
        failure_was_injected = false;
        int result = scenario(context);
        allocations_until_failure = 0;
        if (!failure_was_injected) {
            ck_assert_msg(result == 0, "no allocation failed, yet the scenario gave %d", result);
            return nth - 1;
        }
    }
    ck_abort_msg("the scenario allocates without end");
    return SWEEP_MAX;
}

int main(int argc, char **argv)
{
    SRunner *runner = srunner_create(make_suite(argc, argv));
    srunner_run_all(runner, CK_NORMAL);
    int run = srunner_ntests_run(runner);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return run > 0 && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
