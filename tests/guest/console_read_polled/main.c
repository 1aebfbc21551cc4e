/* SPDX-License-Identifier: MIT */
/*
 * A serial port without an interrupt is looked at now and then: the rules of console_read, whose kernel
 * this starts, hold all the same.
 *
 * Machine: kernel=console_read domains=1 options="com1=115200,8n1,0x3f8,0"
 * Machine: types="ab\x01c\x01\x01\x01hm\x01\x01\x01d\r" log="it is polled"
 * Machine: nobochs="nobody types there"
 */
#include "guest.h"

void test_main(void)
{
    error("the other kernel is to be started");
}
