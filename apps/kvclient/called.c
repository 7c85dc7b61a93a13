/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/kvclient/called.c: the store is in the client's program, and is called by function calls, or as a library with an address space of
 * its own. */
#include <lib/client/library.h>
#include <stdio.h>
#include <string.h>

#include "apps/kvclient/kv.h"
#include "servers/kvstore/store.h"

_Static_assert(KV_VALUE_MOST == STORE_VALUE_MOST, "values");

#define FILE_NAME "kv.db"

/* ---- As functions ----------------------------------------------------------------------------------------------------------- */

static cell_error_t open_here(const char *name, uint64_t *store)
{
    cell_error_t error = store_file() == 0 ? store_begin(FILE_NAME) : CELL_OK;

    return error == CELL_OK ? store_open(name, store) : error;
}

const struct kv_way kv_called = {"called", open_here, store_set, store_get, store_remove, store_count};

/* ---- As a library ----------------------------------------------------------------------------------------------------------- */

/* Arguments and result of a call, on the stack, which both share. */
struct call {
    enum { OPEN,
           SET,
           GET,
           REMOVE,
           COUNT } what;
    uint64_t store, key, number;
    unsigned char bytes[STORE_VALUE_MOST];
};

static int run_call(void *argument)
{
    struct call *call = argument;

    switch (call->what) {
    case OPEN:
        return (int)open_here((const char *)call->bytes, &call->store);
    case SET:
        return (int)store_set(call->store, call->key, call->bytes, call->number);
    case GET:
        return (int)store_get(call->store, call->key, call->bytes, &call->number);
    case REMOVE:
        return (int)store_remove(call->store, call->key);
    case COUNT:
        return (int)store_count(call->store, &call->number);
    }
    return CELL_UNSUPPORTED;
}

static struct spawned library;

static cell_error_t call_library(struct call *call)
{
    int result = 0;
    cell_error_t error = cell_library_call(&library, call, UINT64_MAX, &result);

    return error == CELL_OK ? (cell_error_t)result : error;
}

static cell_error_t library_open(const char *name, uint64_t *store)
{
    struct call call = {.what = OPEN};
    cell_error_t error = library.id == 0 ? cell_library_create("store", run_call, &library) : CELL_OK;

    if (error != CELL_OK)
        return error;
    strncpy((char *)call.bytes, name, sizeof call.bytes - 1);
    error = call_library(&call);
    *store = call.store;
    return error;
}

static cell_error_t library_set(uint64_t store, uint64_t key, const void *value, uint64_t bytes)
{
    struct call call = {.what = SET, .store = store, .key = key, .number = bytes};

    if (bytes > sizeof call.bytes)
        return CELL_TOO_LARGE;
    memcpy(call.bytes, value, bytes);
    return call_library(&call);
}

static cell_error_t library_get(uint64_t store, uint64_t key, void *value, uint64_t *bytes)
{
    struct call call = {.what = GET, .store = store, .key = key};
    cell_error_t error = call_library(&call);

    if (error != CELL_OK)
        return error;
    /* The library is not trusted to stay within the bounds. */
    *bytes = call.number < sizeof call.bytes ? call.number : sizeof call.bytes;
    memcpy(value, call.bytes, *bytes);
    return CELL_OK;
}

static cell_error_t library_remove(uint64_t store, uint64_t key)
{
    struct call call = {.what = REMOVE, .store = store, .key = key};

    return call_library(&call);
}

static cell_error_t library_count(uint64_t store, uint64_t *keys)
{
    struct call call = {.what = COUNT, .store = store};
    cell_error_t error = call_library(&call);

    *keys = call.number;
    return error;
}

const struct kv_way kv_library = {"library", library_open, library_set, library_get, library_remove, library_count};
