# SPDX-License-Identifier: MIT
# The same freestanding code by clang and lld: a second opinion on warnings and on the linker script.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(CMAKE_C_COMPILER clang)
set(CMAKE_ASM_COMPILER clang)
set(CMAKE_C_COMPILER_TARGET x86_64-linux-gnu)
set(CMAKE_ASM_COMPILER_TARGET x86_64-linux-gnu)
set(CMAKE_NM llvm-nm CACHE STRING "lists the symbols of an image")
set(CMAKE_OBJCOPY llvm-objcopy CACHE STRING "converts images")
add_link_options(-fuse-ld=lld)
