/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/serve.h: from a request to the handler that its interface names.
 */
#pragma once

#include <lib/idl/serve.h>

#include "root/loop/request.h"

/* Checks the request against the table of the interface, which is about resources of `type`, and calls the handler; words of
 * the answer go to request->answer. */
cell_error_t serve_request(struct request *request, const struct idl_interface *interface, type_t type);

/*
 * Sets request->other to the PD of an id, alive or ended, if the authority that the request names
 * first covers it. CELL_DENIED; CELL_NOT_FOUND where the authority is over PD_0: its holder may
 * learn that there is no such PD; to others it is one more PD that they have no authority over.
 */
cell_error_t serve_other(struct request *request, uint64_t id);

/* Registers the interfaces whose handlers are in root/serve. */
void serve_start(void);
cell_error_t serve_mo(struct request *request);
cell_error_t serve_ads(struct request *request);
cell_error_t serve_cpu(struct request *request);
cell_error_t serve_ep(struct request *request);
cell_error_t serve_ntfn(struct request *request);
cell_error_t serve_word(struct request *request);
cell_error_t serve_vcpu(struct request *request);
cell_error_t serve_fault(struct request *request);
/* Those who wait leave with their PD. */
void serve_word_start(void);
cell_error_t serve_clock(struct request *request);
cell_error_t serve_library(struct request *request);
cell_error_t serve_context(struct request *request);
cell_error_t serve_bench(struct request *request);

/* Makes a handle of a new object in the caller's common table and gives the maker's reference up, also on failure. For
 * operations on spaces. */
cell_error_t serve_new_handle(const struct request *request, struct object *object, type_t type, uint64_t *where);
/* The same with fewer rights than all. */
cell_error_t serve_new_handle_for(const struct request *request, struct object *object, type_t type, unsigned rights,
                                  uint64_t *where);

/* Who pays for what a request makes; not for operations on resources (struct request). */
struct account *serve_account(const struct request *request);
