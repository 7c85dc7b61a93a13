/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/cspace.c: see cspace.h. Bottom-up: CNodes and their charges; a table's
 * tree and how it grows; slots; CSpaces.
 *
 * A table with one leaf has that linked into the PDs' root CNodes, behind a guard
 * of zero bits. For the next leaf, a CNode of 64 entries is put in between, with
 * the first leaf as its entry 0 and a guard that is 6 bits shorter; and so on. An
 * index thus means the same before and after. The first leaf of a private table is the root CNode
 * itself: of the 16 indexes that it would have, the slots from CSPACE_FIRST_EDGE on take the place, so
 * there is nothing to link until a second leaf comes.
 */
#include "root/core/cspace.h"

#include <string.h>

#include "root/base/bug.h"
#include "root/core/handle.h"
#include "root/core/reaper.h"
#include "root/memory/heap.h"

#define ALL_EMPTY ((1u << LEAF_ENTRIES) - 1)
/* Of a root CNode. */
#define EDGES_EMPTY ((1u << CSPACE_PRIVATE) - (1u << CSPACE_FIRST_EDGE))
#define LEVEL_BITS 6u
#define LEVEL_ENTRIES (1u << LEVEL_BITS)

_Static_assert(LEAF_ENTRIES == CSPACE_DIRECT_SLOTS, "a root CNode is a leaf");
_Static_assert(LEAF_INDEX_BITS + SLOT_LEVELS * LEVEL_BITS == 22 && CSPACE_TABLE_LIMIT == 1 << 22,
               "size of a table");

/* ---- CNodes ---------------------------------------------------------- */

static cell_error_t cnode_create(struct account *account, unsigned bits, struct kernel_object *cnode)
{
    cell_error_t error = account_charge(account, ACCOUNT_OBJECTS, 1);

    if (error != CELL_OK)
        return error;
    error = cnode_allocate(bits, cnode);
    if (error != CELL_OK)
        account_refund(account, ACCOUNT_OBJECTS, 1);
    return error;
}

static void cnode_destroy(struct account *account, struct kernel_object *cnode)
{
    if (cnode->slot == 0)
        return;
    object_free(cnode);
    account_refund(account, ACCOUNT_OBJECTS, 1);
}

/* ---- The tree -------------------------------------------------------- */

/* Is it a root CNode? */
static bool is_root(const struct slot_table *table, uint32_t number)
{
    return number == 0 && table->region == CSPACE_PRIVATE;
}

/* Puts the table's highest CNode into the root CNode of a CSpace. */
static cell_error_t link_top(const struct slot_table *table, struct cspace *cspace)
{
    if (table->levels == 0 && is_root(table, 0))
        return CELL_OK;
    slot_t top = table->levels == 0 ? table->leaves[0]->cnode.slot
                                    : table->level[table->levels - 1].cnodes[0].slot;
    unsigned guard = CSPACE_INDEX_BITS - LEAF_INDEX_BITS - table->levels * LEVEL_BITS;

    return kernel_refused(kernel_mint_cnode(cspace_root(cspace), table->region, top, guard));
}

static cell_error_t relink(struct slot_table *table)
{
    cell_error_t error = CELL_OK;

    LIST_EACH(entry, &table->users) {
        struct cspace *cspace = CONTAINER(entry, struct cspace_link, list)->cspace;

        must(kernel_delete_in(cspace_root(cspace), table->region), "cspace: unlink a table");
        error = link_top(table, cspace);
        if (error != CELL_OK)
            break;
    }
    return error;
}

/* Adds a CNode to a level (0: right above the leaves); false answers as errors. */
static cell_error_t level_add(struct slot_table *table, unsigned level)
{
    struct slot_level *at = &table->level[level];

    if (at->count == at->room) {
        uint32_t room = at->room == 0 ? 1 : at->room * 2;
        struct kernel_object *cnodes =
            heap_resize(at->cnodes, at->room * sizeof *cnodes, room * sizeof *cnodes);

        if (cnodes == NULL)
            return CELL_NO_MEMORY;
        at->cnodes = cnodes;
        at->room = room;
    }
    cell_error_t error = cnode_create(table->account, LEVEL_BITS, &at->cnodes[at->count]);

    if (error == CELL_OK)
        at->count++;
    return error;
}

