/* SPDX-License-Identifier: MIT */
/*
 * Page tables by hypercalls. Entries hold machine frames; the kernel counts its memory in
 * pseudo-physical ones, and two lists translate: its own p2m, and the hypervisor's M2P.
 *
 * A page that is in use as a page table may not be mapped writable by anybody, so adopting one
 * means to take the write right from its place in the direct map.
 *
 * The domain builder maps memory at KERNEL_BASE only as far as the first free pages. The
 * direct map is made from there: its tables come from the first free pages, and what they
 * already map is where the next ones are written.
 */
#include "kernel/page.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "pv/hypercall.h"
#include "pv/pv.h"

#define ENTRIES         512u
#define KERNEL_SLOT     272u /* the first slot that belongs to the kernel */
#define DIRECT_MAP_SLOT 273u
#define KERNEL_TABLE    (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY)
#define KERNEL_PAGE     (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY | PTE_NX)
#define KERNEL_READONLY (PTE_PRESENT | PTE_ACCESSED | PTE_NX)

static uint64_t *p2m;
static const uint64_t *const m2p = (const uint64_t *)0xffff800000000000;
static pte_t *kernel_root;

static uint64_t machine_address(const void *pointer)
{
    return p2m[virt_to_pfn(pointer)] << PAGE_SHIFT | ((uint64_t)pointer & ~PAGE_MASK);
}

pte_t bottom_pte(uint64_t pfn, uint64_t flags)
{
    return (pte_t){ p2m[pfn] << PAGE_SHIFT | flags };
}

uint64_t bottom_pte_pfn(pte_t entry)
{
    return m2p[(entry.value & PTE_ADDRESS) >> PAGE_SHIFT];
}

uint64_t page_table_mfn(uint64_t pfn)
{
    return p2m[pfn];
}

uint64_t page_table_pfn(uint64_t mfn)
{
    return m2p[mfn];
}

static void apply(struct mmu_update *updates, uint32_t count)
{
    int64_t error = hypercall_mmu_update((uint64_t)updates, count, 0, DOMID_SELF);

    if (error)
        panic("mmu_update of %u entries, the first %lx = %lx: error %ld\n", count, updates->ptr,
              updates->val, -error);
}

static void apply_extended(struct mmuext_op *operations, uint32_t count)
{
    int64_t error = hypercall_mmuext_op((uint64_t)operations, count, 0, DOMID_SELF);

    if (error)
        panic("mmuext_op %u of frame %lx: error %ld\n", operations->cmd, operations->arg1.mfn,
              -error);
}

static void apply_at(uint64_t address, pte_t value, uint64_t flush)
{
    int64_t error = hypercall_update_va_mapping(address, value.value, flush);

    if (error)
        panic("update_va_mapping of %lx to %lx: error %ld\n", address, value.value, -error);
}

void bottom_pte_write(pte_t *entry, pte_t value)
{
    struct mmu_update update = { machine_address(entry), value.value };

    apply(&update, 1);
}

void bottom_pte_replace(pte_t *entry, pte_t value, uint64_t address)
{
    (void)entry;
    apply_at(address, value, UVMF_INVLPG);
}

_Static_assert(sizeof(struct mmu_update) == sizeof(((struct pte_batch *)0)->writes[0]),
               "a batch is what mmu_update takes");

void bottom_pte_batch_add(struct pte_batch *batch, pte_t *entry, pte_t value)
{
    if (batch->count == PTE_BATCH)
        bottom_pte_batch_flush(batch);
    batch->writes[batch->count].where = machine_address(entry);
    batch->writes[batch->count++].value = value.value;
}

void bottom_pte_batch_flush(struct pte_batch *batch)
{
    if (batch->count)
        apply((struct mmu_update *)batch->writes, batch->count);
    batch->count = 0;
}

void bottom_table_adopt(uint64_t pfn)
{
    apply_at((uint64_t)pfn_to_virt(pfn), bottom_pte(pfn, KERNEL_READONLY), UVMF_INVLPG);
}

void bottom_table_release(uint64_t pfn)
{
    apply_at((uint64_t)pfn_to_virt(pfn), bottom_pte(pfn, KERNEL_PAGE), UVMF_NONE);
}

