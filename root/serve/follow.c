/* SPDX-License-Identifier: BSD-2-Clause */
/* root/serve/follow.c: see follow.h. */
#include "root/serve/follow.h"

#include "root/core/follow.h"
#include "root/core/pd.h"
#include "root/loop/piece.h"
#include "root/serve/serve.h"

struct following {
    struct piece piece;
    struct spread spread; /* group NULL: all have followed */
    struct vmr *vmr;      /* what was attached; referred to; NULL: something is removed, or mapped */
};

static struct following *following_of(struct piece *piece)
{
    return CONTAINER(piece, struct following, piece);
}

/* Units of work of a region of few pages: the next request must not find one that is about to go. */
#define DROP_UNITS 20u

static void drop_region(struct vmr *vmr)
{
    if (vmr->ads != NULL && !ads_remove_some(vmr, &(uint32_t){DROP_UNITS}))
        ads_remove_later(vmr);
    object_release(&vmr->object);
}

static void undo_following(struct piece *piece)
{
    struct following *following = following_of(piece);

    if (following->spread.group != NULL)
        spread_undo(&following->spread);
    if (following->vmr != NULL)
        drop_region(following->vmr);
}

static struct following *find(const struct request *request)
{
    struct piece *piece =
        request->caller == NULL || list_empty(&request->caller->pieces) ? NULL : piece_find(request, undo_following);

    return piece == NULL ? NULL : following_of(piece);
}

/* ---- Attaching ------------------------------------------------------- */

static cell_error_t go_on(struct following *following, uint64_t *start)
{
    cell_error_t error = spread_go_on(&following->spread, &reap_left);

    if (error == CELL_AGAIN)
        return piece_again(&following->piece);
    if (following->vmr != NULL && error == CELL_OK && following->vmr->ads == NULL)
        error = CELL_GONE;
    if (following->vmr != NULL && error == CELL_OK) {
        *start = following->vmr->start;
        object_release(&following->vmr->object);
    } else if (following->vmr != NULL) {
        drop_region(following->vmr);
    }
    piece_end(&following->piece);
    return error;
}

cell_error_t follow_go_on(const struct request *request, uint64_t *start, bool *all)
{
    struct following *following = find(request);

    *all = following != NULL && following->spread.maps;
    return following == NULL ? CELL_NOT_FOUND : go_on(following, start);
}

cell_error_t follow_attach(const struct request *request, struct account *account, struct vmr *vmr)
{
    struct follow_group *group = follow_attached(vmr);
    uint64_t start;
    struct piece *piece;

    if (group == NULL)
        return CELL_OK;
    cell_error_t error = piece_begin(request, sizeof(struct following), undo_following, &piece);

    object_refer(&vmr->object);
    if (error != CELL_OK) {
        drop_region(vmr);
        return error;
    }
    struct following *following = following_of(piece);

    following->vmr = vmr;
    error = spread_attach(&following->spread, group, account, vmr);
    if (error == CELL_OK)
        return go_on(following, &start);
    drop_region(vmr);
    piece_end(piece);
    return error;
}

cell_error_t follow_commit(const struct request *request, const struct ads *ads, uint64_t from, uint64_t to)
{
    struct follow_group *group = follow_heap(ads);
    struct piece *piece;

    if (group == NULL)
        return CELL_OK;
    cell_error_t error = piece_begin(request, sizeof(struct following), undo_following, &piece);

    if (error != CELL_OK)
        return error;
    error = spread_map(&following_of(piece)->spread, group, serve_account(request), ads, from, to);
    if (error == CELL_OK)
        return go_on(following_of(piece), &(uint64_t){0});
    piece_end(piece);
    return error;
}

/* ---- Removing -------------------------------------------------------- */

static cell_error_t begin_removal(const struct request *request, const struct ads *ads, uint64_t from, uint64_t to,
                                  struct following **made)
{
    struct follow_group *group = follow_removed(ads, from, to);
    struct piece *piece;

    *made = NULL;
    if (group == NULL)
        return CELL_OK;
    cell_error_t error = piece_begin(request, sizeof **made, undo_following, &piece);

    if (error != CELL_OK)
        return error;
    *made = following_of(piece);
    error = spread_remove(&(*made)->spread, group, serve_account(request), ads, from, to);
    if (error != CELL_OK)
        piece_end(piece);
    return error;
}

cell_error_t follow_remove(const struct request *request, const struct ads *ads, uint64_t from, uint64_t to)
{
    struct following *following = list_empty(&ads->follows) ? NULL : find(request);
    cell_error_t error = CELL_OK;

    if (list_empty(&ads->follows))
        return CELL_OK;
    if (following == NULL)
        error = begin_removal(request, ads, from, to, &following);
    if (error != CELL_OK || following == NULL || following->spread.group == NULL)
        return error;
    error = spread_go_on(&following->spread, &reap_left);
    if (error == CELL_AGAIN)
        return piece_again(&following->piece);
    if (error != CELL_OK)
        piece_end(&following->piece);
    return error;
}

cell_error_t follow_remove_end(const struct request *request, cell_error_t error)
{
    struct following *following = find(request);

    if (following == NULL)
        return error;
    if (error == CELL_AGAIN)
        return piece_again(&following->piece);
    piece_end(&following->piece);
    return error;
}
