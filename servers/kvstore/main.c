/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/kvstore: key-value stores, `kvstore FILE`: tables of an SQLite database in a file of the file server that it has an edge to. */
#include "servers/kvstore/serve.h"

int main(int argc, char **argv)
{
    return kvstore_run(argc, argv);
}