static uint64_t root_mfn(const pte_t *root)
{
    return p2m[virt_to_pfn(root)];
}

uint64_t page_table_kernel_root_mfn(void)
{
    return root_mfn(kernel_root);
}

int bottom_space_create(struct address_space *space)
{
    uint64_t root = page_alloc(), user_root = page_alloc();

    if (!root || !user_root) {
        if (root)
            page_put(root);
        return -1;
    }
    space->root = pfn_to_virt(root);
    space->user_root = pfn_to_virt(user_root);
    memcpy(&space->root[KERNEL_SLOT], &kernel_root[KERNEL_SLOT],
           (ENTRIES - KERNEL_SLOT) * sizeof(pte_t));
    bottom_table_adopt(root);
    bottom_table_adopt(user_root);

    struct mmuext_op pin[2] = {
        { .cmd = MMUEXT_PIN_L4_TABLE, .arg1.mfn = p2m[root] },
        { .cmd = MMUEXT_PIN_L4_TABLE, .arg1.mfn = p2m[user_root] },
    };

    apply_extended(pin, 2);
    return 0;
}

void bottom_space_retire(struct address_space *space)
{
    struct mmuext_op unpin[2] = {
        { .cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = root_mfn(space->root) },
        { .cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = root_mfn(space->user_root) },
    };

    apply_extended(unpin, 2);
}

void bottom_space_destroy(struct address_space *space)
{
    bottom_table_release(virt_to_pfn(space->root));
    bottom_table_release(virt_to_pfn(space->user_root));
    page_put(virt_to_pfn(space->root));
    page_put(virt_to_pfn(space->user_root));
}

void bottom_space_write_root(struct address_space *space, uint32_t slot, pte_t value)
{
    struct mmu_update updates[2] = {
        { machine_address(&space->root[slot]), value.value },
        { machine_address(&space->user_root[slot]), value.value },
    };

    apply(updates, 2);
}

void bottom_space_switch(struct address_space *space)
{
    struct mmuext_op load[2] = {
        { .cmd = MMUEXT_NEW_BASEPTR, .arg1.mfn = root_mfn(space ? space->root : kernel_root) },
        { .cmd = MMUEXT_NEW_USER_BASEPTR, .arg1.mfn = space ? root_mfn(space->user_root) : 0 },
    };

    apply_extended(load, 2);
}

void bottom_flush_all(void)
{
    struct mmuext_op flush = { .cmd = MMUEXT_TLB_FLUSH_LOCAL };

    apply_extended(&flush, 1);
}

/* ---- the direct map ---- */

/* While the direct map grows: pages below `covered` are in it, the others at KERNEL_BASE. */
struct builder {
    uint64_t table_first, table_next, table_end; /* pages for tables: used, the next, all */
    uint64_t given_first, given_end;             /* the domain builder's tables */
    uint64_t covered;
};

static pte_t *early_table(const struct builder *b, uint64_t pfn)
{
    return pfn < b->covered ? pfn_to_virt(pfn) : (pte_t *)(KERNEL_BASE + (pfn << PAGE_SHIFT));
}

static bool is_table(const struct builder *b, uint64_t pfn)
{
    return (pfn >= b->table_first && pfn < b->table_next) ||
           (pfn >= b->given_first && pfn < b->given_end);
}

/* The last-level entry of an address at KERNEL_BASE, in the tables of the domain builder. */
static pte_t *given_entry(uint64_t address)
{
    pte_t *table = kernel_root;

    for (uint32_t shift = 39; shift > PAGE_SHIFT; shift -= 9) {
        pte_t entry = table[address >> shift & (ENTRIES - 1)];

        if (!(entry.value & PTE_PRESENT))
            return NULL;
        table = (pte_t *)(KERNEL_BASE + (bottom_pte_pfn(entry) << PAGE_SHIFT));
    }
    return &table[address >> PAGE_SHIFT & (ENTRIES - 1)];
}

/* A page for a table, cleared where it is mapped now. */
static uint64_t early_page(struct builder *b)
{
    uint64_t pfn = b->table_next++;

    MUST(pfn < b->table_end);
    memset(early_table(b, pfn), 0, PAGE_SIZE);
    return pfn;
}

