/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/ads.c: requests about address spaces (idl/ads.idl): the one that the caller runs in, or one that it has
 * a handle of.
 */
#include <cell/idl/ads_server.h>

#include "root/core/gift.h"
#include "root/core/parts.h"
#include "root/core/pd.h"
#include "root/loop/piece.h"
#include "root/serve/follow.h"
#include "root/serve/serve.h"

/* The address space that a request names first: CSPACE_SELF is the one that the caller runs in. */
static struct ads *target(const struct request *request)
{
    const struct handle *handle = request->named[0];

    return handle->kind == HANDLE_SELF ? pd_ads(request->caller) : ads_of(handle->object);
}

cell_error_t ads_create_serve(void *context, const struct ads_create_in *in,
                              struct ads_create_out *out)
{
    struct request *request = context;
    struct ads *ads;
    cell_error_t error = ads_create(serve_account(request), &ads);

    (void)in;
    return error != CELL_OK ? error : serve_new_handle(request, &ads->object, TYPE_ADS, &out->ads);
}

/* ---- Attaching ------------------------------------------------------- */

/* Many pages: the region is there from the first piece on. */
struct attachment {
    struct piece piece;
    struct vmr *vmr;     /* referred to */
    bool whole, at_once; /* pages that are missing are made, those that are there mapped */
    bool may_fault;      /* what it is to be at the end */
    uint8_t allowed;     /* by the handle that the first piece was asked with */
    uint64_t made, done; /* pages that are present, and mapped */
};

/* Pages of a piece, mapped by the frames' own capabilities or by copies. */
static uint64_t piece_pages(bool own)
{
    return own ? 128 : 64;
}

static bool is_there(const struct vmr *vmr)
{
    return vmr->ads != NULL && vmr->unmapped == 0;
}

/* What the rights of the region can become: those of the handle. */
static uint8_t allowed_by(const struct request *request)
{
    return request->named[1]->rights & (CM_READ | CM_WRITE | CM_EXECUTE);
}

static void undo_attachment(struct piece *piece)
{
    struct attachment *attachment = CONTAINER(piece, struct attachment, piece);

    if (attachment->vmr->ads != NULL)
        ads_remove_later(attachment->vmr);
    object_release(&attachment->vmr->object);
}

/* Who pays for a region: with ATTACH_FOR_GIVER the client that gave the memory object to the caller, but for one region of it
 * only, so that a server cannot use up what a client has. CELL_EXISTS. */
static cell_error_t find_payer(const struct request *request, unsigned flags, struct account **payer)
{
    const struct handle *handle = request->named[1];

    *payer = pd_account(request->caller);
    if ((flags & ATTACH_FOR_GIVER) == 0 || handle->use != HANDLE_IS_GIFT)
        return CELL_OK;
    *payer = handle->gift->giver->account;
    LIST_EACH(entry, &mo_of(handle->object)->vmrs) {
        const struct vmr *vmr = CONTAINER(entry, struct vmr, of_mo);

        if (vmr->ads == target(request) && vmr->object.account == *payer)
            return CELL_EXISTS;
    }
    return CELL_OK;
}

static cell_error_t begin_attachment(struct request *request, struct account *payer, struct attach attach,
                                     struct attachment **made)
{
    uint64_t missing = ads_missing(payer, attach.mo, attach.pages, attach.flags);
    struct piece *piece;

    if (missing > ATTACH_MISSING)
        return CELL_TOO_LARGE;
    cell_error_t error = piece_begin(request, sizeof **made, undo_attachment, &piece);

    if (error != CELL_OK)
        return error;
    *made = CONTAINER(piece, struct attachment, piece);
    (*made)->whole = missing != 0;
    (*made)->at_once = (attach.flags & ATTACH_ON_TOUCH) == 0;
    (*made)->may_fault = (attach.flags & ATTACH_MAY_FAULT) != 0;
    (*made)->allowed = allowed_by(request);
    attach.flags |= ATTACH_ON_TOUCH | ATTACH_MAY_FAULT;
    error = ads_attach_part(payer, target(request), &attach, &(*made)->vmr);
    if (error == CELL_OK) {
        (*made)->vmr->filling = true;
        object_refer(&(*made)->vmr->object);
    } else {
        piece_end(piece);
    }
    return error;
}

static cell_error_t fill_or_map(struct attachment *attachment)
{
    struct vmr *vmr = attachment->vmr;
    uint64_t left = vmr->pages - attachment->made;
    cell_error_t error;

    if (attachment->whole && left != 0) {
        uint64_t part = left < PIECE_PAGES ? left : PIECE_PAGES;

        if (!mo_zeroed(vmr->mo, vmr->first + attachment->made))
            return CELL_AGAIN;
        error = mo_populate(vmr->mo, vmr->first + attachment->made, part);
        attachment->made += part;
        return error == CELL_OK ? CELL_AGAIN : error;
    }
    if (!attachment->at_once)
        return CELL_OK;
    error = ads_map(vmr, &attachment->done, piece_pages(vmr->own) << vmr->mo->order);
    return error == CELL_OK && attachment->done < vmr->pages ? CELL_AGAIN : error;
}

