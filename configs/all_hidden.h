/* SPDX-License-Identifier: MIT */
/*
 * Included before every freestanding C file. Everything is linked into one image, so no symbol is
 * reached through a global offset table; -fvisibility=hidden says so for definitions only.
 */
#pragma GCC visibility push(hidden)
