/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/tools/protocol/lock.pml: the C library's lock (lib/runtime/lock.c) on waiting and waking (root/serve/word.c), for
 * SPIN: threads that take it and give it back. Waiting compares the word and goes to sleep in one step, because the root task
 * does it; all else is a step for each access to the word.
 *
 * What must hold: one thread at a time is inside, and no run ends with a thread that sleeps.
 */
#define THREADS 3
#ifndef TURNS
#define TURNS 2
#endif

mtype = { unlocked, locked, awaited };
mtype state = unlocked;
byte inside;
bool sleeps[THREADS];

inline sleep() /* = root/serve/word.c:word_wait_serve */
{
    atomic {
#ifndef DOES_NOT_COMPARE
        if
        :: state != awaited -> skip
        :: else ->
#endif
            sleeps[_pid] = true
#ifndef DOES_NOT_COMPARE
        fi
#endif
    };
    !sleeps[_pid]
}

inline wake() /* the longest first; here any = root/serve/word.c:word_wake_serve */
{
    atomic {
        if
        :: sleeps[0] -> sleeps[0] = false
        :: sleeps[1] -> sleeps[1] = false
        :: sleeps[2] -> sleeps[2] = false
        :: else
        fi
    }
}

active [THREADS] proctype thread()
{
    byte turn;
    mtype was;

    do
    :: turn == TURNS -> break
    :: else ->
        turn++;
        if /* = lib/runtime/lock.c:take_free */
        :: atomic { state == unlocked -> state = locked }
        :: else ->
            do /* = lib/runtime/lock.c:runtime_lock */
            :: atomic { was = state;
#ifdef TAKES_LIGHTLY
                   state = (was == unlocked -> locked : awaited)
#else
                   state = awaited
#endif
               };
               if
               :: was == unlocked -> break
               :: else -> sleep()
               fi
            od
        fi;
        inside++;
        assert(inside == 1);
        inside--;
        atomic { was = state; state = unlocked }; /* = lib/runtime/lock.c:runtime_unlock */
        if
        :: was == awaited -> wake()
        :: else
        fi;
        was = 0
    od
}
