/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/follow.c: see follow.h. Bottom-up: groups, members, a change, one that is taken back. */
#include "root/core/follow.h"

#include "root/core/mapping.h"
#include "root/core/parts.h"
#include "root/memory/heap.h"

/* ---- Groups ---------------------------------------------------------- */

/* Pages that the range of a heap has at most. */
#define HEAP_RANGE (UINT64_C(1) << 16)

static struct follow *follow_of(struct list *of_group)
{
    return CONTAINER(of_group, struct follow, of_group);
}

/* The membership of an address space in a group of a kind; NULL: it has none. */
static struct follow *find(const struct ads *ads, unsigned kind)
{
    LIST_EACH (entry, &ads->follows) {
        struct follow *follow = CONTAINER(entry, struct follow, of_ads);

        if (follow->group->kind == kind)
            return follow;
    }
    return NULL;
}

static void group_release(struct follow_group *group)
{
    if (--group->references == 0)
        heap_free(group, sizeof *group);
}

/* From the region up to the next that is not of its kind; what has its size for good has no range beyond it. */
static void choose_range(struct follow_group *group, const struct ads *owner, const struct vmr *vmr)
{
    const struct vmr *last = vmr, *next = vmr;

    while (next != NULL && next->kind == vmr->kind) {
        last = next;
        next = ads_next(owner, last->start + 1);
    }
    group->start = vmr->start;
    group->end = vmr_end(last);
    if (vmr->kind != CELL_REGION_HEAP)
        return;
    group->end = next == NULL ? ADS_HIGHEST : next->region.start;
    if (owner->place > vmr->start && group->end > owner->place)
        group->end = owner->place;
    if (group->end > vmr_end(last) + HEAP_RANGE * PAGE_SIZE)
        group->end = vmr_end(last) + HEAP_RANGE * PAGE_SIZE;
}

/* ---- Members --------------------------------------------------------- */

#define FOLLOW_OBJECTS (RECORD_OBJECTS(sizeof(struct follow)))

static cell_error_t enter(struct account *account, struct follow_group *group, struct ads *ads, unsigned rights)
{
    cell_error_t error = account_charge(account, ACCOUNT_OBJECTS, FOLLOW_OBJECTS);

    if (error != CELL_OK)
        return error;
    struct follow *follow = heap_allocate(sizeof *follow);

    if (follow == NULL) {
        account_refund(account, ACCOUNT_OBJECTS, FOLLOW_OBJECTS);
        return CELL_NO_MEMORY;
    }
    *follow = (struct follow){.group = group, .ads = ads, .account = account, .rights = (uint8_t)rights};
    account_refer(account);
    list_append(&group->members, &follow->of_group);
    list_append(&ads->follows, &follow->of_ads);
    group->references++;
    group->count++;
    return CELL_OK;
}

static void drop(struct follow *follow)
{
    struct follow_group *group = follow->group;

    if (group->owner == follow->ads)
        group->owner = NULL;
    list_remove(&follow->of_group);
    list_remove(&follow->of_ads);
    account_refund(follow->account, ACCOUNT_OBJECTS, FOLLOW_OBJECTS);
    account_release(follow->account);
    heap_free(follow, sizeof *follow);
    group->count--;
    group_release(group);
}

/* The last one has nobody to share with. */
static void drop_last(struct follow_group *group)
{
    if (group->count == 1)
        drop(follow_of(group->members.next));
}

static void leave(struct follow *follow)
{
    struct follow_group *group = follow->group;

    group->references++;
    drop(follow);
    drop_last(group);
    group_release(group);
}

void follow_leave(struct ads *ads)
{
    while (!list_empty(&ads->follows))
        leave(CONTAINER(ads->follows.next, struct follow, of_ads));
}

/* A group with the owner alone in it, for now. */
static cell_error_t group_create(struct account *account, struct ads *owner, const struct vmr *vmr, struct follow_group **made)
{
    struct follow_group *group = heap_allocate(sizeof *group);

    if (group == NULL)
        return CELL_NO_MEMORY;
    *group = (struct follow_group){.references = 1, .kind = vmr->kind, .owner = owner};
    list_init(&group->members);
    choose_range(group, owner, vmr);
    cell_error_t error = enter(account, group, owner, vmr->rights);

    group_release(group);
    if (error == CELL_OK)
        *made = group;
    return error;
}

