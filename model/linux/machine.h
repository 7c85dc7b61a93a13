/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest's machine as the process that runs it has it: which of its memory is the guest's, and which of its threads are the
 * guest's cores. QEMU tells it by its monitor, for others it is written down. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes of RAM: where the guest has them, and where the process has them. */
struct lx_ram {
    uint64_t guest, host, bytes;
};

/* A core of the guest, and the thread that runs it. */
struct lx_core {
    uint64_t number;
    pid_t thread;
};

struct lx_machine {
    struct lx_ram *ram;
    size_t ram_count;
    struct lx_core *cores; /* none: not known */
    size_t core_count;
};

/* The longest reason. */
enum { LX_REASON = 512 };

/*
 * Fills `machine` from `path`: a QMP socket of QEMU's, or a file with lines `GUEST-ADDRESS BYTES PROCESS-ADDRESS`, numbers as
 * in C, and comments behind `#`. False: why not is in `reason`, LX_REASON bytes. To be freed whatever the answer is.
 */
bool lx_machine_read(const char *path, struct lx_machine *machine, char *reason);
void lx_machine_free(struct lx_machine *machine);
