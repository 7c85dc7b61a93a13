/* SPDX-License-Identifier: BSD-2-Clause */
/* root/serve/mo.c: requests about memory objects (idl/mo.idl). */
#include <cell/idl/mo_server.h>

#include <string.h>

#include "root/core/resize.h"
#include "root/core/sharing.h"
#include "root/loop/piece.h"
#include "root/memory/archive.h"
#include "root/memory/devices.h"
#include "root/memory/large.h"
#include "root/pd/authority.h"
#include "root/pd/execute.h"
#include "root/serve/serve.h"

/* ---- Allocating ------------------------------------------------------ */

/* Many pages: the caller has the object from the first piece on, on touch for as long as
 * pages are missing. */
struct allocation {
    struct piece piece;
    handle_id_t handle;
    struct mo *source; /* of which it is a copy, referred to; NULL: it has pages of its own */
    uint64_t done;
};

/* The object that is being filled; NULL: the caller gave it up meanwhile. */
static struct mo *filled(const struct allocation *allocation)
{
    struct handle *handle = handle_by_id(allocation->handle);

    return handle == NULL ? NULL : mo_of(handle->object);
}

static void forget_source(struct allocation *allocation)
{
    if (allocation->source != NULL)
        object_release(&allocation->source->object);
}

static void undo_allocation(struct piece *piece)
{
    struct allocation *allocation = CONTAINER(piece, struct allocation, piece);

    if (filled(allocation) != NULL)
        handle_free(handle_by_id(allocation->handle));
    forget_source(allocation);
}

static cell_error_t begin_allocation(struct request *request, uint64_t pages, unsigned order, struct mo *source,
                                     struct allocation **made)
{
    struct account *account = serve_account(request);
    struct mo *mo;
    struct piece *piece;
    uint64_t where;
    /* What can never be had is refused at once. */
    cell_error_t error = account_charge(account, ACCOUNT_PAGES, pages);

    if (error != CELL_OK)
        return error;
    account_refund(account, ACCOUNT_PAGES, pages);
    error = source != NULL ? mo_clone_begin(account, source, source->pages, &mo) : mo_create_large(account, pages, order, MO_ON_TOUCH, &mo);
    if (error == CELL_OK)
        error = serve_new_handle(request, &mo->object, TYPE_MO, &where);
    if (error != CELL_OK)
        return error;
    struct handle *handle = handle_first(&mo->object);

    error = piece_begin(request, sizeof **made, undo_allocation, &piece);
    if (error != CELL_OK) {
        handle_free(handle);
        return error;
    }
    *made = CONTAINER(piece, struct allocation, piece);
    (*made)->handle = handle_id(handle);
    (*made)->source = source;
    if (source != NULL)
        object_refer(&source->object);
    return CELL_OK;
}

static cell_error_t fill(struct allocation *allocation, struct mo *mo, uint64_t pages)
{
    if (allocation->source != NULL)
        return mo_clone_some(mo, allocation->source, 0, &allocation->done, MO_CLONE_UNITS);
    if (!mo_zeroed(mo, allocation->done))
        return CELL_AGAIN;
    uint64_t most = mo->order == ORDER_SMALL ? PIECE_PAGES : mo_step(mo), left = pages - allocation->done;
    uint64_t part = left < most ? left : most;
    cell_error_t error = mo_populate(mo, allocation->done, part);

    allocation->done += part;
    if (error == CELL_OK && part < left)
        return CELL_AGAIN;
    mo->flags &= (uint16_t)~MO_ON_TOUCH;
    return error;
}

static cell_error_t go_on(struct allocation *allocation, uint64_t pages, uint64_t *where)
{
    struct mo *mo = filled(allocation);
    cell_error_t error = mo == NULL ? CELL_GONE : fill(allocation, mo, pages);

    if (error == CELL_AGAIN)
        return piece_again(&allocation->piece);
    if (error == CELL_OK) {
        *where = handle_by_id(allocation->handle)->where;
        forget_source(allocation);
    } else {
        undo_allocation(&allocation->piece);
    }
    piece_end(&allocation->piece);
    return error;
}

static cell_error_t allocate_many(struct request *request, uint64_t pages, unsigned order, struct mo *source, uint64_t *where)
{
    struct piece *piece = piece_find(request, undo_allocation);
    struct allocation *allocation = NULL;
    cell_error_t error = CELL_OK;

    if (piece != NULL)
        allocation = CONTAINER(piece, struct allocation, piece);
    else
        error = begin_allocation(request, pages, order, source, &allocation);
    return error == CELL_OK ? go_on(allocation, pages, where) : error;
}

cell_error_t mo_allocate_serve(void *context, const struct mo_allocate_in *in,
                               struct mo_allocate_out *out)
{
    struct request *request = context;
    bool on_touch = (in->flags & 1) != 0;
    unsigned order = (unsigned)(in->flags >> 1) * ORDER_2M;
    struct mo *mo;

