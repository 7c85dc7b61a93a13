/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/serve.h: from a request to the handler that its interface names.
 */
#pragma once

#include <lib/idl/serve.h>

#include "root/loop/request.h"

/* Checks the request against the interface's table and calls the handler; words of the answer go to request->answer. */
cell_error_t serve_request(struct request *request, const struct idl_interface *interface);

/* Registers the interfaces whose handlers are in serve_*.c. */
void serve_start(void);
cell_error_t serve_mo(struct request *request);
cell_error_t serve_ads(struct request *request);
cell_error_t serve_cpu(struct request *request);
cell_error_t serve_ep(struct request *request);
cell_error_t serve_clock(struct request *request);
cell_error_t serve_bench(struct request *request);

/*
 * The handle that an argument names, of a type and with rights. CELL_BAD_HANDLE, CELL_WRONG_TYPE, CELL_DENIED.
 */
cell_error_t serve_argument(const struct request *request, uint64_t where, type_t type, unsigned rights,
                            struct handle **handle);

/* Makes a handle of a new object in the caller's common table and gives the maker's reference up, also on failure. */
cell_error_t serve_new_handle(const struct request *request, struct object *object, type_t type, uint64_t *where);

/* Who pays for what a request makes. */
struct account *serve_account(const struct request *request);
