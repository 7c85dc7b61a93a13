/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/runner_models.c: the models of a running machine, for programs that connect to a socket in the file system: each
 * connection gets one, extracted for it and sent when it is complete, and the line `end`; or a line `error: REASON`.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/host.h"
#include "tools/runner.h"

/* A client that reads nothing for so many milliseconds is dropped, as others wait. */
#define PATIENCE_MILLISECONDS 10000

static struct {
    const char *path; /* NULL: there is no socket */
    int listener;
    int client;    /* -1: no client is served */
    bool asked;    /* the machine is extracting */
    bool complete; /* `text` holds all that the client gets */
    char *text;    /* owned */
    size_t size, sent;
    int64_t moved; /* when the client last read something; 0: never yet */
} models = {.listener = -1, .client = -1};

static void remove_socket(void)
{
    unlink(models.path);
}

/* ---- The text ---------------------------------------------------------------- */

static void append(const char *bytes, size_t size)
{
    models.text = host_reallocate(models.text, models.size + size);
    memcpy(models.text + models.size, bytes, size);
    models.size += size;
}

bool models_take(const char *bytes, size_t size)
{
    if (models.asked)
        append(bytes, size);
    return models.asked;
}

bool models_end(const char *why)
{
    bool asked = models.asked;

    if (asked && strcmp(why, "ok") != 0) {
        models.size = 0;
        append("error: ", 7);
        append(why, strlen(why));
        append("\n", 1);
    } else if (asked) {
        append("end\n", 4);
    }
    models.asked = false;
    models.complete = asked && models.client >= 0;
    models.moved = 0;
    return asked;
}

/* ---- The client -------------------------------------------------------------- */

static void drop(void)
{
    close(models.client);
    models.client = -1;
    models.complete = false;
}

static void take_client(void)
{
    models.client = accept4(models.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

static void write_client(int64_t time)
{
    ssize_t size = send(models.client, models.text + models.sent, models.size - models.sent, MSG_NOSIGNAL);

    if (size < 0 && errno != EAGAIN && errno != EINTR) {
        drop();
        return;
    }
    if (size > 0) {
        models.sent += (size_t)size;
        models.moved = time;
    }
    if (models.sent == models.size)
        drop();
}

/* ---- For the loop -------------------------------------------------------------- */

void models_open(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    mode_t mask;
    int bound;

    if (strlen(path) >= sizeof address.sun_path)
        host_fail(path, "too long for the name of a socket");
    strcpy(address.sun_path, path);
    models.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mask = umask(S_IRWXG | S_IRWXO); /* a model is its owner's */
    bound = bind(models.listener, (struct sockaddr *)&address, sizeof address);
    umask(mask);
    if (bound != 0 || listen(models.listener, SOMAXCONN) != 0)
        host_fail(path, "%s", strerror(errno));
    models.path = path;
    atexit(remove_socket);
}

struct pollfd models_poll(void)
{
    if (models.client < 0)
        return (struct pollfd){.fd = models.listener, .events = POLLIN};
    return (struct pollfd){.fd = models.client, .events = models.complete ? POLLOUT : 0};
}

void models_turn(const struct pollfd *polled, int control_fd, int64_t time)
{
    if (models.client < 0 && polled->revents != 0)
        take_client();
    else if (models.client >= 0 && models.complete && polled->revents != 0)
        write_client(time);
    else if (models.client >= 0 && (polled->revents & (POLLERR | POLLHUP)) != 0)
        drop();
    if (models.complete && models.moved == 0)
        models.moved = time;
    if (models.complete && time - models.moved > PATIENCE_MILLISECONDS)
        drop();
    if (models.client >= 0 && !models.asked && !models.complete && control.alive) {
        models.size = models.sent = 0;
        models.asked = true;
        control_send(control_fd, "model");
    }
}
