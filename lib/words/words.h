/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/words/words.h: words that configurations, requests, the root task and models
 * share: rights, kinds of regions, reasons of refusals. Each is written once, here.
 */
#pragma once

/* Rights of a handle, a region, an edge of the model: bit i is the letter i. */
#define CELL_RIGHTS_LETTERS "rwxg"
#define CELL_READ 1u
#define CELL_WRITE 2u
#define CELL_EXECUTE 4u
#define CELL_GRANT 8u
#define CELL_ALL 15u

/* Bytes of rights in letters, with the zero. */
#define CELL_RIGHTS_SIZE 5u

/* Writes rights as letters. */
static inline void cell_rights_text(unsigned rights, char text[CELL_RIGHTS_SIZE])
{
    for (unsigned i = 0; i < CELL_RIGHTS_SIZE - 1; i++)
        if ((rights >> i & 1) != 0)
            *text++ = CELL_RIGHTS_LETTERS[i];
    *text = 0;
}

/* The right of a letter; 0: the letter stands for none. */
static inline unsigned cell_right_of(char letter)
{
    for (unsigned i = 0; i < CELL_RIGHTS_SIZE - 1; i++)
        if (CELL_RIGHTS_LETTERS[i] == letter)
            return 1u << i;
    return 0;
}

/*
 * Kinds of regions, in the order of their numbers in requests: the name, the word
 * in configurations, the word in models.
 */
#define CELL_REGIONS(X)                                                                            \
    X(ELF_CODE, "code", "ELF_CODE")                                                                \
    X(ELF_DATA, "data", "ELF_DATA")                                                                \
    X(HEAP, "heap", "HEAP")                                                                        \
    X(STACK, "stack", "STACK")                                                                     \
    X(IPC_BUF, "ipc", "IPC_BUF")                                                                   \
    X(OSM_DATA, "start", "OSM_DATA")                                                               \
    X(SHARED_FRAMES, "shared", "SHARED_FRAMES")                                                    \
    X(DEVICE, "device", "DEVICE")                                                                  \
    X(GENERIC, "generic", "GENERIC")                                                               \
    X(UNKNOWN, "unknown", "UNKNOWN")

#define CELL_REGION_NUMBER(name, word, model) CELL_REGION_##name,
enum cell_region { CELL_REGIONS(CELL_REGION_NUMBER) CELL_REGION_KINDS };

/* Why a configuration was refused, where a program acts on that; its text tells people. */
enum cell_refusal { CELL_REFUSED_OTHERWISE,
                    CELL_REFUSED_NO_PROGRAM,
                    CELL_REFUSED_NO_SPACE_YET,
                    CELL_REFUSED_LINUX };

#define CELL_REGION_WORD(name, word, model) word,
#define CELL_REGION_MODEL(name, word, model) model,
