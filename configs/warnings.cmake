# SPDX-License-Identifier: MIT
# The warnings every C file of the tree is compiled with; each is an error.
add_library(strict_warnings INTERFACE)
target_compile_options(strict_warnings INTERFACE
    $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Werror -Wconversion -Wsign-conversion -Wshadow
        -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wundef -Wcast-qual -Wswitch-enum>)