/* Link a filled page as a table, when no writable mapping of it is left. */
static void early_link(const struct builder *b, pte_t *entry, uint64_t pfn)
{
    uint64_t given_address = KERNEL_BASE + (pfn << PAGE_SHIFT);
    const pte_t *given = given_entry(given_address);

    if (given && (given->value & PTE_PRESENT))
        apply_at(given_address, bottom_pte(pfn, KERNEL_READONLY), UVMF_INVLPG);
    if (pfn < b->covered)
        bottom_table_adopt(pfn);
    bottom_pte_write(entry, bottom_pte(pfn, KERNEL_TABLE));
}

static uint64_t make_l1(struct builder *b, uint64_t first)
{
    uint64_t pfn = early_page(b);
    pte_t *table = early_table(b, pfn);

    for (uint64_t i = 0; i < ENTRIES && first + i < boot_info.page_count; i++)
        table[i] = bottom_pte(first + i, is_table(b, first + i) ? KERNEL_READONLY : KERNEL_PAGE);
    return pfn;
}

/* Entries are written through wherever the table's page is mapped at the moment. */
static void make_direct_map(struct builder *b)
{
    uint64_t l3 = early_page(b), l2 = 0;

    early_link(b, &kernel_root[DIRECT_MAP_SLOT], l3);
    for (uint64_t first = 0; first < boot_info.page_count; first += ENTRIES) {
        uint32_t slot = (uint32_t)(first / ENTRIES);

        if (slot % ENTRIES == 0) {
            l2 = early_page(b);
            early_link(b, &early_table(b, l3)[slot / ENTRIES], l2);
        }
        early_link(b, &early_table(b, l2)[slot % ENTRIES], make_l1(b, first));
        b->covered =
            first + ENTRIES < boot_info.page_count ? first + ENTRIES : boot_info.page_count;
    }
}

/* Free pages are in the direct map alone, so that adopting one has one place to look after. */
static void unmap_second_copies(uint64_t first)
{
    struct pte_batch batch = { .count = 0 };

    for (uint64_t pfn = first; pfn < boot_info.page_count; pfn++) {
        pte_t *entry = given_entry(KERNEL_BASE + (pfn << PAGE_SHIFT));

        if (!entry || !(entry->value & PTE_PRESENT))
            break;
        bottom_pte_batch_add(&batch, entry, (pte_t){ 0 });
    }
    bottom_pte_batch_flush(&batch);
    bottom_flush_all();
}

void page_table_init(const struct start_info *info)
{
    uint64_t l1_count = (info->nr_pages + ENTRIES - 1) / ENTRIES;
    uint64_t tables = 1 + (l1_count + ENTRIES - 1) / ENTRIES + l1_count;

    p2m = (uint64_t *)info->mfn_list;
    kernel_root = (pte_t *)info->pt_base;

    struct builder b = { .given_first = virt_to_pfn(kernel_root) };

    b.given_end = b.given_first + info->nr_pt_frames;
    b.table_first = b.given_end + 1; /* the boot stack is between */
    b.table_next = b.table_first;
    b.table_end = b.table_first + tables;
    boot_info.page_count = info->nr_pages;
    boot_info.free_first = b.table_end;
    boot_info.free_end = info->nr_pages;
    make_direct_map(&b);
    unmap_second_copies(b.table_first);
}

uint64_t page_table_remove(uint64_t pfn)
{
    uint64_t mfn = p2m[pfn];

    apply_at((uint64_t)pfn_to_virt(pfn), (pte_t){ 0 }, UVMF_INVLPG | UVMF_ALL);
    p2m[pfn] = ~0UL;
    return mfn;
}

void page_table_restore(uint64_t pfn, uint64_t mfn)
{
    p2m[pfn] = mfn;
    apply_at((uint64_t)pfn_to_virt(pfn), bottom_pte(pfn, KERNEL_PAGE), UVMF_NONE);
}

void page_table_map_machine(uint64_t address, uint64_t machine_frame_address)
{
    apply_at(address, (pte_t){ machine_frame_address | KERNEL_PAGE }, UVMF_INVLPG);
}