/* Puts a CNode of the level below (or a leaf, level 0) into its parent. */
static cell_error_t hang(struct slot_table *table, unsigned level, uint32_t number, slot_t child)
{
    struct kernel_object *parent = &table->level[level].cnodes[number >> LEVEL_BITS];

    return kernel_refused(kernel_mint_cnode(object_cnode(parent), number & (LEVEL_ENTRIES - 1), child, 0));
}

/* Takes the last CNode of a level again. */
static void level_drop(struct slot_table *table, unsigned level)
{
    cnode_destroy(table->account, &table->level[level].cnodes[--table->level[level].count]);
}

/* Puts a level on top. */
static cell_error_t raise(struct slot_table *table)
{
    unsigned level = table->levels;

    if (level == SLOT_LEVELS)
        return CELL_NO_SLOTS;
    cell_error_t error = level_add(table, level);

    if (error != CELL_OK)
        return error;
    if (level != 0)
        error = hang(table, level, 0, table->level[level - 1].cnodes[0].slot);
    else if (!is_root(table, 0))
        error = hang(table, level, 0, table->leaves[0]->cnode.slot);
    if (error == CELL_OK) {
        table->levels++;
        error = relink(table);
    }
    if (error == CELL_OK)
        return CELL_OK;
    /* All PDs of the table find it as it was. */
    if (table->levels > level) {
        table->levels--;
        if (relink(table) != CELL_OK)
            root_bug("cspace: a table cannot be linked again");
    }
    level_drop(table, level);
    return error;
}

/* Makes the CNodes above leaf `number`, which is the next one. What was made
 * stays for the next attempt when one of them fails. */
static cell_error_t make_path(struct slot_table *table, uint32_t number)
{
    cell_error_t error = CELL_OK;

    while (error == CELL_OK && number >> (LEVEL_BITS * table->levels) != 0)
        error = raise(table);
    for (int level = table->levels - 2; level >= 0 && error == CELL_OK; level--) {
        uint32_t node = number >> (LEVEL_BITS * (unsigned)(level + 1));

        if (node < table->level[level].count)
            continue;
        error = level_add(table, (unsigned)level);
        if (error != CELL_OK)
            break;
        error = hang(table, (unsigned)level + 1, node, table->level[level].cnodes[node].slot);
        if (error != CELL_OK)
            level_drop(table, (unsigned)level);
    }
    return error;
}

/* Bits for `room` leaves, at least. */
static bool bit_room(struct slot_table *table, uint32_t room)
{
    uint32_t words = (room + 63) / 64;

    if (words == 1)
        table->in_use = &table->few_in_use;
    if (words == 1 || words <= table->bit_words)
        return true;
    uint64_t *bits = heap_resize(table->bit_words == 0 ? NULL : table->in_use,
                                 table->bit_words * sizeof *bits, words * sizeof *bits);

    if (bits == NULL)
        return false;
    if (table->bit_words == 0)
        bits[0] = table->few_in_use;
    table->in_use = bits;
    table->bit_words = words;
    return true;
}

void table_note_in_use(struct slot_table *table, const struct slot_leaf *leaf, bool in_use)
{
    uint64_t bit = UINT64_C(1) << leaf->number % 64, *word = &table->in_use[leaf->number / 64];

    *word = in_use ? *word | bit : *word & ~bit;
}

/* The first leaf from `number` on that holds something; leaf_count: none. */
static uint32_t next_in_use(const struct slot_table *table, uint32_t number)
{
    uint64_t mask = UINT64_MAX << number % 64;

    for (uint32_t word = number / 64; number < table->leaf_count; word++, mask = UINT64_MAX) {
        if ((table->in_use[word] & mask) != 0)
            return word * 64 + (uint32_t)__builtin_ctzll(table->in_use[word] & mask);
        number = (word + 1) * 64;
    }
    return table->leaf_count;
}

