/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/client/cspace.h: the capability space of a PD, as root task and programs
 * both see it.
 *
 * A capability address (cell_cap_t) has 32 bits: the upper four choose one of
 * 16 slots of the PD's root CNode.
 *
 *   0x00000000             no capability
 *   0x10000000             CSPACE_SELF: by which a PD asks for what concerns itself, and
 *                          where its faults go
 *   0x30000000             CSPACE_REPLY: a CNode of CSPACE_REPLY_SLOTS slots, for servers
 *                          that answer later
 *   0x40000000             CSPACE_NOTIFICATION: bound to its CPU
 *   0x50000000             CSPACE_ENDPOINT: what a server receives from
 *   0x60000000 … 0xd0000000  private table: request edges (RDEs); never shared
 *   0xe0000000 + index     what there is no room for in those
 *   0xf0000000 + index     common table: handles; shared by PDs that share data
 *
 * Only the root task writes here (the reply CNode is the server's own). Tables
 * grow as needed; an address stays valid until what it denotes goes.
 */
#pragma once

#include <stdint.h>

typedef uint64_t cell_cap_t;

#define CSPACE_ADDRESS_BITS 32
#define CSPACE_DIRECT_BITS 4
#define CSPACE_DIRECT_SLOTS (1u << CSPACE_DIRECT_BITS)
#define CSPACE_INDEX_BITS (CSPACE_ADDRESS_BITS - CSPACE_DIRECT_BITS)

/* Numbers of direct slots. */
#define CSPACE_SLOT_SELF 1u
#define CSPACE_SLOT_REPLY 3u
#define CSPACE_SLOT_NOTIFICATION 4u
#define CSPACE_SLOT_ENDPOINT 5u
#define CSPACE_FIRST_EDGE 6u
#define CSPACE_PRIVATE 14u
#define CSPACE_COMMON 15u

/* The address of a direct slot, and of an index in a table. */
#define CSPACE_DIRECT(slot) ((cell_cap_t)(slot) << CSPACE_INDEX_BITS)
#define CSPACE_AT(region, index) (CSPACE_DIRECT(region) | (cell_cap_t)(index))

#define CSPACE_SELF CSPACE_DIRECT(CSPACE_SLOT_SELF)
#define CSPACE_REPLY CSPACE_DIRECT(CSPACE_SLOT_REPLY)
#define CSPACE_NOTIFICATION CSPACE_DIRECT(CSPACE_SLOT_NOTIFICATION)
#define CSPACE_ENDPOINT CSPACE_DIRECT(CSPACE_SLOT_ENDPOINT)

/* Slots of the reply CNode: answers that a server may owe at once. */
#define CSPACE_REPLY_BITS 6
#define CSPACE_REPLY_SLOTS (1u << CSPACE_REPLY_BITS)
/* How many of these CNodes there can be below the one on top. */
#define CSPACE_REPLY_LEAVES_BITS 10

/* Most entries of one table; CELL_NO_SLOTS above. */
#define CSPACE_TABLE_LIMIT (1u << 22)
