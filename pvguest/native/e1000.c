/* SPDX-License-Identifier: MIT */
#include "native/native.h"

void e1000_find(void)
{
}
