/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/kvclient/kv.h: how a client reaches a key-value store. The operations are those of idl/kvstore.idl, with the same errors;
 * the program and its configuration decide whether they are requests, function calls, or calls of a library.
 */
#pragma once

#include <lib/client/client.h>

/* Most bytes of a value. */
#define KV_VALUE_MOST 880u

struct kv_way {
    const char *name;
    /* Opens the store of a name; *store names it in the others. */
    cell_error_t (*open)(const char *name, uint64_t *store);
    cell_error_t (*set)(uint64_t store, uint64_t key, const void *value, uint64_t bytes);
    cell_error_t (*get)(uint64_t store, uint64_t key, void *value, uint64_t *bytes);
    cell_error_t (*remove)(uint64_t store, uint64_t key);
    cell_error_t (*count)(uint64_t store, uint64_t *keys);
};

/* By requests to the server behind the PD's edge for KVSTORE. */
extern const struct kv_way kv_asked;
/* By function calls in the PD, which opens the database in the file `kv.db` itself. */
extern const struct kv_way kv_called;
/* By calls of a library in an address space of its own, which it makes. */
extern const struct kv_way kv_library;

/* Runs the client; returns main's exit code. */
int client_run(const struct kv_way *way, int argc, char **argv);
