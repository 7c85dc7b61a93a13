/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's allocator for graphs, made for large ones. */
#ifndef CELLULOS_MODEL_MEMORY_HOST_H
#define CELLULOS_MODEL_MEMORY_HOST_H

#include "../core/graph.h"

extern const struct cm_memory cm_memory_host;

#endif
