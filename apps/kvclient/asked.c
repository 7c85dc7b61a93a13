/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/kvclient/asked.c: the client asks a store that is a server. */
#include <cell/idl/kvstore.h>

#include "apps/kvclient/kv.h"

static cell_error_t open_store(const char *name, uint64_t *store)
{
    return kvstore_open(cell_rde("KVSTORE"), name, store);
}

const struct kv_way kv_asked = {"asked", open_store, kvstore_set, kvstore_get, kvstore_remove, kvstore_count};
