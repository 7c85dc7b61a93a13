/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages on 127.0.0.1, by HTTP/1.1 (RFC 9112), for a browser on the same computer. Each connection gets one answer, from a process of
 * its own with a copy of the states of that moment: a client that is slow, or fails, delays no other.
 *
 * The address has a random part, which only who may read the terminal knows; requests must name this host, so that a page of
 * somebody else's cannot reach it by a name that leads here (DNS rebinding). There is nothing but GET.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* How many answer at a time; further connections wait. */
#define SERVE_CHILDREN 32u

struct serve {
    int listener;
    uint16_t port;
    char token[33];                 /* 128 bits, hexadecimal */
    pid_t children[SERVE_CHILDREN]; /* processes that answer; the first `busy` */
    unsigned busy;
};

/* Seconds that a request may take: to arrive, and to be answered. */
#define SERVE_ARRIVE_SECONDS 5u
#define SERVE_ANSWER_SECONDS 600u

/* Writes the content of a path (without the random part), and its type; false: there is none. */
typedef bool (*serve_answer)(void *context, const char *path, FILE *out, const char **type);

/* Listens at a port (0: any that is free). False with errno. */
bool serve_start(struct serve *serve, uint16_t port);

/* Whether a further connection can be taken. */
bool serve_may_accept(const struct serve *serve);

/* Takes a connection, when the listener is ready. */
void serve_accept(struct serve *serve, serve_answer answer, void *context);

/* Forgets processes that have answered. */
void serve_reap(struct serve *serve);
