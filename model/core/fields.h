/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands inside the fields of a model file (docs/model-format.md): extents of MOs and VMRs, rights, names.
 *
 * Extents are read from the right, so whatever stands before the pages may contain anything. Other makes pad addresses
 * or leave out the `0x` or the whole field; that is read as well as ours.
 */
#pragma once

#include "graph.h"

/* The first line of a model file. */
#define CM_CSV_HEADER "NODE_TYPE,NODE_ID,DATA,EDGE_TYPE,EDGE_FROM,EDGE_TO,EXTRA"

/* No MO is larger than what a physical address of Arm's 52 bits (Armv8-A, FEAT_LPA) reaches, in 4 KiB units. */
#define CM_MAX_MO_UNITS ((uint64_t)1 << 40)
#define CM_UNIT_BITS 12

enum cm_field {
    CM_FIELD_OK = 0,
    CM_FIELD_EMPTY,   /* nothing there */
    CM_FIELD_BAD,     /* does not parse */
    CM_FIELD_TOO_BIG, /* parses, but the extent exceeds CM_MAX_MO_UNITS or 64 bits of address */
};

struct cm_extent {
    bool has_address;      /* false: none given, or one that is not a number (`file:...`, `anon:...`) */
    bool named;            /* `file:...` or `anon:...` in place of the address */
    uint64_t address;      /* bytes; 0: none yet */
    struct cm_text kind;   /* VMR only */
    bool kind_known;       /* VMR only: one of docs/model-format.md's kinds */
    uint64_t pages;
    unsigned page_bits;
    uint64_t units;        /* size in 4 KiB units, rounded up */
};

/* `<address>_<pages>_<page bits>` */
enum cm_field cm_field_mo(struct cm_text extra, struct cm_extent *extent);

/* `<address>_<KIND>_<pages>_<page bits>`, the address may be missing */
enum cm_field cm_field_vmr(struct cm_text extra, struct cm_extent *extent);

/*
 * `<first block>_<count>`, decimal. A count of 0 is CM_FIELD_BAD; CM_FIELD_TOO_BIG: the last block's number exceeds 64 bits.
 */
enum cm_field cm_field_blocks(struct cm_text extra, uint64_t *first, uint64_t *count);

/* The rights to a VMR's pages by the kind in its extent, where a file does not give them: code and vDSO r, else rw. */
unsigned cm_kind_rights(struct cm_text extra);

/* Letters of rwxg, each at most once. False: something else. */
bool cm_field_rights(struct cm_text text, unsigned *rights);

/*
 * The fault of a type or name, in words; NULL: none. Names are UTF-8 without control characters, with `%` only
 * as `%XX`; types are letters and digits; neither is empty nor NA, null or NaN (which other tools read as nothing).
 */
const char *cm_name_fault(struct cm_text name);
const char *cm_type_fault(struct cm_text type);

/* True if the bytes are UTF-8 (no overlong forms, no surrogates). */
bool cm_is_utf8(struct cm_text text);

/*
 * Raw bytes as a name: `%`, control characters and bytes that are not UTF-8 become %XX; so does the first letter of a
 * reserved word; nothing becomes "unnamed". Writes at most `size` bytes with the NUL. Returns the length without the
 * NUL that the whole needs; if that is not below `size`, the result was cut at a whole character.
 */
size_t cm_name_escape(struct cm_text raw, char *out, size_t size);

/* Decimal digits of a number; `out` takes 21 bytes. Returns the length. */
size_t cm_decimal(uint64_t number, char *out);

/* shared/all with four decimals as printf("%.4f") rounds it; 0.0000 if all is 0. `out` takes 7 bytes. shared <= all. */
void cm_ratio_text(uint64_t shared, uint64_t all, char *out);
