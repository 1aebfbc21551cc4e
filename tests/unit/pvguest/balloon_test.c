/* SPDX-License-Identifier: MIT */
/* The size of memory follows the store, as far as it can; requests to end are acknowledged. */
#include "pv/balloon.h"

#include "fake_store.h"
#include "kernel/bottom.h"
#include "kernel/page.h"
#include "kernel/semaphore.h"
#include "pv/control.h"
#include "pv/store.h"
#include "support/unit.h"
#include "world.h"

#define TARGET FAKE_STORE_HOME "/memory/target"

static uint64_t free_before;

static void run_watches(void)
{
    while (store_run_watches(1))
        ;
}

static void start(void)
{
    world_start("");
    free_before = page_free_count();
    fake_store_start();
    balloon_init();
    run_watches();
}

static void set_target(const char *kib)
{
    fake_store_set(TARGET, kib);
    run_watches();
}

TEST(balloon, stays_as_it_is_without_a_target)
{
    start();
    ck_assert_uint_eq(world_frameless_pages(), 0);
    ck_assert_uint_eq(balloon_again_ns(), NEVER_NS);
}

TEST(balloon, gives_pages_and_takes_them_back)
{
    start();
    for (int i = 0; i < 5; i++) {
        set_target("8192"); /* 2048 pages of 4096 */
        ck_assert_uint_eq(world_frameless_pages(), WORLD_PAGES - 2048);
        ck_assert_uint_eq(balloon_again_ns(), NEVER_NS);
        set_target("16384");
        ck_assert_uint_eq(world_frameless_pages(), 0);
        ck_assert_uint_ge(page_free_count() + 1, free_before); /* an empty list may stay */
    }
    ck_assert(world_said("balloon: 2048 pages"));
}

TEST(balloon, never_grows_beyond_its_start)
{
    start();
    set_target("99999999");
    ck_assert_uint_eq(world_frameless_pages(), 0);
    ck_assert_uint_eq(balloon_again_ns(), NEVER_NS);
}

TEST(balloon, keeps_what_the_kernel_needs)
{
    start();
    set_target("4");
    ck_assert_uint_ge(page_free_count(), 200);
    ck_assert_uint_le(page_free_count(), 256);
    ck_assert_uint_ne(balloon_again_ns(), NEVER_NS); /* it will be tried again */
}

TEST(balloon, waits_for_frames_that_are_not_there)
{
    start();
    set_target("8192");
    world_limit_frames(100);
    set_target("16384");
    ck_assert_uint_eq(world_frameless_pages(), WORLD_PAGES - 2048 - 100);
    ck_assert_uint_ne(balloon_again_ns(), NEVER_NS);
    world_limit_frames(100000);
    balloon_adjust();
    ck_assert_uint_eq(world_frameless_pages(), 0);
}

TEST(balloon, takes_text_that_is_no_number_for_nothing)
{
    start();
    set_target("much");
    set_target("");
    set_target("-5");
    ck_assert_uint_eq(world_frameless_pages(), 0);
}

TEST(control, says_what_it_can_do)
{
    world_start("");
    fake_store_start();
    control_init();
    ck_assert_str_eq(fake_store_get(FAKE_STORE_HOME "/control/feature-poweroff"), "1");
    ck_assert_str_eq(fake_store_get(FAKE_STORE_HOME "/control/feature-reboot"), "1");
}

TEST(control, acknowledges_what_it_does_not_know)
{
    world_start("");
    fake_store_start();
    control_init();
    run_watches();
    fake_store_set(FAKE_STORE_HOME "/control/shutdown", "explode");
    fake_store_set(FAKE_STORE_HOME "/control/sysrq", "h");
    run_watches();
    ck_assert(world_said("explode was asked for, and is not known here"));
    ck_assert(world_said("no meaning for the key h"));
    ck_assert_str_eq(fake_store_get(FAKE_STORE_HOME "/control/shutdown"), "");
    ck_assert_str_eq(fake_store_get(FAKE_STORE_HOME "/control/sysrq"), "");
}
