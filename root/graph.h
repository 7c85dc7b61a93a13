/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph.h: the model of the running system.
 */
#pragma once

#include <stdint.h>

/* Registers with the control channel. */
void graph_init(void);
