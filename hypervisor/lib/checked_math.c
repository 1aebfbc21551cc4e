/* SPDX-License-Identifier: MIT */
/* Division of 128-bit products, without the compiler's run-time library. */
#include "lib/checked_math.h"

uint64_t mul_div(uint64_t a, uint64_t b, uint64_t divisor)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    uint64_t rest = (uint64_t)(product >> 64);
    uint64_t low = (uint64_t)product;
    uint64_t quotient = 0;

    if (rest >= divisor)
        return UINT64_MAX;
    /* Long division, one bit of the quotient at a time; rest stays below the divisor. */
    for (unsigned bit = 64; bit-- > 0;) {
        uint64_t carry = rest >> 63;

        rest = rest << 1 | (low >> bit & 1);
        if (carry || rest >= divisor) {
            rest -= divisor;
            quotient |= 1UL << bit;
        }
    }
    return quotient;
}
