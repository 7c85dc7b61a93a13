/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/tools/protocol/lock.pml: locks between PDs (lib/runtime/mutex.c) on waiting and waking (root/serve/word.c), for SPIN: threads
 * that take one and give it back, wait as long as they like, and are ended at any moment. What the root task does is one step; all
 * else is a step for each access to the word.
 *
 * What must hold: one thread at a time is inside, and no run ends with a thread that sleeps.
 */
#define THREADS 3
#ifndef TURNS
#define TURNS 2
#endif
#ifndef ENDS
#define ENDS 1 /* that are ended */
#endif

/* The word: 0, or the number of the thread that has it, from 1, and whether somebody waits. */
#define AWAITED 4
#define NUMBER(word) (word & 3)
byte word;

bool sleeps[THREADS], inside[THREADS];
bool stopped[THREADS];  /* ended: it does nothing any more */
bool forgotten[THREADS]; /* and the root task has done with it */
byte waits_for;          /* the PD whose end the first of those that sleep hears of, from 1; 0: none = root/serve/word.c:await */
mtype = { look, owner_ended };
mtype woken[THREADS] = look;

#define somebody_sleeps (sleeps[0] || sleeps[1] || sleeps[2])

/* The first of those that sleep, here any; it counts as who has the lock for the next = root/serve/word.c:finish */
inline wake_as(how)
{
    if
    :: sleeps[0] -> sleeps[0] = false; woken[0] = how; waits_for = 1
    :: sleeps[1] -> sleeps[1] = false; woken[1] = how; waits_for = 2
    :: sleeps[2] -> sleeps[2] = false; woken[2] = how; waits_for = 3
    :: else
    fi;
#ifdef NEXT_IS_FORGOTTEN
    waits_for = 0;
#endif
    if
    :: somebody_sleeps
    :: else -> waits_for = 0
    fi
}

/* = root/serve/word.c:word_wait_lock_serve */
inline sleep(was)
{
    atomic {
        if
#ifndef DOES_NOT_COMPARE
        :: word != was -> woken[_pid] = look
#endif
        :: else ->
            if
            :: stopped[NUMBER(was) - 1] -> woken[_pid] = owner_ended
            :: else -> sleeps[_pid] = true; waits_for = NUMBER(was)
            fi
        fi
    };
    if
    :: !sleeps[_pid]
    :: atomic { _pid == 2 && sleeps[2] -> sleeps[2] = false; /* too late, as some may be */
           if
           :: somebody_sleeps
           :: else -> waits_for = 0
           fi };
       goto next
    fi
}

active [THREADS] proctype thread()
{
    byte turn, was;

    {
        do
        :: turn == TURNS -> break
        :: else ->
            turn++;
            if
            :: atomic { word == 0 -> word = _pid + 1 } /* = lib/runtime/mutex.c:runtime_mutex_try */
            :: else ->
                was = word;
                do /* = lib/runtime/mutex.c:runtime_mutex_wait */
                :: was == 0 ->
                    atomic {
                        if
#ifdef TAKES_LIGHTLY
                        :: word == 0 -> word = _pid + 1; break
#else
                        :: word == 0 -> word = (_pid + 1) | AWAITED; break
#endif
                        :: else -> was = word
                        fi }
                :: was != 0 && !(was & AWAITED) ->
                    atomic {
                        if
                        :: word == was -> word = was | AWAITED; was = word
                        :: else -> was = word
                        fi }
                :: was != 0 && (was & AWAITED) ->
                    sleep(was);
                    atomic {
                        if
                        :: woken[_pid] == owner_ended && word == was -> word = (_pid + 1) | AWAITED; woken[_pid] = look; break
                        :: else -> was = word; woken[_pid] = look
                        fi }
                od
            fi;
            inside[_pid] = true;
            assert(inside[0] + inside[1] + inside[2] == 1);
            inside[_pid] = false;
            atomic { was = word; word = 0 }; /* = lib/runtime/mutex.c:runtime_mutex_free */
            if
            :: was & AWAITED -> atomic { wake_as(look) } /* = root/serve/word.c:word_wake_serve */
            :: else
            fi;
next:
            was = 0
        od
    } unless { stopped[_pid] };
    was = 0; turn = 0
}

inline end_one(which)
{
    stopped[which] = true;
    inside[which] = false
}

/* Its own wait ends; who sleeps for it is woken = root/serve/word.c:forget */
inline forget(which)
{
    sleeps[which] = false;
    forgotten[which] = true;
    if
#ifndef OWNERS_ARE_FORGOTTEN
#ifdef NEXT_IS_OWNER
    :: waits_for == which + 1 -> wake_as(owner_ended)
#else
    :: waits_for == which + 1 -> wake_as(look)
#endif
#endif
    :: else ->
        if
        :: somebody_sleeps
        :: else -> waits_for = 0
        fi
    fi
}

active proctype person()
{
    byte ends;

end_person:
    do
    :: atomic { ends < ENDS && !stopped[0] -> ends++; end_one(0) }
    :: atomic { ends < ENDS && !stopped[1] -> ends++; end_one(1) }
    :: ends == ENDS -> break
    od
}

active proctype root()
{
end_root:
    do
    :: atomic { stopped[0] && !forgotten[0] -> forget(0) }
    :: atomic { stopped[1] && !forgotten[1] -> forget(1) }
    od
}
