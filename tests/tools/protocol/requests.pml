/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/tools/protocol/requests.pml: clients, a server and the root task, in the states that the
 * implementation has, for SPIN. Two clients make a few requests each, of the server and of the root
 * task: they give handles up, ask for the model, end each other and the server. SPIN walks all orders.
 *
 * A state or a step ends in "= FILE:FUNCTION", the code that it models; docs/protocol.md lists
 * them. The root task has the highest priority and one thread, so a step of its loop is atomic for
 * everybody else. Where the kernel has an order (queues are first in, first out) the model allows any.
 *
 * What must hold: no run ends with a thread that waits, and none goes on for ever (there is no cycle), so each
 * request is answered; no signal is lost (the claim at the end). With -DNOBODY, nobody ends a server that hangs:
 * then its own clients may wait, and no others.
 *
 * Other names that -D defines are faults; with each of them SPIN must find an error (requests.py).
 */

#define CLIENTS 2
#define SERVER CLIENTS
#define THREADS (CLIENTS + 1)
#ifndef REQUESTS
#define REQUESTS 2 /* of each client */
#endif
#ifndef RESTARTS
#define RESTARTS 1 /* how often it is started again */
#endif

/* Where a thread is. The set of those at an endpoint is its queue. */
mtype = {
    runs,
    at_root,     /* in the queue of the root task's endpoint      = lib/client/call.h:cell_call */
    kept_root,   /* its reply capability is in a slot of the root task = root/loop/loop.c:request_defer */
    at_server,   /* in the queue of the server's endpoint          = lib/client/call.h:cell_call */
    held_server, /* its reply capability is in the server's TCB    = lib/server/server.c:server_run */
    kept_server, /* ... in the server's CNode of replies           = lib/server/server.c:server_defer */
    ended
};
mtype where[THREADS] = runs;

/* Requests to the root task, and the answers to the server's. */
mtype = { identify, next_work, work_done, give_up, extract, end_server, end_peer };
mtype asks[THREADS];
mtype = { nothing, ok, gone };
mtype answer[THREADS] = nothing;

/* The kernel's part of the server. */
bool endpoint_is_there = true;
bool signalled;       /* the bit of its bound notification */
bool server_receives; /* it is blocked in its receive */
bool server_stopped;
bool hangs;           /* it no longer does anything */
bool server_rests;    /* what ran of it is over */

/* Work for the server = root/spaces/work.c:work_queue; what it has fetched = root/spaces/work.c:work_next. */
byte freed_queued, gone_queued, freed_given, gone_given;
bool extract_queued, extract_given;
bool fetched; /* the answer to next_work: there was an item */

/* The root task. */
bool extracting;
byte extracting_for;
mtype = { lives, stops, answers, drops_work, closes, last_answer, dead };
mtype server_stage = lives;
bool client_ends[CLIENTS]; /* its servers have to be told */
byte restarts;

#define server_lives (server_stage == lives)
#define work_waits (freed_queued + gone_queued > 0 || extract_queued)

inline reply(thread, with)
{
    if
    :: where[thread] == ended
    :: else -> where[thread] = runs; asks[thread] = 0; answer[thread] = with
    fi
}

inline signal_server()
{
#ifndef NO_SIGNAL
    signalled = true
#else
    skip
#endif
}

/* = root/pd/life.c:pd_end */
inline stop_server()
{
    if
    :: server_lives -> server_stopped = true; where[SERVER] = ended; server_stage = stops
    :: else
    fi
}

/* ---- Clients ---------------------------------------------------------------- */

/* Nothing is sent where the slot is empty = lib/client/call.h:cell_call_fault. */
inline call_server(thread)
{
    atomic {
        answer[thread] = nothing;
        if
        :: endpoint_is_there -> where[thread] = at_server
        :: else -> answer[thread] = gone
        fi
    }
}

inline call_root(thread, what)
{
    atomic { answer[thread] = nothing; asks[thread] = what; where[thread] = at_root }
}

active [CLIENTS] proctype client()
{
    byte made;

    do
    :: where[_pid] == ended -> break
    :: where[_pid] == runs && made == REQUESTS -> break
    :: where[_pid] == runs && made < REQUESTS ->
        made++;
        if
        :: call_server(_pid);
#ifdef NOBODY
           if
           :: where[_pid] != runs -> goto end_waits
           :: else
           fi
#endif
        :: call_root(_pid, give_up)
        :: call_root(_pid, extract)
        :: call_root(_pid, end_server)
        :: call_root(_pid, end_peer)
        fi;
        (where[_pid] == runs || where[_pid] == ended);
answered:
        atomic { assert(where[_pid] == ended || answer[_pid] != nothing); answer[_pid] = nothing }
    od;
#ifdef NOBODY
    goto finished;
end_waits: /* for a server that may answer nothing; only that may last */
    (where[_pid] == runs || where[_pid] == ended);
    goto answered;
#endif
finished:
    skip
}