cell_error_t follow_join(struct account *account, struct ads *owner, struct ads *ads, const struct vmr *vmr, unsigned rights)
{
    struct follow *known = find(owner, vmr->kind);
    struct follow_group *group = known == NULL ? NULL : known->group;

    if (group != NULL && group->changing)
        return CELL_BUSY;
    if (find(ads, vmr->kind) != NULL)
        return CELL_OK;
    cell_error_t error = group != NULL ? CELL_OK : group_create(account, owner, vmr, &group);

    if (error != CELL_OK)
        return error;
    /* What follows through another member has no more rights than that: it may have shared regions that are not the group's. */
    if (known != NULL && group->owner != owner)
        rights &= known->rights;
    error = enter(account, group, ads, rights);
    if (error != CELL_OK)
        drop_last(group);
    return error;
}

/* Do others follow when it attaches something? */
static bool leads(const struct follow *follow)
{
    return follow->group->owner == follow->ads || (follow->rights & CM_WRITE) != 0;
}

struct follow_group *follow_attached(const struct vmr *vmr)
{
    const struct follow *follow = find(vmr->ads, vmr->kind);

    if (follow == NULL || vmr->start < follow->group->start || vmr_end(vmr) > follow->group->end)
        return NULL;
    return leads(follow) ? follow->group : NULL;
}

struct follow_group *follow_removed(const struct ads *ads, uint64_t from, uint64_t to)
{
    LIST_EACH (entry, &ads->follows) {
        struct follow_group *group = CONTAINER(entry, struct follow, of_ads)->group;

        if (group->owner == ads && from < group->end && to > group->start)
            return group;
    }
    return NULL;
}

struct follow_group *follow_heap(const struct ads *ads)
{
    const struct follow *follow = find(ads, CELL_REGION_HEAP);

    return follow == NULL ? NULL : follow->group;
}

uint64_t follow_heap_end(const struct ads *ads)
{
    const struct follow *follow = find(ads, CELL_REGION_HEAP);

    return follow == NULL ? UINT64_MAX : leads(follow) ? follow->group->end
                                                       : follow->group->start;
}

/* ---- A change -------------------------------------------------------- */

static cell_error_t begin(struct spread *spread, const struct spread *change)
{
    struct follow_group *group = change->group;

    if (group->changing)
        return CELL_BUSY;
    *spread = *change;
    spread->left = group->count;
    group->changing = true;
    group->references++;
    account_refer(spread->account);
    if (spread->mo != NULL)
        object_refer(&spread->mo->object);
    return CELL_OK;
}

cell_error_t spread_attach(struct spread *spread, struct follow_group *group, struct account *account, const struct vmr *vmr)
{
    return begin(spread, &(struct spread){.group = group,
                                          .leader = vmr->ads,
                                          .account = account,
                                          .mo = vmr->mo,
                                          .first = vmr->first,
                                          .from = vmr->start,
                                          .to = vmr_end(vmr),
                                          .rights = vmr->rights});
}

cell_error_t spread_remove(struct spread *spread, struct follow_group *group, struct account *account, const struct ads *leader,
                           uint64_t from, uint64_t to)
{
    return begin(spread, &(struct spread){.group = group,
                                          .leader = leader,
                                          .account = account,
                                          .from = from > group->start ? from : group->start,
                                          .to = to < group->end ? to : group->end});
}

cell_error_t spread_map(struct spread *spread, struct follow_group *group, struct account *account, const struct ads *leader,
                        uint64_t from, uint64_t to)
{
    return begin(spread, &(struct spread){.group = group, .leader = leader, .account = account, .maps = true, .from = from, .to = to});
}

static void end(struct spread *spread)
{
    if (spread->mo != NULL)
        object_release(&spread->mo->object);
    account_release(spread->account);
    spread->group->changing = false;
    group_release(spread->group);
    spread->group = NULL;
}

