# SPDX-License-Identifier: BSD-2-Clause
# KVSTORE_OBJECTS: the store, to be linked into any program, and the server around it.
KVSTORE_OBJECTS = servers/kvstore/store.o servers/kvstore/serve.o $(SQLITE_OBJECTS) $(SERVER_OBJECTS)

PROGRAMS += kvstore
kvstore_OBJECTS = servers/kvstore/main.o $(KVSTORE_OBJECTS)
$(O)/target/servers/kvstore/store.o: EXTRA_CFLAGS += $(SQLITE_CFLAGS)
$(O)/target/servers/kvstore/store.o: $(SQLITE_SOURCE)
$(O)/programs/kvstore.elf: PROGRAM_LIBS += $(SQLITE)
$(O)/programs/kvstore.elf: $(SQLITE)
