# SPDX-License-Identifier: MIT
# The cross tool chain for everything that runs without an operating system below it.
# The prefixed names exist on every Debian machine, so a non-x86 one can cross-build.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(CMAKE_C_COMPILER x86_64-linux-gnu-gcc)
set(CMAKE_ASM_COMPILER x86_64-linux-gnu-gcc)
set(CMAKE_NM x86_64-linux-gnu-nm CACHE STRING "lists the symbols of an image")
set(CMAKE_OBJCOPY x86_64-linux-gnu-objcopy CACHE STRING "converts images")
