/* SPDX-License-Identifier: MIT */
#include "support/unit.h"
#include "testbed/accelerator.h"

#define PROCESSOR "processor\t: 0\nmodel name\t: A svm vmx CPU\n"

TEST(accelerator, knows_both_extensions)
{
    ck_assert(accelerator_has_extensions(PROCESSOR "flags\t\t: fpu vmx lm\nbugs\t\t:\n"));
    ck_assert(accelerator_has_extensions(PROCESSOR "flags\t\t: fpu lm svm\n"));
    ck_assert(accelerator_has_extensions("flags\t\t: vmx"));
}

TEST(accelerator, takes_no_part_of_a_word_and_no_other_line)
{
    ck_assert(!accelerator_has_extensions(PROCESSOR "flags\t\t: fpu lm svm_lock xvmx\n"));
    ck_assert(!accelerator_has_extensions(PROCESSOR "flags\t\t: fpu lm\nbugs\t\t: vmx\n"));
    ck_assert(!accelerator_has_extensions(PROCESSOR "vmx flags\t: ept vmx\n"));
    ck_assert(!accelerator_has_extensions(""));
}
