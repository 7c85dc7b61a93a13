/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/tools/protocol/ring.pml: one queue of a ring (lib/ring/ring.c) and the notification behind it, for SPIN. Who puts
 * an entry into a queue that was empty signals; who is about to wait looks once more. A side's store reaches the
 * other side late, at its fence at the latest: loads overtake stores.
 *
 * What must hold: no run ends with a side that waits, and none goes on for ever.
 */
#ifndef ENTRIES
#define ENTRIES 4
#endif
#define ROOM 2

byte put, taken;               /* the counts, as the other side sees them */
byte put_stored, taken_stored; /* as they were stored */
bool signalled;                /* the notification of the side that takes */

active proctype stores_arrive()
{
end_all:
    do
    :: atomic { put != put_stored -> put = put_stored }
    :: atomic { taken != taken_stored -> taken = taken_stored }
    od
}

active proctype puts() /* = lib/ring/ring.c:ring_put */
{
    byte other, own;

    do
    :: own == ENTRIES -> break
    :: else ->
        other = taken;
        if
        :: own - other == ROOM -> (taken != other) /* full: the caller comes back when an answer has come */
        :: else ->
            put_stored = own + 1;
#ifndef PUTS_WITHOUT_FENCE
            (put == put_stored);
#endif
            other = taken;
            if
            :: other == own -> signalled = true
            :: else
            fi;
            own++
        fi
    od
}

active proctype takes()
{
    byte own;

    do
    :: own == ENTRIES -> break
    :: else ->
        if
        :: put != own -> own++; taken_stored = own /* = lib/ring/ring.c:ring_take */
        :: else ->
#ifndef WAITS_AT_ONCE
            (taken == taken_stored); /* = lib/ring/ring.c:ring_may_wait */
            if
            :: put != own
            :: else ->
#endif
                atomic { signalled -> signalled = false }
#ifndef WAITS_AT_ONCE
            fi
#endif
        fi
    od
}
