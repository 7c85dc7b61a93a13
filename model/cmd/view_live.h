/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel view --live: a page on 127.0.0.1 that follows a system, with the states that it was in. */
#pragma once

#include "command.h"

/* The options of the command line. */
struct view_live_options {
    const char *path;     /* of the runner's socket, or of a file; NULL: of the machine that was started last */
    char *const *command; /* what prints the model, ended by NULL; NULL: the path counts */
    struct cm_strings keep;
    uint32_t port;  /* 0: any that is free */
    uint32_t every; /* seconds between two readings */
};

/* Serves until a signal ends it. */
enum cm_exit view_live(const struct view_live_options *options);
