/* SPDX-License-Identifier: MIT */
/*
 * setup_table grows the table to the wanted number of frames and lists them; the guest maps them
 * itself, writable. query_size tells how many there are and may be. (grant_table.h; abi-facts 7.4)
 */
#include "grants.h"

static uint64_t frames[128];

static int setup(uint32_t count, uint64_t list)
{
    struct gnttab_setup_table op = {
        .dom = DOMID_SELF, .nr_frames = count, .status = 77, .frame_list = list
    };

    expect_eq(hypercall(grant_table_op, GNTTABOP_setup_table, &op, 1), 0, "setup_table");
    return op.status;
}

static struct gnttab_query_size query(uint16_t domain)
{
    struct gnttab_query_size op = { .dom = domain, .status = 77 };

    expect_eq(hypercall(grant_table_op, GNTTABOP_query_size, &op, 1), 0, "query_size");
    return op;
}

static void check_growth(uint32_t limit)
{
    expect_eq(setup(3, (uint64_t)frames), GNTST_okay, "three frames");
    expect_eq(query(OWN_DOMAIN).nr_frames, 3, "their number is told");
    for (unsigned i = 0; i < 3; i++) {
        volatile uint64_t *page = page_hole();

        expect_eq(map_page(page, frames[i] << 12 | PTE_RW), 0, "a frame is mapped");
        expect_eq(page[0], 0, "it is empty");
        page[0] = i + 1;
        expect_eq(page[0], i + 1, "it can be written");
    }
    expect_eq(setup(limit, (uint64_t)frames), GNTST_okay, "as many as may be");
    expect_eq(query(DOMID_SELF).nr_frames, limit, "so many there are");
    expect_eq(setup(1, (uint64_t)frames), GNTST_okay, "fewer than there are");
    expect_eq(query(DOMID_SELF).nr_frames, limit, "the table does not shrink");
}

static void check_refusals(uint32_t limit)
{
    struct gnttab_setup_table two[2] = { { .dom = DOMID_SELF }, { .dom = DOMID_SELF } };
    struct gnttab_setup_table other = { .dom = 77, .nr_frames = 1 };

    expect_eq(setup(limit + 1, (uint64_t)frames), GNTST_general_error, "more than may be");
    expect_eq(setup(~0u, (uint64_t)frames), GNTST_general_error, "far too many");
    expect_eq(setup(1, HYPERVISOR_VIRT_START), GNTST_bad_virt_addr, "a list in the hole");
    expect_eq(setup(1, (uint64_t)page_hole()), GNTST_bad_virt_addr, "a list that is not mapped");
    expect_eq(hypercall(grant_table_op, GNTTABOP_setup_table, two, 2), -XEN_EINVAL, "two at once");
    expect_eq(hypercall(grant_table_op, GNTTABOP_setup_table, page_hole(), 1), -XEN_EFAULT,
              "an argument that is not mapped");
    expect_eq(hypercall(grant_table_op, GNTTABOP_setup_table, &other, 1), 0, "another domain");
    expect_eq(other.status, GNTST_bad_domain, "which does not exist");
    expect_eq(query(77).status, GNTST_bad_domain, "the size of a domain that does not exist");
}

void test_main(void)
{
    struct gnttab_query_size size = query(DOMID_SELF);

    expect_eq(size.status, GNTST_okay, "query_size");
    expect(size.max_nr_frames >= 3 && size.max_nr_frames <= 128, "the limit makes sense");
    check_growth(size.max_nr_frames);
    check_refusals(size.max_nr_frames);
}
