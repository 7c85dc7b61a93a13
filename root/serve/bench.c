/* SPDX-License-Identifier: BSD-2-Clause */
/* root/serve/bench.c: benchmark rows of programs (idl/bench.idl), as `bench` frames. */
#include <cell/idl/bench_server.h>

#include "root/base/options.h"
#include "root/channel/control.h"
#include "root/loop/longest.h"
#include "root/serve/serve.h"

cell_error_t bench_row_serve(void *context, const struct bench_row_in *in, struct bench_row_out *out)
{
    char value[2];

    (void)context;
    (void)out;
    if (option_text("bench", value, sizeof value, "")[0] == 0)
        return CELL_DENIED;
    return control_send("bench", in->text, in->text_count) ? CELL_OK : CELL_BUSY;
}

cell_error_t bench_longest_serve(void *context, const struct bench_longest_in *in,
                                 struct bench_longest_out *out)
{
    (void)context;
    (void)in;
    if (!longest_wanted)
        return CELL_DENIED;
    out->time = longest_take(&out->what);
    return CELL_OK;
}

cell_error_t serve_bench(struct request *request)
{
    return serve_request(request, &bench_interface, TYPE_PD);
}
