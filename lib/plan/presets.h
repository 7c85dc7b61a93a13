/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/plan/presets.h: the meaning of each preset, a row each; nothing else in the
 * planner asks which preset it is.
 */
#pragma once

#include "lib/plan/config.h"

/* Where regions of a kind come from if the configuration does not say. */
enum preset_region { FROM_NOTHING, FROM_SHARED, FROM_DISJOINT, FROM_COPIED };

/* How it begins to run. */
enum preset_entry {
    ENTRY_START,  /* on a CPU of its own, at the program's entry code */
    ENTRY_CALL,   /* there, too, each time that it is called, on the caller's CPU */
    ENTRY_FORK,   /* on a CPU of its own, where the creator stands */
    ENTRY_SWITCH, /* when its PD goes there */
    ENTRY_RETURN, /* the same; with the registers of when it was made */
    ENTRY_GUEST,  /* without a program, on an elevated CPU, when its handler starts it */
};

struct preset {
    const char *name;
    bool program;        /* runs a program of its own; otherwise that of the other PD */
    bool new_space;      /* has an address space of its own */
    bool shares_handles; /* has the other PD's table of handles */
    bool of_creator;     /* relative to the creator, only */
    bool part;           /* no PD, but a further address space of one */
    bool again;          /* gets the creator's handles and edges once more, in the same places */
    bool linked;         /* dies with the other PD */
    bool follows;        /* what it shares by kind stays shared when that grows or is replaced */
    uint8_t entry;       /* enum preset_entry */
    uint8_t regions[CELL_REGION_OSM_DATA + 1]; /* enum preset_region, by kind */
    uint8_t others;                            /* of other kinds, and of other threads; what is shared stays so */
};

/* The row of enum config_preset. */
const struct preset *preset_of(uint8_t preset);
