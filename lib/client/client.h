/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/client/client.h: what a program has from the start: its request edges by
 * type, itself, memory, other PDs. Requests themselves are the generated stubs
 * in <cell/idl/…>; here is only what takes several of them.
 */
#pragma once

#include <cell/errors.h>
#include <lib/client/cspace.h>
#include <lib/words/words.h>
#include <stddef.h>
#include <stdint.h>

#define CELL_PAGE 4096u

/* ---- Who am I --------------------------------------------------------- */

/* The request edge for resources of `type` ("MO", "TOY" …), as the start block
 * lists it; 0: none. With several, the first. */
cell_cap_t cell_rde(const char *type);

/* The handle of PD `id` that the program holds (0: PD_0, which stands for the whole system); 0: it
 * holds none. Costs a request for each handle before it. */
cell_cap_t cell_holds(uint64_t id);

/* Id of the PD that runs. */
uint64_t cell_pd_id(void);

/* Tells the runner that the program is up (`./cellulos model` waits for that). */
cell_error_t cell_ready(void);

/* Waits for this many nanoseconds; UINT64_MAX: forever. CELL_NO_MEMORY, CELL_QUOTA: it did not wait. */
cell_error_t cell_sleep(uint64_t nanoseconds);

/* ---- Memory ----------------------------------------------------------- */

struct cell_memory {
    cell_cap_t mo;    /* its handle */
    void *address;    /* where it is mapped, readable and writable */
    uint64_t pages;
};

/* Allocates an MO and maps it. All or nothing; errors as mo_allocate() and
 * ads_attach(), CELL_DENIED without a request edge for MO. */
cell_error_t cell_memory_make(uint64_t pages, struct cell_memory *memory);
/* Unmaps it and gives the handle up. */
void cell_memory_free(struct cell_memory *memory);

/* ---- Errors ------------------------------------------------------------ */

/* The errno value that says nearly the same; for the C library. */
int cell_errno(cell_error_t error);