static bool leaf_room(struct slot_table *table)
{
    if (table->leaf_count < table->leaf_room)
        return true;
    if (table->leaf_room == 0) {
        bit_room(table, SLOT_FEW_LEAVES);
        table->leaves = table->few_leaves;
        table->leaf_room = SLOT_FEW_LEAVES;
        return true;
    }
    bool few = table->leaves == table->few_leaves;
    uint32_t room = table->leaf_room * 2;

    if (!bit_room(table, room))
        return false;
    struct slot_leaf **leaves =
        heap_resize(few ? NULL : table->leaves, few ? 0 : table->leaf_room * sizeof *leaves,
                    room * sizeof *leaves);

    if (leaves == NULL)
        return false;
    if (few)
        memcpy(leaves, table->few_leaves, sizeof table->few_leaves);
    table->leaves = leaves;
    table->leaf_room = room;
    return true;
}

/* The next leaf: all is there for it. */
static void leaf_enter(struct slot_table *table, struct slot_leaf *leaf)
{
    uint32_t number = table->leaf_count;
    bool root = is_root(table, number);

    leaf->first = root ? 0 : CSPACE_AT(table->region, number << LEAF_INDEX_BITS);
    leaf->shift = root ? CSPACE_INDEX_BITS : 0;
    leaf->number = number;
    leaf->empty = leaf->all = root ? EDGES_EMPTY : ALL_EMPTY;
    list_insert(&table->with_room, &leaf->list);
    table->leaves[table->leaf_count++] = leaf;
}

static cell_error_t leaf_add(struct slot_table *table)
{
    uint32_t number = table->leaf_count;

    if (!leaf_room(table))
        return CELL_NO_MEMORY;
    cell_error_t error = number == 0 ? CELL_OK : make_path(table, number);

    if (error != CELL_OK)
        return error;
    struct slot_leaf *leaf = heap_allocate(sizeof *leaf);

    if (leaf == NULL)
        return CELL_NO_MEMORY;
    error = cnode_create(table->account, LEAF_INDEX_BITS, &leaf->cnode);
    if (error == CELL_OK && number != 0) {
        error = hang(table, 0, number, leaf->cnode.slot);
        if (error != CELL_OK)
            cnode_destroy(table->account, &leaf->cnode);
    }
    if (error == CELL_OK)
        leaf_enter(table, leaf);
    else
        heap_free(leaf, sizeof *leaf);
    return error;
}

/* ---- Tables ---------------------------------------------------------- */

static void leaf_free(struct slot_table *table, struct slot_leaf *leaf)
{
    cnode_destroy(table->account, &leaf->cnode);
    if (!is_root(table, leaf->number))
        heap_free(leaf, sizeof *leaf);
}

static void table_free(struct slot_table *table)
{
    for (uint32_t i = table->emptied; i < table->leaf_count; i++)
        leaf_free(table, table->leaves[i]);
    if (table->bit_words != 0)
        heap_free(table->in_use, table->bit_words * sizeof *table->in_use);
    if (table->leaves != table->few_leaves)
        heap_free(table->leaves, table->leaf_room * sizeof *table->leaves);
    for (unsigned i = 0; i < SLOT_LEVELS; i++) {
        struct slot_level *level = &table->level[i];

        for (uint32_t j = 0; j < level->count; j++)
            cnode_destroy(table->account, &level->cnodes[j]);
        heap_free(level->cnodes, level->room * sizeof *level->cnodes);
    }
    account_release(table->account);
    heap_free(table, sizeof *table);
}

/* `root`: the CNode that is the first leaf of a private one. */
static cell_error_t table_create(struct pd *pd, struct account *account, unsigned region, struct slot_leaf *root,
                                 struct slot_table **made)
{
    static uint32_t tables;
    struct slot_table *table = heap_allocate(sizeof *table);

