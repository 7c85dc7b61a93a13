/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/kvclient/main.c: the program `kvclient`, whose store is a server. */
#include "apps/kvclient/kv.h"

int main(int argc, char **argv)
{
    return client_run(&kv_asked, argc, argv);
}
