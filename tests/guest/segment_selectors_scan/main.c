/* SPDX-License-Identifier: MIT */
/*
 * Whatever selector a guest loads, it gets the segment or #GP, #NP or #SS with the selector as error code, and never a page fault: the
 * pages of the table that have no frame are there, empty (abi-facts 3.6, 5.9).
 */
#include "guest.h"

static void load_es(void *selector)
{
    __asm__ volatile("mov %w0, %%es" : : "r"(selector));
}

USER_CODE_BLOCK(user_load, "mov $0x30000, %ebx\n"
                           "mov (%rbx), %eax\n"
                           "mov %eax, %es\n"
                           "ud2");
USER_CODE_BLOCK(nothing, USER_RETURN);

void test_main(void)
{
    unsigned loaded = 0;

    for (uint64_t selector = 0; selector < 0x10000; selector += selector < 0xe000 ? 3 : 1) {
        struct try_result result = try(load_es, (void *)selector);

        loaded += !result.trapped;
        if (result.trapped &&
            (result.vector != VECTOR_GP || result.error_code != (selector & 0xfffc)))
            failure("selector %#lx: vector %u, error code %#x", selector, result.vector,
                    result.error_code);
    }
    /* Null by 0 and 3, and four RPLs of the three flat segments. */
    expect_eq(loaded, 2 + 12, "selectors that can be loaded");
    (void)user_run(CODE(nothing), 0);
    for (uint64_t selector = 0x1000; selector < 0xf000; selector += 0x1000) {
        struct try_result result;

        *(uint64_t *)(void *)user_data = selector;
        result = try_user(CODE(user_load), 0);
        expect_eq(result.vector, VECTOR_GP, "an empty page's selector in user mode");
        expect_eq(result.error_code, selector, "its error code");
    }
}