    if (table == NULL)
        return CELL_NO_MEMORY;
    table->number = ++tables;
    table->pd = pd;
    table->account = account;
    account_refer(account);
    table->region = (uint8_t)region;
    table->references = 1;
    list_init(&table->users);
    list_init(&table->with_room);
    *made = table;
    if (region == CSPACE_COMMON)
        return leaf_add(table);
    (void)leaf_room(table); /* there is, for the first */
    leaf_enter(table, root);
    return CELL_OK;
}

/* Units of work: of a leaf, and of a handle in it. */
#define LEAF_UNITS 2u
#define HANDLE_UNITS 4u

/* Gives up all that a leaf's slots hold; false: there is more. The capabilities go with the CNode. */
static bool leaf_empty(struct slot_table *table, struct slot_leaf *leaf, uint32_t *units)
{
    for (uint32_t i = 0; i < LEAF_ENTRIES; i++) {
        uint32_t entry = leaf->entries[i];

        if (entry == SLOT_EMPTY)
            continue;
        if (reap_take(units, HANDLE_UNITS) == 0)
            return false;
        leaf->entries[i] = SLOT_EMPTY;
        account_refund(table->account, ACCOUNT_SLOTS, 1);
        if (entry != SLOT_BARE)
            handle_drop(handle_by_index(entry));
    }
    return true;
}

/* Gives up a reference on a table, with the last one leaf by leaf all that is in it; false:
 * there is more. */
static bool table_release(struct slot_table *table, uint32_t *units)
{
    if (table->references > 1) {
        table->references--;
        return true;
    }
    while (table->emptied < table->leaf_count) {
        struct slot_leaf *leaf = table->leaves[table->emptied];

        if (!leaf_empty(table, leaf, units) || reap_take(units, LEAF_UNITS) == 0)
            return false;
        leaf_free(table, leaf);
        table->emptied++;
    }
    table_free(table);
    return true;
}

/* Which of a table's slots an address is of, counting through the leaves; UINT64_MAX: of none. */
static uint64_t number_of(const struct slot_table *table, cell_cap_t where)
{
    uint64_t region = where >> CSPACE_INDEX_BITS, index = where & ((UINT64_C(1) << CSPACE_INDEX_BITS) - 1);

    if (region == table->region)
        return is_root(table, (uint32_t)(index >> LEAF_INDEX_BITS)) ? UINT64_MAX : index;
    return table->region == CSPACE_PRIVATE && index == 0 && region >= CSPACE_FIRST_EDGE && region < CSPACE_PRIVATE
               ? region
               : UINT64_MAX;
}

static struct slot slot_at(const struct slot_table *table, cell_cap_t where)
{
    uint64_t number = number_of(table, where), leaf = number >> LEAF_INDEX_BITS;

    return (struct slot){leaf < table->leaf_count ? table->leaves[leaf] : NULL, number % LEAF_ENTRIES};
}

/* The one that was asked for, once. */
static struct slot slot_wanted(struct slot_table *table)
{
    struct slot slot = slot_at(table, table->wanted);

    table->wanted = 0;
    return slot;
}

cell_error_t table_find_slot(struct slot_table *table, struct slot *slot)
{
    cell_error_t error = list_empty(&table->with_room) ? leaf_add(table) : CELL_OK;

    if (error == CELL_OK)
        *slot = table->wanted == 0 ? slot_empty(table) : slot_wanted(table);
    return error;
}

cell_error_t table_want(struct slot_table *table, cell_cap_t where, unsigned most)
{
    struct slot slot;

    while ((slot = slot_at(table, where)).leaf == NULL) {
        if (most-- == 0)
            return CELL_AGAIN;
        cell_error_t error = leaf_add(table);

        if (error != CELL_OK)
            return error;
    }
    if (slot.leaf->entries[slot.number] != SLOT_EMPTY)
        return CELL_EXISTS;
    table->wanted = where;
    return CELL_OK;
}

cell_error_t table_put(struct slot_table *table, slot_t from, unsigned rights, uint64_t badge,
                       cell_cap_t *where)
{
    return table_put_entry(table, from, rights, badge, SLOT_BARE, where);
}

