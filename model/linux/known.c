/* SPDX-License-Identifier: BSD-2-Clause */
/* A tree of the C library (tsearch(3)). kcmp(2) gives an order, so a search takes few calls. */
#include "known.h"

#include <linux/kcmp.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int by_number(const struct lx_thing *a, const struct lx_thing *b)
{
    return a->id != b->id ? (a->id > b->id) - (a->id < b->id) : (a->number > b->number) - (a->number < b->number);
}

static int by_thing(const void *left, const void *right)
{
    const struct lx_thing *a = left;
    const struct lx_thing *b = right;
    int order = strcmp(a->name, b->name);
    if (order != 0 || a->sameness == LX_SAME_NAME || by_number(a, b) == 0) {
        return order;
    }
    long answer = a->sameness == LX_SAME_FILE ? syscall(SYS_kcmp, a->id, b->id, KCMP_FILE, a->number, b->number)
                                              : syscall(SYS_kcmp, a->id, b->id, KCMP_VM, 0, 0);
    return answer == 0 ? 0 : answer == 1 ? -1 : answer == 2 ? 1 : by_number(a, b);
}

struct lx_thing *lx_known_find(struct lx_known *known, const struct lx_thing *like)
{
    struct lx_thing **found = tsearch(like, &known->tree, by_thing);
    if (found == NULL || *found != like) {
        return found == NULL ? NULL : *found;
    }
    struct lx_thing *thing = malloc(sizeof *thing);
    char *name = strdup(like->name);
    if (thing == NULL || name == NULL) {
        tdelete(like, &known->tree, by_thing);
        free(thing);
        free(name);
        return NULL;
    }
    *thing = *like;
    thing->name = name;
    thing->value = LX_NEW;
    *found = thing;
    return thing;
}

static void free_thing(void *at)
{
    struct lx_thing *thing = at;
    free((char *)thing->name);
    free(thing);
}

void lx_known_free(struct lx_known *known)
{
    tdestroy(known->tree, free_thing);
    known->tree = NULL;
}
