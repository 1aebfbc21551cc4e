/* SPDX-License-Identifier: MIT */
#include "support/fake_arch/fake_machine.h"

struct fake_requests fake_requests;
uint64_t fake_time_ns;
