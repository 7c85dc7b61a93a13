/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/kvstore/serve.h: the store as a resource server (idl/kvstore.idl), which any program can link. */
#pragma once

/* Opens the database, argv[1], and serves it forever; returns main's exit code if it cannot. */
int kvstore_run(int argc, char **argv);
