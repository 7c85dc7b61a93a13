# SPDX-License-Identifier: BSD-2-Clause
# Two programs with the same client: `kvclient`, which asks a server, and `kv`, which contains the store.
KV_CLIENT_OBJECTS := apps/kvclient/client.o apps/kvclient/asked.o apps/files/files.o
PROGRAMS += kvclient kv
kvclient_OBJECTS = apps/kvclient/main.o $(KV_CLIENT_OBJECTS)
kv_OBJECTS = apps/kvclient/one.o apps/kvclient/called.o $(KV_CLIENT_OBJECTS) $(KVSTORE_OBJECTS)
$(O)/programs/kv.elf: PROGRAM_LIBS += $(SQLITE)
$(O)/programs/kv.elf: PROGRAM_LDFLAGS += -Wl,-u,client
$(O)/programs/kv.elf: $(SQLITE)