static cell_error_t attach(const struct spread *spread, const struct follow *follow)
{
    const struct attach attach = {spread->mo, spread->first, (spread->to - spread->from) / PAGE_SIZE, spread->from, 0,
                                  (enum cell_region)spread->group->kind, spread->rights & follow->rights,
                                  ATTACH_MAY_FAULT | ATTACH_ON_TOUCH};
    struct vmr *vmr = ads_find(follow->ads, spread->from);

    /* It has followed already: somebody else has left. */
    if (vmr != NULL && vmr->followed && vmr->mo == spread->mo && vmr_page(vmr, spread->from) == spread->first)
        return CELL_OK;
    cell_error_t error = ads_attach_part(spread->account, follow->ads, &attach, &vmr);

    if (error == CELL_OK)
        vmr->followed = true;
    return error;
}

/* Maps what is present in a range, whatever region that is in. */
static cell_error_t map(const struct ads *ads, uint64_t from, uint64_t to)
{
    cell_error_t error = CELL_OK;

    while (error == CELL_OK && from < to) {
        struct vmr *vmr = ads_find(ads, from);

        if (vmr == NULL || vmr->start > from)
            return CELL_OK;
        uint64_t end = to < vmr_end(vmr) ? to : vmr_end(vmr);

        if (vmr->mo != NULL && vmr->unmapped == 0)
            error = mapping_map(vmr, (from - vmr->start) / PAGE_SIZE, (end - from) / PAGE_SIZE);
        from = end;
    }
    return error;
}

/* Units of work of a member that is visited, and of a region that it gets. */
#define VISIT_UNITS 1u
#define ATTACH_UNITS 8u

static cell_error_t visit(const struct spread *spread, const struct follow *follow, uint32_t *units)
{
    if (follow->ads == spread->leader)
        return CELL_OK;
    if (spread->maps) {
        reap_take(units, (spread->to - spread->from) / PAGE_SIZE);
        return map(follow->ads, spread->from, spread->to);
    }
    if (spread->mo == NULL)
        return ads_remove_followed(spread->account, follow->ads, spread->from, spread->to, NULL, units);
    reap_take(units, ATTACH_UNITS);
    return attach(spread, follow);
}

/* The first member is the last from now on. */
static void turn(struct follow_group *group)
{
    struct list *first = group->members.next;

    list_remove(first);
    list_append(&group->members, first);
}

cell_error_t spread_go_on(struct spread *spread, uint32_t *units)
{
    struct follow_group *group = spread->group;
    cell_error_t error = CELL_OK;

    while (error == CELL_OK && spread->left != 0 && !list_empty(&group->members)) {
        if (reap_take(units, VISIT_UNITS) == 0)
            return CELL_AGAIN;
        error = visit(spread, follow_of(group->members.next), units);
        if (error == CELL_AGAIN)
            return error;
        if (error == CELL_OK) {
            turn(group);
            spread->left--;
            spread->done++;
        }
    }
    if (error == CELL_OK)
        end(spread);
    else
        spread_undo(spread);
    return error;
}

/* ---- One that is taken back ------------------------------------------ */

struct taking {
    struct reap reap;
    struct spread spread;
};

/* Takes it from those that were visited, which are the last of the list. */
static bool take_back(struct spread *spread, uint32_t *units)
{
    struct follow_group *group = spread->group;

    for (; spread->done != 0 && !list_empty(&group->members); spread->done--) {
        struct list *last = group->members.previous;

        if (reap_take(units, VISIT_UNITS) == 0 ||
            ads_remove_followed(spread->account, follow_of(last)->ads, spread->from, spread->to, spread->mo, units) == CELL_AGAIN)
            return false;
        list_remove(last);
        list_insert(&group->members, last);
    }
    end(spread);
    return true;
}

static bool reap_taking(struct reap *reap)
{
    struct taking *taking = CONTAINER(reap, struct taking, reap);

    if (!take_back(&taking->spread, &reap_left))
        return false;
    heap_free(taking, sizeof *taking);
    return true;
}

void spread_undo(struct spread *spread)
{
    struct taking *taking = NULL;

    if (spread->mo == NULL)
        spread->done = 0; /* what is removed, or mapped, stays so */
    if (!take_back(spread, &reap_left))
        taking = heap_allocate(sizeof *taking);
    if (spread->group == NULL)
        return;
    if (taking == NULL) {
        take_back(spread, &(uint32_t){UINT32_MAX});
        return;
    }
    taking->spread = *spread;
    spread->group = NULL;
    reap_later(&taking->reap, taking->spread.account, reap_taking);
}
