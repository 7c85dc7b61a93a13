/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/kvstore: key-value stores, `kvstore FILE`: tables of the SQLite database in a file of the file server that it may ask. */
#include "servers/kvstore/serve.h"

int main(int argc, char **argv)
{
    return kvstore_run(argc, argv);
}
