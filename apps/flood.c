/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/flood.c: floods a server with malformed requests: operations that do not
 * exist, wrong lengths, wrong interfaces, values out of range. `flood TYPE [COUNT]`
 * asks the server of that type; each request must be answered with an error. */
#include <lib/client/call.h>
#include <lib/client/client.h>
#include <stdio.h>
#include <stdlib.h>

#include "apps/random.h"

/* Sends a request that must be refused: an interface or operation that does not exist, or
 * more words than any operation takes. */
static cell_error_t send_one(cell_cap_t to, unsigned kind)
{
    uint64_t words[120];
    uint64_t label = random_next();
    unsigned length = (unsigned)(random_next() % 100);

    for (unsigned i = 0; i < 120; i++)
        words[i] = random_next();
    if (kind == 0)
        label = UINT64_C(1000) << 16 | (label & 0xffff);
    else if (kind == 1)
        label = (label % 64) << 16 | 1000;
    else {
        label = (label % 64) << 16 | (1 + label % 24);
        length = 119;
    }
    return cell_call(to, label & 0xfffff0ffff, words, length, 0);
}

int main(int argc, char **argv)
{
    const char *type = argc > 1 ? argv[1] : "TOY";
    unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 10000;
    cell_cap_t server = cell_rde(type);
    unsigned long answers[64] = {0};

    if (server == 0) {
        printf("flood: no request edge for %s\n", type);
        return 1;
    }
    for (unsigned long i = 0; i < count; i++)
        answers[send_one(server, (unsigned)(i % 3)) % 64]++;
    for (unsigned error = 0; error < 64; error++)
        if (answers[error] != 0)
            printf("flood: %lu of %lu: %s\n", answers[error], count, cell_error_text(error));
    return answers[0] != 0;
}
