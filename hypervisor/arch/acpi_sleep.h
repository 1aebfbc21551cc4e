/* SPDX-License-Identifier: MIT */
/*
 * The sleep type for power-off, out of the DSDT without an AML interpreter.
 *
 * Firmware states it as `Name (_S5, Package (…) { a, b, … })`; that byte pattern is searched
 * for, and only constants are understood. A table that says it differently has no answer here.
 */
#ifndef PARAPET_ARCH_ACPI_SLEEP_H
#define PARAPET_ARCH_ACPI_SLEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"

/* @aml: the table's @bytes, from the firmware and not trusted. */
MUST_CHECK bool acpi_find_s5(const uint8_t *aml, size_t bytes, uint8_t *type_a, uint8_t *type_b);

#endif
