/* SPDX-License-Identifier: BSD-2-Clause */
#include "linux_guests.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A guest from `PROCESS,MACHINE,FILE`. */
static enum cm_exit read_guest(const char *text, struct lx_guest *guest)
{
    char reason[LX_REASON];
    char *machine;
    errno = 0;
    long id = strtol(text, &machine, 10);
    const char *file = *machine == ',' ? strchr(machine + 1, ',') : NULL;
    if (errno != 0 || id <= 0 || id != (pid_t)id || file == NULL) {
        fprintf(stderr, "cellmodel: linux: --guest %s: not PROCESS,MACHINE,FILE\n", text);
        return CM_EXIT_USAGE;
    }
    guest->id = (pid_t)id;
    enum cm_exit outcome = cm_load(file + 1, &guest->graph);
    if (outcome != CM_EXIT_OK) {
        return outcome;
    }
    machine = strndup(machine + 1, (size_t)(file - machine) - 1);
    const char *what = file + 1;
    bool fine = machine != NULL && lx_guest_prepare(guest, reason);
    if (fine) {
        what = machine;
        fine = lx_machine_read(machine, &guest->machine, reason);
    }
    if (!fine) {
        fprintf(stderr, "cellmodel: linux: %s: %s\n", what, machine == NULL ? cm_status_text(CM_NO_MEMORY) : reason);
    }
    free(machine);
    return fine ? CM_EXIT_OK : CM_EXIT_USAGE;
}

enum cm_exit linux_guests_read(const struct cm_strings *texts, struct lx_guest **guests)
{
    *guests = calloc(texts->count + 1, sizeof **guests);
    enum cm_exit outcome = *guests == NULL ? cm_fail("linux", CM_NO_MEMORY) : CM_EXIT_OK;
    for (uint32_t i = 0; i < texts->count && outcome == CM_EXIT_OK; i++) {
        outcome = read_guest(texts->items[i], &(*guests)[i]);
        for (uint32_t other = 0; other < i && outcome == CM_EXIT_OK; other++) {
            if ((*guests)[other].id == (*guests)[i].id) {
                fprintf(stderr, "cellmodel: linux: --guest: process %d runs one guest only\n", (int)(*guests)[i].id);
                outcome = CM_EXIT_USAGE;
            }
        }
    }
    return outcome;
}

bool linux_guests_tell(const struct lx_guest *guests, size_t count)
{
    bool fine = true;
    for (size_t i = 0; i < count; i++) {
        int id = (int)guests[i].id;
        if (!guests[i].read) {
            fprintf(stderr, "cellmodel: linux: %d: its guest is not in the model\n", id);
            fine = false;
        }
        if (guests[i].outside > 0) {
            fprintf(stderr, "cellmodel: linux: %d: %" PRIu64 " pages of its guest are no RAM of the machine\n", id, guests[i].outside);
        }
        if (guests[i].absent > 0) {
            fprintf(stderr, "cellmodel: linux: %d: %" PRIu64 " pages of its guest are not in memory here\n", id, guests[i].absent);
        }
    }
    return fine;
}

void linux_guests_free(struct lx_guest *guests, size_t count)
{
    for (size_t i = 0; guests != NULL && i < count; i++) {
        cm_graph_destroy(guests[i].graph);
        lx_guest_free(&guests[i]);
    }
    free(guests);
}