/* Leaves that go with one slot, at most, and units of work of one. */
#define SHRINK_MOST 4u
#define SHRINK_UNITS 4u

/* Can the last leaf go? It is empty, and so is the one before: a table that once was large does not
 * stay so, and one at the edge of a leaf does not make it again and again. */
static bool can_shrink(const struct slot_table *table)
{
    uint32_t count = table->leaf_count;

    return table->emptied == 0 && count > 2 && table->leaves[count - 1]->empty == ALL_EMPTY &&
           table->leaves[count - 2]->empty == ALL_EMPTY;
}

static void shrink(struct slot_table *table)
{
    struct slot_leaf *leaf = table->leaves[--table->leaf_count];

    list_remove(&leaf->list);
    leaf_free(table, leaf);
}

bool table_trim(struct slot_table *table, uint32_t *units)
{
    for (; can_shrink(table); shrink(table))
        if (reap_take(units, SHRINK_UNITS) == 0)
            return false;
    return true;
}

void table_remove(struct slot_table *table, cell_cap_t where)
{
    struct slot slot = slot_at(table, where);
    struct slot_leaf *leaf = slot.leaf;

    must(kernel_delete_in(object_cnode(&leaf->cnode), slot.number), "cspace: delete");
    if (leaf->empty == 0)
        list_insert(&table->with_room, &leaf->list);
    leaf->empty |= 1u << slot.number;
    leaf->entries[slot.number] = SLOT_EMPTY;
    table->used--;
    account_refund(table->account, ACCOUNT_SLOTS, 1);
    if (leaf->empty == leaf->all)
        table_note_in_use(table, leaf, false);
    for (unsigned i = 0; i < SHRINK_MOST && can_shrink(table); i++)
        shrink(table);
}

void table_replace(struct slot_table *table, cell_cap_t where, slot_t from, unsigned rights, uint64_t badge)
{
    struct slot slot = slot_at(table, where);
    struct cnode cnode = object_cnode(&slot.leaf->cnode);

    must(kernel_delete_in(cnode, slot.number), "cspace: replace");
    must(kernel_mint(cnode, slot.number, from, rights, badge), "cspace: replace");
}

uint32_t table_entry(const struct slot_table *table, cell_cap_t where)
{
    struct slot slot = slot_at(table, where);

    return slot.leaf == NULL ? SLOT_EMPTY : slot.leaf->entries[slot.number];
}

static void walk_leaf(struct table_walk *walk, uint32_t number, uint32_t from)
{
    walk->leaf = number < walk->table->leaf_count ? walk->table->leaves[number] : NULL;
    walk->left = walk->leaf == NULL ? 0 : walk->leaf->all & ~walk->leaf->empty & UINT32_MAX << from;
}

struct table_walk table_walk_from(const struct slot_table *table, cell_cap_t where)
{
    uint64_t index = where == 0 ? 0 : number_of(table, where) + 1;
    struct table_walk walk = {.table = table};

    walk_leaf(&walk, (uint32_t)(index / LEAF_ENTRIES), index % LEAF_ENTRIES);
    return walk;
}

bool table_walk_on(struct table_walk *walk)
{
    while (walk->leaf != NULL && walk->left == 0)
        walk_leaf(walk, next_in_use(walk->table, walk->leaf->number + 1), 0);
    return walk->leaf != NULL;
}

uint32_t table_next(const struct slot_table *table, cell_cap_t *where)
{
    struct table_walk walk = table_walk_from(table, *where);

    return table_walk(&walk, where);
}

/* ---- CSpaces --------------------------------------------------------- */

static cell_error_t link_table(struct cspace *cspace, struct slot_table *table, struct cspace_link *link)
{
    link->cspace = cspace;
    list_append(&table->users, &link->list);
    return link_top(table, cspace);
}