/* ---- The server --------------------------------------------------------------- */

/* It may be stopped at any point; then it does nothing more. */
inline server_asks(what)
{
    atomic { server_stopped || where[SERVER] == runs };
    if
    :: server_stopped -> goto stopped
    :: else -> call_root(SERVER, what)
    fi;
    atomic { server_stopped || where[SERVER] == runs };
    if
    :: server_stopped -> goto stopped
    :: else
    fi
}

active proctype server()
{
    byte from;
    byte kept = CLIENTS; /* a client that is answered later; CLIENTS: none */

receive: /* = lib/server/server.c:server_run */
    server_receives = true;
end_receive:
    if
    :: atomic { server_stopped -> server_receives = false; goto stopped }
    :: atomic { !server_stopped && signalled -> /* = lib/server/server.c:run_signal */
           server_receives = false;
#ifndef SIGNAL_CLEARED_LATE
           signalled = false;
#endif
       };
       goto work
    :: atomic { !server_stopped && where[0] == at_server -> from = 0; where[0] = held_server; server_receives = false };
       goto request
    :: atomic { !server_stopped && where[1] == at_server -> from = 1; where[1] = held_server; server_receives = false };
       goto request
    :: atomic { !server_stopped && kept != CLIENTS -> /* = lib/server/server.c:server_answer */
           server_receives = false;
           if
           :: where[kept] == kept_server -> reply(kept, ok)
           :: else
           fi;
           kept = CLIENTS
       };
       goto receive
    fi;

request: /* = lib/server/server.c:run_request */
    if
    :: server_asks(identify) /* = lib/server/handles.c:handles_look_up */
    :: skip
    :: hangs = true; goto stopped
    fi;
    if
    :: atomic { !server_stopped -> /* the answer of seL4_ReplyRecv */
           if
           :: where[from] == held_server -> reply(from, ok)
           :: else
           fi;
           from = 0
       };
       goto receive
    :: atomic { !server_stopped && kept == CLIENTS -> /* = lib/server/server.c:server_defer */
           if
           :: where[from] == held_server -> where[from] = kept_server; kept = from
           :: else
           fi;
           from = 0
       };
       goto receive
    :: server_stopped -> goto stopped
    fi;

work: /* = lib/server/work.c:work_run */
    server_asks(next_work);
    if
    :: fetched ->
        if
        :: hangs = true; goto stopped
        :: skip
        fi;
        server_asks(work_done);
        goto work
    :: else
    fi;
    answer[SERVER] = nothing;
#ifdef SIGNAL_CLEARED_LATE
    signalled = false;
#endif
    goto receive;

stopped:
    atomic { from = 0; kept = CLIENTS; server_rests = true };
end_stopped: /* a new one begins, without what the old one knew */
    atomic { !server_rests };
    goto receive
}

/* Who sees that the server hangs ends it, sooner or later. */
#ifndef NOBODY
active proctype person()
{
end_watches:
    do
    :: atomic { hangs && server_lives -> stop_server() }
    od
}
#endif

/* ---- The root task ---------------------------------------------------------------- */

/* = root/graph/graph.c:told */
inline extraction_ends()
{
    if
    :: extracting -> extracting = false; reply(extracting_for, ok); extracting_for = 0
    :: else
    fi
}

/* A PD ends: its CPU stops, the rest is left to the reaper = root/pd/life.c:pd_end. Its deferred answers go with it
 * = root/pd/life.c:drop_deferred. */
inline end_client(thread)
{
    if
    :: where[thread] != ended ->
        where[thread] = ended;
        client_ends[thread] = true;
        if
        :: extracting && extracting_for == thread ->
            extracting = false; extracting_for = 0; extract_queued = false; extract_given = false /* = root/spaces/work.c:work_drop */
        :: else
        fi
    :: else
    fi
}