    if (in->pages >> order << order != in->pages) {
        request->answer[0] = 1;
        return CELL_BAD_ARGUMENT;
    }
    if (!on_touch && in->pages > PIECE_PAGES)
        return allocate_many(request, in->pages, order, NULL, &out->mo);
    cell_error_t error = mo_create_large(serve_account(request), in->pages, order, on_touch ? MO_ON_TOUCH : 0, &mo);

    return error != CELL_OK ? error : serve_new_handle(request, &mo->object, TYPE_MO, &out->mo);
}

cell_error_t mo_copy_serve(void *context, const struct mo_copy_in *in, struct mo_copy_out *out)
{
    struct request *request = context;
    struct mo *source = mo_of(request->named[0]->object);

    (void)in;
    return allocate_many(request, source->present, 0, source, &out->copy);
}

/* ---- Files of the boot archive --------------------------------------- */

/* Runs of frames that are made at once. The next request needs to know nothing of this one. */
#define ARCHIVE_PIECE 4u

cell_error_t mo_archive_serve(void *context, const struct mo_archive_in *in, struct mo_archive_out *out)
{
    struct request *request = context;
    char name[ARCHIVE_NAME_SIZE] = {0};
    struct archive_file file;
    struct mo *mo;

    memcpy(name, in->name, in->name_count);
    cell_error_t error = archive_open(name, &file);

    if (error == CELL_OK && file.pages == 0)
        error = CELL_NOT_FOUND;
    if (error == CELL_OK)
        error = foreign_frames_some(file.first_page, (uint32_t)file.pages, ARCHIVE_PIECE);
    if (error == CELL_OK)
        error = segment_mo(&file, 0, file.pages, &mo);
    if (error != CELL_OK)
        return error;
    out->size = file.size;
    return serve_new_handle_for(request, &mo->object, TYPE_MO, HANDLE_ALL & ~(unsigned)HANDLE_WRITE, &out->mo);
}

/* ---- The others ------------------------------------------------------ */

cell_error_t mo_size_serve(void *context, const struct mo_size_in *in, struct mo_size_out *out)
{
    struct request *request = context;
    struct mo *mo = mo_of(request->handle->object);

    (void)in;
    out->pages = mo->pages;
    return CELL_OK;
}

cell_error_t mo_physical_serve(void *context, const struct mo_physical_in *in,
                               struct mo_physical_out *out)
{
    struct request *request = context;
    const struct pd *pd = request->caller;

    if (!pd->device && (authority_over(pd, &pd_root) & HANDLE_READ) == 0)
        return CELL_DENIED;
    struct mo *mo = mo_of(request->named[0]->object);

    if (in->page >= mo->pages) {
        request->answer[0] = 2;
        return CELL_BAD_ARGUMENT;
    }
    /* A device may write there, beside the mappings. */
    cell_error_t error = pd->device ? sharing_pin(mo, in->page) : CELL_OK;

    out->physical = (uint64_t)mo_page(mo, in->page) << PAGE_BITS;
    return error;
}

/* Nobody makes others pay for more than they have agreed to, or takes pages away that others pay for and may rely on. */
static bool may_resize(const struct request *request, const struct mo *mo)
{
    return mo->object.account->budget == serve_account(request)->budget;
}

cell_error_t mo_punch_serve(void *context, const struct mo_punch_in *in, struct mo_punch_out *out)
{
    const struct request *request = context;
    struct mo *mo = mo_of(request->named[0]->object);
    struct progress progress = progress_of(request, (struct progress){.from = in->first});
    uint64_t end = in->first < mo->pages && in->pages < mo->pages - in->first ? in->first + in->pages : mo->pages;

    (void)out;
    return may_resize(request, mo) ? progress_note(request, &progress, mo_punch(mo, &progress.from, end, &reap_left)) : CELL_DENIED;
}

cell_error_t mo_resize_serve(void *context, const struct mo_resize_in *in, struct mo_resize_out *out)
{
    const struct request *request = context;
    struct mo *mo = mo_of(request->named[0]->object);

    (void)out;
    return may_resize(request, mo) ? mo_resize(mo, in->pages, &reap_left) : CELL_DENIED;
}

cell_error_t mo_page_size_serve(void *context, const struct mo_page_size_in *in, struct mo_page_size_out *out)
{
    const struct request *request = context;

    (void)in;
    out->bytes = PAGE_SIZE * mo_step(mo_of(request->handle->object));
    return CELL_OK;
}

cell_error_t mo_release_serve(void *context, const struct mo_release_in *in,
                              struct mo_release_out *out)
{
    struct request *request = context;

    (void)in;
    (void)out;
    handle_free(request->handle);
    return CELL_OK;
}

cell_error_t serve_mo(struct request *request)
{
    return serve_request(request, &mo_interface, TYPE_MO);
}
