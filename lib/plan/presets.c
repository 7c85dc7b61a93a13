/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/plan/presets.c: see presets.h. */
#include "lib/plan/presets.h"

static const struct preset presets[PRESETS] = {
    /* Regions: code, data, heap, stack, IPC buffer, start block. Without a region of its own, that is on the stack. */
    [PRESET_PROCESS] = {"process", .program = true, .new_space = true, .follows = true,
                        .regions = {FROM_DISJOINT, FROM_DISJOINT, FROM_DISJOINT, FROM_DISJOINT,
                                    FROM_DISJOINT, FROM_DISJOINT}},
    [PRESET_THREAD] = {"thread", .shares_handles = true, .linked = true,
                       .regions = {FROM_NOTHING, FROM_NOTHING, FROM_NOTHING, FROM_DISJOINT,
                                   FROM_DISJOINT, FROM_NOTHING}},
    [PRESET_ISOLATED_STACK] = {"thread-isolated-stack", .new_space = true, .shares_handles = true, .follows = true,
                               .regions = {FROM_SHARED, FROM_SHARED, FROM_SHARED, FROM_DISJOINT,
                                           FROM_DISJOINT, FROM_DISJOINT}},
    [PRESET_ISOLATED_HEAP] = {"thread-isolated-heap", .new_space = true, .shares_handles = true, .follows = true,
                              .regions = {FROM_SHARED, FROM_COPIED, FROM_DISJOINT, FROM_DISJOINT,
                                          FROM_DISJOINT, FROM_DISJOINT}},
    [PRESET_LIBRARY] = {"library", .new_space = true, .shares_handles = true, .linked = true,
                        .entry = ENTRY_CALL,
                        .regions = {FROM_SHARED, FROM_COPIED, FROM_COPIED, FROM_SHARED, FROM_SHARED,
                                    FROM_DISJOINT}},
    [PRESET_FORK] = {"fork", .new_space = true, .of_creator = true, .again = true, .entry = ENTRY_FORK,
                     .regions = {FROM_SHARED, FROM_COPIED, FROM_COPIED, FROM_COPIED, FROM_COPIED,
                                 FROM_COPIED},
                     .others = FROM_COPIED},
    [PRESET_CONTEXT] = {"context", .new_space = true, .of_creator = true, .part = true, .follows = true, .entry = ENTRY_SWITCH,
                        .regions = {FROM_SHARED, FROM_SHARED, FROM_SHARED, FROM_SHARED, FROM_SHARED,
                                    FROM_SHARED},
                        .others = FROM_SHARED},
    [PRESET_SNAPSHOT] = {"snapshot", .new_space = true, .of_creator = true, .part = true, .entry = ENTRY_RETURN,
                         .regions = {FROM_SHARED, FROM_COPIED, FROM_COPIED, FROM_COPIED, FROM_SHARED,
                                     FROM_SHARED},
                         .others = FROM_COPIED},
    [PRESET_GUEST] = {"guest", .new_space = true, .linked = true, .entry = ENTRY_GUEST},
    [PRESET_GUEST_CPU] = {"guest-cpu", .linked = true, .entry = ENTRY_GUEST},
};

const struct preset *preset_of(uint8_t preset)
{
    return &presets[preset];
}
