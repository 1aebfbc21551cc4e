/* SPDX-License-Identifier: MIT */
/*
 * platform_op: what the control domain does to the machine. One structure holds the command, a
 * version, and the command's argument.
 */
#include "arch/arch.h"
#include "arch/cpu_features.h"
#include "arch/machine.h"
#include "console/printk.h"
#include "domain/domain.h"
#include "domain/shared_info.h"
#include "hypercall-abi/platform.h"
#include "hypercall/dispatch.h"
#include "hypercall/operation_rows.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "lib/string.h"
#include "mm/guest_access.h"

#define NS_PER_S 1000000000u

static long set_time(uint64_t seconds, uint32_t nanoseconds, uint64_t system_time_ns)
{
    if (nanoseconds >= NS_PER_S)
        return refuse(-EINVAL, "%u nanoseconds are a second or more", nanoseconds);
    wallclock_set(seconds, nanoseconds, system_time_ns);
    return 0;
}

static long platform_op_settime32(UNUSED struct vcpu *caller, struct xenpf_settime32 *op)
{
    return set_time(op->secs, op->nsecs, op->system_time);
}

static long platform_op_settime64(UNUSED struct vcpu *caller, struct xenpf_settime64 *op)
{
    if (op->mbz)
        return refuse(-EINVAL, "a field that must be zero is not");
    return set_time(op->secs, op->nsecs, op->system_time);
}

/* The keyboard's shift state, in the data area that a BIOS leaves; UEFI leaves none. */
#define BIOS_SHIFT_FLAGS 0x417u

static long keyboard_info(struct xenpf_firmware_info *op)
{
    op->u.kbd_shift_flags = 0;
    if (!machine_rsdp_is_hidden && memory_map_is_ram(&machine_memory_map, 0, PAGE_SIZE))
        op->u.kbd_shift_flags = *(const uint8_t *)maddr_to_virt(maddr(BIOS_SHIFT_FLAGS));
    return 0;
}

/* Nothing else is asked of the firmware while it could still be asked. */
static long platform_op_firmware_info(UNUSED struct vcpu *caller, struct xenpf_firmware_info *op)
{
    switch (op->type) {
    case XEN_FW_KBD_SHIFT_FLAGS:
        return keyboard_info(op);
    case XEN_FW_DISK_INFO:
    case XEN_FW_DISK_MBR_SIGNATURE:
    case XEN_FW_VBEDDC_INFO:
        return -ESRCH;
    case XEN_FW_EFI_INFO:
        return -ENOSYS;
    default:
        return refuse(-EINVAL, "firmware information of type %u", op->type);
    }
}

#define SLEEP_STATE_OFF 5u

static long platform_op_enter_acpi_sleep(UNUSED struct vcpu *caller,
                                         struct xenpf_enter_acpi_sleep *op)
{
    if (op->flags & ~XENPF_ACPI_SLEEP_EXTENDED)
        return refuse(-EINVAL, "flags %#x", op->flags);
    if (op->flags || op->sleep_state != SLEEP_STATE_OFF)
        return refuse(-EOPNOTSUPP, "only S5, by the PM1 registers, is supported");
    log_info("the control domain powers off");
    machine_poweroff_with(op->val_a, op->val_b);
}

static long platform_op_get_cpuinfo(UNUSED struct vcpu *caller, struct xenpf_pcpuinfo *op)
{
    uint32_t id = op->xen_cpuid;

    op->max_present = cpu_count - 1;
    op->flags = XEN_PCPU_FLAGS_INVALID;
    op->apic_id = 0;
    op->acpi_id = 0;
    if (id < cpu_count) {
        const struct cpu *cpu = cpu_by_id((uint32_t)index_clamp(id, MAX_CPUS));

        op->flags = XEN_PCPU_FLAGS_ONLINE;
        op->apic_id = cpu->apic_id;
        op->acpi_id = cpu->acpi_id;
    }
    return 0;
}

/* All processors are of the kind of the first, or are not used. */
static long platform_op_get_cpu_version(UNUSED struct vcpu *caller, struct xenpf_pcpu_version *op)
{
    op->max_present = cpu_count - 1;
    op->family = 0;
    op->model = 0;
    op->stepping = 0;
    memset(op->vendor_id, 0, sizeof(op->vendor_id));
    if (op->xen_cpuid < cpu_count) {
        op->family = cpu_features.family;
        op->model = cpu_features.model;
        op->stepping = cpu_features.stepping;
        memcpy(op->vendor_id, cpu_features.vendor_name, sizeof(op->vendor_id));
    }
    return 0;
}

#define OP(number, name, argument, copy, summary)                                                  \
    _Static_assert(sizeof(struct argument) <= sizeof(((struct xen_platform_op *)0)->u), #name);    \
    OP_CALL_##copy(platform, name, argument)
#include "hypercall-abi/tables/platform_ops.def"
#undef OP

static const struct operation platform_operations[] = {
#define OP(number, name, argument, copy, summary) OP_ROW(number, platform, name, argument, copy)
#include "hypercall-abi/tables/platform_ops.def"
#undef OP
};

static const struct operation_table platform_op_table =
    OP_TABLE("platform_op", platform_operations);

long hypercall_platform_op(struct vcpu *caller, uint64_t address, UNUSED uint64_t a2,
                           UNUSED uint64_t a3, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    const struct operation *row;
    struct xen_platform_op op;
    long result;

    if (!caller->domain->is_control)
        return refuse(-EPERM, "only the control domain controls the machine");
    if (copy_from_guest(&op, address, sizeof(op)))
        return -EFAULT;
    if (op.interface_version != XENPF_INTERFACE_VERSION)
        return refuse(-EACCES, "platform_op of version %#x", op.interface_version);
    row = operation_find(&platform_op_table, op.cmd);
    if (!row)
        return refuse(-ENOSYS, "platform_op has no command %u", op.cmd);
    if (row->copy != OPERATION_IN && copy_to_guest(address, &op, sizeof(op)))
        return -EFAULT;

    result = row->call(caller, 0, &op.u, address);
    if (row->copy != OPERATION_IN && copy_to_guest(address, &op, sizeof(op)))
        return -EFAULT;
    return result;
}
