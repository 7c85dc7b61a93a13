/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/kvclient/one.c: the program `kv`, client and store in one:
 *
 *   kv called …        the client calls the store
 *   kv library …       the client makes a library of the store, and calls that
 *   kv serve FILE      the program is a server; `client`, the function of a thread, asks it
 */
#include <stdio.h>
#include <string.h>

#include "apps/kvclient/kv.h"
#include "servers/kvstore/serve.h"

int client(void *argument);
/* A system description names it. */
__attribute__((used)) int client(void *argument)
{
    static char *words[] = {"client", "log=client.log", "hold", NULL};

    (void)argument;
    return client_run(&kv_asked, 3, words);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return kvstore_run(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "called") == 0)
        return client_run(&kv_called, argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "library") == 0)
        return client_run(&kv_library, argc - 1, argv + 1);
    fprintf(stderr, "usage: kv called|library|serve …\n");
    return 1;
}
