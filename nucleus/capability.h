/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/capability.h: what a capability is, and the slot that holds one.
 *
 * A slot has 32 bytes: two words of capability and two links of the derivation list
 * (derivation.h). The first word looks the same in all types:
 *
 *    63    59 58              40 39                            4 3        0
 *   +--------+------------------+-------------------------------+----------+
 *   |  type  | details of type  | physical address of object/16 |  rights  |
 *   +--------+------------------+-------------------------------+----------+
 *
 * The second word is the type's own: a badge, a guard, an address. A structure below names the
 * parts for each type; `any` fits all of them.
 */
#pragma once

#include "nucleus/base.h"

enum cap_type {
    CAP_NULL, /* an empty slot is all zero */
    CAP_UNTYPED,
    CAP_ENDPOINT,
    CAP_NOTIFICATION,
    CAP_REPLY, /* right to answer a thread; never in the derivation list (reply.c) */
    CAP_CNODE,
    CAP_THREAD,
    CAP_IRQ_CONTROL,
    CAP_IRQ_HANDLER,
    CAP_SGI_SIGNAL,
    CAP_DOMAIN,
    CAP_FRAME,
    CAP_PAGE_TABLE,
    CAP_VSPACE,
    CAP_ASID_CONTROL,
    CAP_ASID_POOL,
    CAP_VCPU,
    CAP_SMC,
    CAP_DYING,   /* last capability of an object whose deletion goes on (deletion.c) */
    CAP_REMNANT, /* what is left of a CNode (deletion.c) */
    CAP_TYPES,
};

/* Rights: the bits of libsel4's seL4_CapRights_t. */
enum {
    RIGHT_WRITE = 1,
    RIGHT_READ = 2,
    RIGHT_GRANT = 4,
    RIGHT_GRANT_REPLY = 8,
    RIGHTS_ALL = 15,
};

enum frame_size { FRAME_SMALL, FRAME_LARGE, FRAME_HUGE };

/* The part of a value that a bit field of this many bits holds. */
#define FIELD(value, bits) ((value) & ((UINT64_C(1) << (bits)) - 1))

#define WATERMARK_BITS 4 /* of an untyped: in units of 16 bytes */

struct capability {
    union {
        uint64_t word[2];
        struct {
            uint64_t flags : 4, object : 36, detail : 19, type : 5;
            uint64_t data;
        } any;
        /* Endpoint, notification, SMC (no object there), reply (object: the thread that waits;
         * RIGHT_GRANT). */
        struct {
            uint64_t rights : 4, object : 36, : 19, type : 5;
            uint64_t badge;
        } endpoint;
        struct {
            uint64_t device : 1, : 3, object : 36, size_bits : 6, cleaned : 1, : 12, type : 5;
            uint64_t watermark : 36, /* what lies below is in use, 16-byte units from the start */
                cleared : 28;        /* what lies between the watermark and this is zero; pages. `cleaned`: in memory, too */
        } untyped;
        struct {
            uint64_t : 4, object : 36, radix : 6, guard_bits : 6, : 7, type : 5;
            uint64_t guard;
        } cnode;
        /* asid 0: not mapped. */
        struct {
            uint64_t rights : 2, device : 1, : 1, object : 36, asid : 16, size : 2, : 1, type : 5;
            uint64_t address;
        } frame;
        struct {
            uint64_t : 4, object : 36, asid : 16, : 3, type : 5;
            uint64_t address;
        } table; /* page table; address space: asid 0 if it has none */
        struct {
            uint64_t : 4, object : 36, index : 7, : 12, type : 5;
            uint64_t unused;
        } asid_pool;
        struct {
            uint64_t : 59, type : 5;
            uint64_t irq : 32, target : 32;
        } interrupt; /* handler; SGI signal with its target core */
        struct {
            uint64_t : 4, object : 36, : 14, was : 5, type : 5;
            uint64_t badge;
        } dying; /* endpoint, notification, CNode or thread, all else as it was */
        struct {
            uint64_t : 4, remaining : 36, radix : 6, : 13, type : 5;
            uint64_t next; /* slot of the next remnant, 0 at the end */
        } remnant; /* lies in the last slot of its CNode; slots 0 to remaining-1 may hold something */
    };
};

struct slot {
    struct capability cap;
    uint64_t next;     /* derivation list; bits 0 and 1 are flags */
    uint64_t previous;
} __attribute__((aligned(32)));

#define SLOT_SIZE 32
_Static_assert(sizeof(struct slot) == SLOT_SIZE, "a slot has 32 bytes");

static inline enum cap_type cap_type(const struct capability *cap)
{
    return cap->any.type;
}

/* The type before its deletion started. */
static inline enum cap_type cap_kind(const struct capability *cap)
{
    return cap->any.type == CAP_DYING ? (enum cap_type)cap->dying.was : (enum cap_type)cap->any.type;
}

#define CAP_OBJECT UINT64_C(0xfffffffff0) /* of the first word: `object` */

/* Physical address of the object. */
static inline uint64_t cap_physical(const struct capability *cap)
{
    return cap->word[0] & CAP_OBJECT;
}

/* The object, for the types whose object is in RAM. */
static inline void *cap_object(const struct capability *cap)
{
    return window(cap_physical(cap));
}

