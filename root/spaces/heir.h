/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/spaces/heir.h: request edges that outlive their space, because its server is started again
 * (root/system/restart.h). They stay where they are and lead nowhere, until the new server has made a
 * space of that type and name: then they are edges to it, as they were made.
 */
#pragma once

#include "root/spaces/resspc.h"

/* Keeps the edges to a space whose server is about to end, in `kept`. Without memory for that they go. */
void edges_keep(struct list *kept, struct space *space);

/* Those to spaces of its type and name become edges to this one, in pieces. If it is gone before, the rest wait for another. */
void edges_inherit(const struct list *kept, struct space *heir);

/* Nobody is to come: all go, in pieces. */
void edges_drop(struct list *kept);
