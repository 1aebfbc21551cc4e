/* SPDX-License-Identifier: MIT */
/* Ends at once: what the benchmark of exec runs. */
#include "user/user.h"

int main(void)
{
    return 0;
}