static cell_error_t go_on(struct attachment *attachment, uint64_t *start)
{
    struct vmr *vmr = attachment->vmr;
    cell_error_t error = is_there(vmr) ? fill_or_map(attachment) : CELL_GONE;

    if (error == CELL_AGAIN)
        return piece_again(&attachment->piece);
    if (error == CELL_OK) {
        vmr->filling = false;
        if (!attachment->may_fault)
            ads_steady(vmr);
        vmr->allowed = attachment->allowed;
        *start = vmr->start;
        object_release(&vmr->object);
    } else {
        undo_attachment(&attachment->piece);
    }
    piece_end(&attachment->piece);
    return error;
}

static __attribute__((noinline)) cell_error_t attach_many(struct request *request, struct account *payer,
                                                          const struct attach *attach, uint64_t *start)
{
    struct attachment *attachment;
    cell_error_t error = begin_attachment(request, payer, *attach, &attachment);

    return error == CELL_OK ? go_on(attachment, start) : error;
}

/* Are there more pages to be mapped, or to be made, than go at once? */
static bool is_large(const struct account *payer, const struct attach *attach)
{
    const struct mo *mo = attach->mo;
    uint64_t present = (mo->present < attach->pages ? mo->present : attach->pages) >> mo->order;

    if (attach->pages <= PIECE_PAGES / 2)
        return false;
    return ((attach->flags & ATTACH_ON_TOUCH) == 0 &&
            present > piece_pages(mo->owners == 0 && (mo->flags & MO_FOREIGN) == 0)) ||
           ads_missing(payer, mo, attach->pages, attach->flags) > PIECE_PAGES / 2;
}

static cell_error_t attach_alone(struct request *request, struct ads *ads, const struct attach *attach, uint64_t *start)
{
    struct piece *piece = list_empty(&request->caller->pieces) ? NULL : piece_find(request, undo_attachment);
    struct account *payer;
    struct vmr *vmr;

    /* Also when the last piece has left nothing to be made. */
    if (piece != NULL)
        return go_on(CONTAINER(piece, struct attachment, piece), start);
    cell_error_t error = find_payer(request, attach->flags, &payer);

    if (error != CELL_OK)
        return error;
    if (is_large(payer, attach))
        return attach_many(request, payer, attach, start);
    error = ads_attach_part(payer, ads, attach, &vmr);
    if (error != CELL_OK)
        return error;
    vmr->allowed = allowed_by(request);
    *start = vmr->start;
    return CELL_OK;
}

/* Where others share regions of that kind there, they get it, too. */
static cell_error_t attach(struct request *request, const struct attach *attach, uint64_t *start)
{
    struct ads *ads = target(request);
    bool alone = list_empty(&ads->follows);
    cell_error_t error = alone ? CELL_NOT_FOUND : follow_go_on(request, start, &(bool){false});

    if (error != CELL_NOT_FOUND)
        return error;
    error = attach_alone(request, ads, attach, start);
    return error != CELL_OK || alone ? error : follow_attach(request, serve_account(request), ads_find(ads, *start));
}

cell_error_t ads_attach_serve(void *context, const struct ads_attach_in *in,
                              struct ads_attach_out *out)
{
    struct request *request = context;
    struct mo *mo = mo_of(request->named[1]->object);
    const struct attach whole = {mo, 0, mo->pages, in->address, 0,
                                 (enum cell_region)in->kind, (unsigned)in->rights, (unsigned)in->flags};

    return attach(request, &whole, &out->start);
}

cell_error_t ads_attach_part_serve(void *context, const struct ads_attach_part_in *in,
                                   struct ads_attach_part_out *out)
{
    struct request *request = context;
    const struct attach part = {mo_of(request->named[1]->object), in->first, in->pages, in->address, in->end,
                                (enum cell_region)in->kind, (unsigned)in->rights, (unsigned)in->flags};
    cell_error_t error = attach(request, &part, &out->start);

    if (error == CELL_OK)
        ads_join(ads_find(target(request), out->start));
    return error;
}

/* ---- Ranges ---------------------------------------------------------- */

/* A range of which no end is within a large page. */
static bool is_divisible(const struct ads *ads, uint64_t address, uint64_t pages)
{
    return ads_is_range(address, pages) && !ads_cuts_page(ads, address) && !ads_cuts_page(ads, address + pages * PAGE_SIZE);
}

cell_error_t ads_remove_part_serve(void *context, const struct ads_remove_part_in *in,
                                   struct ads_remove_part_out *out)
{
    const struct request *request = context;

