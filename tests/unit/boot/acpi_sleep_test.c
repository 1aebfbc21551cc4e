/* SPDX-License-Identifier: MIT */
/* The sleep type of S5, found in AML without an interpreter. */
#include <stdint.h>
#include <string.h>

#include "arch/acpi_sleep.h"
#include "support/unit.h"

static uint8_t type_a, type_b;

static bool find(const void *aml, size_t bytes)
{
    type_a = type_b = 0xee;
    return acpi_find_s5(aml, bytes, &type_a, &type_b);
}

/* Name (_S5, Package (4) { Zero, Zero, Zero, Zero }), as SeaBIOS has it. */
static const uint8_t zeros[] = "....\x08_S5_\x12\x06\x04\x00\x00\x00\x00";
/* With byte constants and a package length of two bytes. */
static const uint8_t bytes_form[] = "\x08_S5_\x12\x4a\x00\x04\x0a\x05\x0a\x07\x00\x00";

TEST(acpi_sleep, reads_constants_of_one_byte)
{
    ck_assert(find(zeros, sizeof(zeros) - 1));
    ck_assert_uint_eq(type_a, 0);
    ck_assert_uint_eq(type_b, 0);
}

TEST(acpi_sleep, reads_constants_with_a_prefix)
{
    ck_assert(find(bytes_form, sizeof(bytes_form) - 1));
    ck_assert_uint_eq(type_a, 5);
    ck_assert_uint_eq(type_b, 7);
}

TEST(acpi_sleep, reads_a_name_with_a_root_prefix)
{
    ck_assert(find("\x08\\_S5_\x12\x06\x04\x01\x00\x00\x00", 13));
    ck_assert_uint_eq(type_a, 1);
}

TEST(acpi_sleep, goes_on_after_what_only_looks_like_it)
{
    ck_assert(find("x_S5_\x12\x06\x04\x01\x08_S5_\x12\x06\x02\x01\x00", 19));
    ck_assert_uint_eq(type_a, 1);
    ck_assert(!find("\x08_S5_\x14\x06\x04\x01\x01", 10)); /* a method */
    ck_assert(!find("\x08_S5_\x12\x06\x04pqrs", 12));     /* no constants */
    ck_assert(!find("\x08_S5_\x12\x06\x00\x01\x01", 10)); /* an empty package */
}

TEST(acpi_sleep, is_not_led_out_of_the_table)
{
    uint8_t exact[sizeof(bytes_form)];

    for (size_t length = 0; length < 12; length++) {
        memcpy(exact + sizeof(exact) - length, bytes_form, length);
        ck_assert(!find(exact + sizeof(exact) - length, length));
    }
    ck_assert(!find("", 0));
}
