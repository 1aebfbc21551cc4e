# SPDX-License-Identifier: MIT
# What hypervisor/ and pvguest/ share: C11 with no library below, no FPU or SSE register, frame
# pointers for backtraces, and a static image laid out by a linker script of its own.
include(${CMAKE_CURRENT_LIST_DIR}/warnings.cmake)

# Only the compiler's own headers (stdint.h, stddef.h, stdbool.h, stdarg.h) may be found.
execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=include
    OUTPUT_VARIABLE compiler_headers OUTPUT_STRIP_TRAILING_WHITESPACE)

get_filename_component(freestanding_root ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)

add_library(freestanding INTERFACE)
target_compile_options(freestanding INTERFACE
    -ffreestanding -nostdinc -isystem ${compiler_headers}
    -mno-red-zone -mgeneral-regs-only
    -ffile-prefix-map=${freestanding_root}/=
    -fvisibility=hidden -fno-common -fno-strict-aliasing
    -fno-stack-protector -fcf-protection=none
    -fno-omit-frame-pointer -fno-asynchronous-unwind-tables
    $<$<COMPILE_LANGUAGE:C>:-std=gnu11 -Wframe-larger-than=2048>
    "$<$<COMPILE_LANGUAGE:C>:SHELL:-include ${CMAKE_CURRENT_LIST_DIR}/all_hidden.h>"
    # A memset written as a loop must not become a call of itself.
    $<$<C_COMPILER_ID:GNU>:-fno-tree-loop-distribute-patterns>
    $<$<C_COMPILER_ID:Clang>:-fno-builtin -fdirect-access-external-data>)
target_link_options(freestanding INTERFACE
    -nostdlib -static $<$<C_COMPILER_ID:GNU>:-no-pie>
    -Wl,--no-dynamic-linker -Wl,--build-id=sha1 -Wl,--fatal-warnings
    -Wl,-z,noexecstack -Wl,-z,max-page-size=4096)
target_link_libraries(freestanding INTERFACE strict_warnings)