    (void)out;
    if (!is_divisible(target(request), in->address, in->pages))
        return CELL_BAD_ARGUMENT;
    uint64_t end = in->address + in->pages * PAGE_SIZE;
    cell_error_t error = follow_remove(request, target(request), in->address, end);

    if (error != CELL_OK)
        return error;
    error = ads_remove_range(serve_account(request), target(request), in->address, end, &reap_left);
    return follow_remove_end(request, error);
}

cell_error_t ads_change_rights_serve(void *context, const struct ads_change_rights_in *in,
                                     struct ads_change_rights_out *out)
{
    const struct request *request = context;
    struct progress progress = progress_of(request, (struct progress){.from = in->address});

    (void)out;
    if (!is_divisible(target(request), in->address, in->pages) || (in->rights != 0 && (in->rights & CM_READ) == 0))
        return CELL_BAD_ARGUMENT;
    cell_error_t error = ads_change_rights(serve_account(request), target(request), &progress.from,
                                           in->address + in->pages * PAGE_SIZE, (unsigned)in->rights, &reap_left);

    return progress_note(request, &progress, error);
}

cell_error_t ads_move_serve(void *context, const struct ads_move_in *in, struct ads_move_out *out)
{
    const struct request *request = context;
    struct progress progress = progress_of(request, (struct progress){.from = in->address, .there = in->to});

    (void)out;
    if (!is_divisible(target(request), in->address, in->pages) || !ads_is_range(in->to, in->pages) || in->to < ADS_LOWEST)
        return CELL_BAD_ARGUMENT;
    cell_error_t error = ads_move(serve_account(request), target(request), &progress.from,
                                  in->address + in->pages * PAGE_SIZE, &progress.there, &reap_left);

    return progress_note(request, &progress, error);
}

/* ---- The others ------------------------------------------------------ */

cell_error_t ads_reserve_serve(void *context, const struct ads_reserve_in *in,
                               struct ads_reserve_out *out)
{
    const struct request *request = context;
    struct vmr *vmr;
    cell_error_t error = ads_reserve(serve_account(request), target(request), in->address, in->pages,
                                     (enum cell_region)in->kind, &vmr);

    if (error == CELL_OK)
        out->start = vmr->start;
    return error;
}

cell_error_t ads_remove_serve(void *context, const struct ads_remove_in *in,
                              struct ads_remove_out *out)
{
    const struct request *request = context;
    struct vmr *vmr = ads_find(target(request), in->address);

    (void)out;
    if (vmr == NULL)
        return CELL_NOT_FOUND;
    cell_error_t error = follow_remove(request, target(request), vmr->start, vmr_end(vmr));

    if (error != CELL_OK)
        return error;
    return follow_remove_end(request, ads_remove_some(vmr, &reap_left) ? CELL_OK : CELL_AGAIN);
}

cell_error_t ads_commit_serve(void *context, const struct ads_commit_in *in, struct ads_commit_out *out)
{
    struct request *request = context;
    struct vmr *vmr = ads_find(target(request), in->address);

    (void)out;
    if (in->address % PAGE_SIZE != 0) {
        request->answer[0] = 2;
        return CELL_BAD_ARGUMENT;
    }
    if (vmr == NULL || vmr->mo == NULL || !is_there(vmr) || vmr->filling || vmr->rights == 0 || in->address < vmr->start)
        return CELL_NOT_FOUND;
    uint64_t first = (in->address - vmr->start) / PAGE_SIZE;

    return in->pages > vmr->pages - first ? CELL_NOT_FOUND : ads_commit(vmr, first, in->pages);
}

cell_error_t ads_find_serve(void *context, const struct ads_find_in *in, struct ads_find_out *out)
{
    struct ads *ads = target(context);
    struct vmr *vmr = ads_find(ads, in->address);

    if (vmr == NULL)
        vmr = ads_next(ads, in->address);
    if (vmr == NULL)
        return CELL_NOT_FOUND;
    out->start = vmr->start;
    out->pages = vmr->pages;
    out->kind = vmr->kind;
    out->rights = vmr->rights;
    return CELL_OK;
}

cell_error_t ads_find_kind_serve(void *context, const struct ads_find_kind_in *in,
                                 struct ads_find_kind_out *out)
{
    struct vmr *vmr;
    cell_error_t error = ads_find_kind(target(context), (enum cell_region)in->kind, &vmr);

    if (error == CELL_OK) {
        out->start = vmr->start;
        out->pages = vmr->pages;
    }
    return error;
}

cell_error_t ads_release_serve(void *context, const struct ads_release_in *in,
                               struct ads_release_out *out)
{
    struct request *request = context;

    (void)in;
    (void)out;
    handle_free(request->handle);
    return CELL_OK;
}

cell_error_t serve_ads(struct request *request)
{
    return serve_request(request, &ads_interface, TYPE_ADS);
}