static inline bool slot_empty(const struct slot *slot)
{
    return slot->cap.word[0] == 0;
}

/* Only `type` and `object`; all else zero. */
static inline struct capability cap_new(enum cap_type type, uint64_t physical)
{
    return (struct capability){.word = {(uint64_t)type << 59 | physical, 0}};
}

/* For one comparison: type and size of a frame, all that stands at and above its size. */
#define CAP_FRAME_SIZE_SHIFT 56
#define CAP_SMALL_FRAME ((uint64_t)CAP_FRAME << (59 - CAP_FRAME_SIZE_SHIFT) | FRAME_SMALL)

/* log2 of the size of a frame in bytes. */
static inline unsigned cap_frame_bits(const struct capability *cap)
{
    return PAGE_BITS + 9 * (unsigned)cap->frame.size;
}

/* Where guard_bits stand in the first word of a CNode, and what a CNode's type is then: all in between is zero. */
#define CNODE_RADIX_SHIFT 40
#define CNODE_GUARD_BITS_SHIFT 46
#define CNODE_GUARD_BITS_TYPE ((uint64_t)CAP_CNODE << (59 - CNODE_GUARD_BITS_SHIFT))

static inline struct slot *cnode_slots(const struct capability *cap)
{
    return cap_object(cap);
}

/* log2 of the object's size in bytes; 0 if the type has no object made from untyped memory. */
unsigned cap_size_bits(const struct capability *cap);

/* Both name the same object, so that one of them keeps it alive. Untyped memory: never, since
 * nothing happens when its last capability goes. */
#define CAP_IDENTITY UINT64_C(0xf80000fffffffff0) /* type and object */
bool cap_same_object_by_type(const struct capability *a, const struct capability *b);
/* Types of which that is all there is to it. */
#define CAP_IDENTITY_IS_ALL                                                                                       \
    (1u << CAP_ENDPOINT | 1u << CAP_NOTIFICATION | 1u << CAP_CNODE | 1u << CAP_THREAD | 1u << CAP_PAGE_TABLE |     \
     1u << CAP_VSPACE | 1u << CAP_VCPU)
/* Types with an object in memory that was untyped, and that need no other look. */
#define CAP_LIES_IN_UNTYPED (CAP_IDENTITY_IS_ALL | 1u << CAP_FRAME | 1u << CAP_ASID_POOL)
static inline bool cap_same_object(const struct capability *a, const struct capability *b)
{
    if (((a->word[0] ^ b->word[0]) & CAP_IDENTITY) == 0) {
        if (LIKELY(CAP_IDENTITY_IS_ALL >> cap_type(a) & 1))
            return true;
    } else if (LIKELY(cap_type(a) != CAP_DYING && cap_type(b) != CAP_DYING)) {
        return false;
    }
    return cap_same_object_by_type(a, b);
}

/* What copying `source` gives (manual 3.1.4, table "Capability derivation"): the result in `*copy`,
 * empty if it cannot be copied in a way that leaves the slot empty. Returns an seL4 error:
 * RevokeFirst for untyped memory with children, IllegalOperation for tables that are not mapped. */
int cap_derive_by_type(const struct slot *source, struct capability *copy);

/* Types of which a copy is just that. */
#define CAP_COPIES_ARE_EQUAL                                                                                      \
    (1u << CAP_ENDPOINT | 1u << CAP_NOTIFICATION | 1u << CAP_CNODE | 1u << CAP_THREAD | 1u << CAP_VCPU)
static inline int cap_derive(const struct slot *source, struct capability *copy)
{
    if (UNLIKELY((CAP_COPIES_ARE_EQUAL >> cap_type(&source->cap) & 1) == 0))
        return cap_derive_by_type(source, copy);
    *copy = source->cap;
    return 0; /* seL4_NoError */
}

/* What one may do at an endpoint or notification with this capability. */
static inline bool cap_may_send(const struct capability *cap)
{
    return (cap->endpoint.rights & RIGHT_WRITE) != 0;
}

static inline bool cap_may_receive(const struct capability *cap)
{
    return (cap->endpoint.rights & RIGHT_READ) != 0;
}

static inline bool cap_may_grant(const struct capability *cap)
{
    return (cap->endpoint.rights & RIGHT_GRANT) != 0;
}

/* A caller with it can be answered; without, it stops for good when its message is delivered. */
static inline bool cap_may_be_answered(const struct capability *cap)
{
    return (cap->endpoint.rights & (RIGHT_GRANT | RIGHT_GRANT_REPLY)) != 0;
}

/* The rights that are not in `rights` are taken away. */
static inline void cap_mask_rights(struct capability *cap, uint64_t rights)
{
    enum cap_type type = cap_type(cap);

    if (type == CAP_ENDPOINT || type == CAP_NOTIFICATION)
        cap->word[0] &= rights | ~(uint64_t)RIGHTS_ALL;
    else if (type == CAP_FRAME)
        cap->word[0] &= rights | ~(uint64_t)(RIGHT_READ | RIGHT_WRITE);
}

/* Applies the data word of mint (`preserve` false), mutate and rotate (`preserve` true): badge or
 * guard. False, if this capability cannot take it. */
bool cap_apply_data(struct capability *cap, uint64_t data, bool preserve);