cell_error_t cspace_create(struct cspace *cspace, struct pd *pd, struct account *account,
                           struct slot_table *common)
{
    *cspace = (struct cspace){.pd = pd, .account = account, .common = common};
    if (common != NULL)
        common->references++;
    cell_error_t error = cnode_create(account, CSPACE_DIRECT_BITS, &cspace->root.cnode);

    if (error == CELL_OK)
        error = table_create(pd, account, CSPACE_PRIVATE, &cspace->root, &cspace->private);
    if (error == CELL_OK && common == NULL)
        error = table_create(pd, account, CSPACE_COMMON, NULL, &cspace->common);
    if (error != CELL_OK) {
        uint32_t all = UINT32_MAX;

        if (cspace->private != NULL)
            table_release(cspace->private, &all);
        else
            cnode_destroy(account, &cspace->root.cnode);
        if (cspace->common != NULL)
            table_release(cspace->common, &all);
        *cspace = (struct cspace){0};
        return error;
    }
    account_refer(account);
    error = link_table(cspace, cspace->private, &cspace->private_link);
    cell_error_t second = link_table(cspace, cspace->common, &cspace->common_link);

    error = error == CELL_OK ? second : error;
    if (error != CELL_OK)
        cspace_destroy(cspace, &(uint32_t){UINT32_MAX});
    return error;
}

static void drop_direct(struct cspace *cspace)
{
    for (unsigned i = 0; i < CSPACE_FIRST_EDGE; i++) {
        uint32_t entry = cspace->direct[i];

        cspace->direct[i] = SLOT_EMPTY;
        if (entry != SLOT_EMPTY)
            account_refund(cspace->account, ACCOUNT_SLOTS, 1);
        if (entry != SLOT_EMPTY && entry != SLOT_BARE)
            handle_drop(handle_by_index(entry));
    }
}

bool cspace_destroy(struct cspace *cspace, uint32_t *units)
{
    struct account *account = cspace->account;

    if (cspace->private_link.cspace != NULL) {
        drop_direct(cspace);
        cspace->private_link.cspace = NULL;
        list_remove(&cspace->private_link.list);
        list_remove(&cspace->common_link.list);
        if (cspace->common->pd == cspace->pd)
            cspace->common->pd = NULL;
    }
    if (cspace->private != NULL && !table_release(cspace->private, units))
        return false;
    cspace->private = NULL;
    if (cspace->common != NULL && !table_release(cspace->common, units))
        return false;
    *cspace = (struct cspace){0};
    account_release(account);
    return true;
}

cell_error_t cspace_put_entry(struct cspace *cspace, unsigned slot, slot_t from, unsigned rights,
                              uint64_t badge, uint32_t entry)
{
    cell_error_t error = account_charge(cspace->account, ACCOUNT_SLOTS, 1);

    if (error != CELL_OK)
        return error;
    error = kernel_refused(kernel_mint(cspace_root(cspace), slot, from, rights, badge));
    if (error == CELL_OK)
        cspace->direct[slot] = entry;
    else
        account_refund(cspace->account, ACCOUNT_SLOTS, 1);
    return error;
}

cell_error_t cspace_put_direct(struct cspace *cspace, unsigned slot, slot_t from, unsigned rights,
                               uint64_t badge)
{
    return cspace_put_entry(cspace, slot, from, rights, badge, SLOT_BARE);
}

void cspace_remove_direct(struct cspace *cspace, unsigned slot)
{
    must(kernel_delete_in(cspace_root(cspace), slot), "cspace: delete a direct slot");
    cspace->direct[slot] = SLOT_EMPTY;
    account_refund(cspace->account, ACCOUNT_SLOTS, 1);
}

uint32_t cspace_entry(const struct cspace *cspace, cell_cap_t where)
{
    uint64_t region = where >> CSPACE_INDEX_BITS;

    if (region == CSPACE_COMMON)
        return table_entry(cspace->common, where);
    if (region >= CSPACE_FIRST_EDGE)
        return table_entry(cspace->private, where);
    return where == CSPACE_DIRECT(region) ? cspace->direct[region] : SLOT_EMPTY;
}
