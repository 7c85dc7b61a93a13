/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/sqlite/vfs.h: where SQLite has its files: at a file server (idl/file.idl), by paths below one directory. Not for several
 * threads at once.
 */
#pragma once

#include <lib/client/client.h>

/* From now on databases are files below the root directory of the namespace that the edge leads to. The PD needs an edge for
 * MO, too: data goes through memory that it shares with the file server. Errors as cell_memory_make(),
 * handle_give_to_server() and file_root(); CELL_DENIED without an edge for FILE. */
cell_error_t sqlite_files_begin(void);

/* Why a file operation failed last, where SQLite says SQLITE_IOERR, SQLITE_FULL or SQLITE_CANTOPEN. */
cell_error_t sqlite_files_error(void);

/* Called with the handle of each file as it is opened: the model is to say what is made of it. NULL: nobody. */
extern void (*sqlite_files_opened)(cell_cap_t file);
