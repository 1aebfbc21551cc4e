/* SPDX-License-Identifier: MIT */
/*
 * I/O ports: who may reach which, and what is behind them.
 *
 * Two questions. May the guest's present mode use the instruction at all (virtual IOPL, or the
 * bitmap that its kernel registered)? If not: #GP. May the domain reach the hardware port? If not,
 * it reads ones and its writes go nowhere, as with an empty bus.
 *
 * The control domain reaches all ports but those that are the hypervisor's business. PCI
 * configuration and CMOS have an index port, so each domain has a latch for it and the access
 * is made under a lock. Other domains reach what the toolstack gives them.
 */
#ifndef PARAPET_EMULATE_IO_PORTS_H
#define PARAPET_EMULATE_IO_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/domain.h"
#include "hypercall-abi/physdev.h"
#include "lib/compiler.h"

#define IO_PORTS 0x10000u

/* io_permissions_create - for a new domain, nothing allowed; the control domain (is_control is
 * set) gets its ports. 0 or -ENOMEM. */
MUST_CHECK int io_permissions_create(struct domain *d);
void io_permissions_destroy(struct domain *d);

/* Give or take @count ports; 0 or -EINVAL. */
MUST_CHECK int io_permission_set(struct domain *d, uint32_t first, uint32_t count, bool allow);
bool io_permission_all(const struct domain *d, uint32_t first, uint32_t count);

/* The running vCPU: its mode may use CLI, STI and all ports. */
bool guest_has_iopl(const struct vcpu *v);

/* The running vCPU may use the @bytes ports from @port on; may read the guest's bitmap. */
bool guest_may_use_ports(struct vcpu *v, uint16_t port, unsigned bytes);

/* The access itself, of 1, 2 or 4 bytes. */
uint32_t io_port_read(struct domain *d, uint16_t port, unsigned bytes);
void io_port_write(struct domain *d, uint16_t port, unsigned bytes, uint32_t value);

/* PHYSDEVOP_set_iopl and set_iobitmap. */
MUST_CHECK int physdev_op_set_iopl(struct vcpu *caller, struct physdev_set_iopl *op);
MUST_CHECK int physdev_op_set_iobitmap(struct vcpu *caller, struct physdev_set_iobitmap *op);

#endif