/* = root/loop/loop.c:handle_message */
inline serve(thread)
{
    if
    :: asks[thread] == identify -> reply(thread, ok) /* = root/serve/resspc.c:resspc_identify_serve */
    :: asks[thread] == next_work -> /* = root/spaces/work.c:work_next */
        fetched = true;
        if
        :: extract_queued -> extract_queued = false; extract_given = true
        :: freed_queued > 0 -> freed_queued--; freed_given++
        :: gone_queued > 0 -> gone_queued--; gone_given++
        :: else -> fetched = false
        fi;
        reply(thread, ok)
    :: asks[thread] == work_done -> /* = root/spaces/work.c:work_done */
        if
        :: extract_given -> extract_given = false; extraction_ends()
        :: freed_given > 0 -> freed_given--
        :: gone_given > 0 -> gone_given--
        :: else
        fi;
        reply(thread, ok)
    :: asks[thread] == give_up -> /* = root/spaces/work.c:servers_freed */
        if
        :: server_lives -> freed_queued++; signal_server()
        :: else
        fi;
        reply(thread, ok)
    :: asks[thread] == extract -> /* = root/graph/graph.c:ask */
        if
        :: server_lives && !extracting ->
            where[thread] = kept_root;
            extracting = true; extracting_for = thread; extract_queued = true;
            signal_server()
        :: else -> reply(thread, ok)
        fi
    :: asks[thread] == end_server -> /* = root/serve/pd.c:pd_terminate_serve */
        stop_server();
        reply(thread, ok)
    :: asks[thread] == end_peer ->
        end_client(1 - thread);
        reply(thread, ok)
    fi
}

/* The end of the server, in pieces = root/pd/life.c:take_some. */
inline end_some()
{
    if
    :: server_stage == stops -> server_stage = answers
    :: server_stage == answers -> /* = root/spaces/replies.c:replies_answer_gone */
#ifndef KEPT_ARE_FORGOTTEN
        if
        :: where[0] == kept_server -> reply(0, gone)
        :: else
        fi;
        if
        :: where[1] == kept_server -> reply(1, gone)
        :: else
        fi;
#endif
        server_stage = drops_work
    :: server_stage == drops_work -> /* = root/spaces/work.c:work_drop_all */
        freed_queued = 0; gone_queued = 0; freed_given = 0; gone_given = 0;
        extract_queued = false; extract_given = false;
#ifndef WORK_IS_FORGOTTEN
        extraction_ends();
#endif
        server_stage = closes
    :: server_stage == closes -> /* = root/spaces/server.c:unmake */
        endpoint_is_there = false;
        if
        :: where[0] == at_server -> reply(0, gone)
        :: else
        fi;
        if
        :: where[1] == at_server -> reply(1, gone)
        :: else
        fi;
        server_stage = last_answer
    :: server_stage == last_answer -> /* the stub's answer = root/spaces/last_answer.c:last_answer_give */
#ifndef NO_LAST_ANSWER
        if
        :: where[0] == held_server -> reply(0, gone)
        :: where[1] == held_server -> reply(1, gone)
        :: else
        fi;
#endif
        server_stage = dead /* = root/spaces/last_answer.c:last_answer_fault */
    fi
}

#ifdef STARTS_EARLY
#define server_is_done (server_stage == dead || server_stage == last_answer)
#else
#define server_is_done (server_stage == dead)
#endif

/* A new server in the place of the one that has ended; nobody asks it yet = root/system/restart.c:run */
inline start_again()
{
    restarts++;
    server_stopped = false; hangs = false; signalled = false; fetched = false;
    asks[SERVER] = 0; answer[SERVER] = nothing; where[SERVER] = runs;
    server_stage = lives;
    server_rests = false
}

active proctype root()
{
end_loop: /* = root/loop/loop.c:loop_run */
    do
    :: atomic { where[0] == at_root -> serve(0) }
    :: atomic { where[1] == at_root -> serve(1) }
    :: atomic { where[SERVER] == at_root -> serve(SERVER) }
    :: atomic { server_stage != lives && server_stage != dead -> end_some() }
    :: atomic { client_ends[0] -> client_ends[0] = false; /* = root/spaces/work.c:servers_client_gone */
           if
           :: server_lives -> gone_queued++; signal_server()
           :: else
           fi
       }
    :: atomic { client_ends[1] -> client_ends[1] = false;
           if
           :: server_lives -> gone_queued++; signal_server()
           :: else
           fi
       }
    :: atomic { server_is_done && server_rests && restarts < RESTARTS -> start_again() }
    :: atomic { server_lives && !endpoint_is_there -> endpoint_is_there = true } /* the edges lead to it = root/system/restart.c:inherit_edges */
#ifndef NO_PATIENCE
    :: atomic { extracting -> extract_queued = false; extract_given = false; extraction_ends() } /* = root/graph/graph.c:too_late */
#endif
#ifdef ROOT_WAITS
    :: atomic { extracting -> !extracting } /* a call downhill: nothing else until the server has answered */
#endif
    od
}

/* ---- What must hold ------------------------------------------------------------------ */

/* A server that is blocked in its receive has been signalled if there is work for it. */
ltl no_lost_signal { [] !(server_receives && server_lives && work_waits && !signalled) }
