/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's allocator for graphs, made for large ones. */
#pragma once

#include "../core/graph.h"

extern const struct cm_memory cm_memory_host;
