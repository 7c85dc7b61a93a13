/* SPDX-License-Identifier: BSD-2-Clause */
#include "serve.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_REQUEST 8192u /* bytes of a request's head */

/* The page has its script and style in it, and asks this server only; no other page shows it in a frame. */
static const char headers[] = "Cache-Control: no-store\r\n"
                              "Connection: close\r\n"
                              "Content-Security-Policy: default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
                              "img-src data: blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'\r\n"
                              "Cross-Origin-Resource-Policy: same-origin\r\n"
                              "Referrer-Policy: no-referrer\r\n"
                              "X-Content-Type-Options: nosniff\r\n";

/* ------------------------------------------------------------------------------------------------------------ answer */

static void send_all(int connection, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(connection, bytes, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) {
            _exit(1);
        }
        bytes += sent;
        size -= (size_t)sent;
    }
}

/* Sends an answer and ends. It then reads the rest of the request, or the answer might be lost. */
static _Noreturn void respond(int connection, const char *status, const char *type, const char *body, size_t size)
{
    char head[1024], rest[4096];
    int length = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: %s; charset=utf-8\r\nContent-Length: %zu\r\n%s\r\n",
                          status, type, size, headers);
    send_all(connection, head, (size_t)length);
    send_all(connection, body, size);
    shutdown(connection, SHUT_WR);
    while (read(connection, rest, sizeof rest) > 0) {
    }
    _exit(0);
}

static _Noreturn void refuse(int connection, const char *status)
{
    respond(connection, status, "text/plain", status, strlen(status));
}

/* ----------------------------------------------------------------------------------------------------------- request */

/* The head of a request, up to the empty line, as a string. */
static void read_head(int connection, char *head)
{
    size_t size = 0;
    while (size < MOST_REQUEST - 1) {
        ssize_t got = read(connection, head + size, MOST_REQUEST - 1 - size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            _exit(1);
        }
        size += (size_t)got;
        head[size] = '\0';
        if (strlen(head) != size) {
            refuse(connection, "400 Bad Request");
        }
        if (strstr(head, "\r\n\r\n") != NULL) {
            return;
        }
    }
    refuse(connection, "431 Request Header Fields Too Large");
}

/* Whether one Host field, and no other, names this server. */
static bool names_us(const struct serve *serve, const char *fields)
{
    char known[2][32];
    unsigned ours = 0, all = 0;
    snprintf(known[0], sizeof known[0], "127.0.0.1:%u", serve->port);
    snprintf(known[1], sizeof known[1], "localhost:%u", serve->port);
    for (const char *line = fields; line != NULL && line[0] != '\r'; line = strstr(line, "\r\n") + 2) {
        if (strncasecmp(line, "Host:", 5) != 0) {
            continue;
        }
        const char *value = line + 5 + strspn(line + 5, " \t");
        size_t length = strcspn(value, " \t\r");
        all++;
        for (int i = 0; i < 2; i++) {
            ours += strlen(known[i]) == length && memcmp(known[i], value, length) == 0;
        }
    }
    return ours == 1 && all == 1;
}

static _Noreturn void answer_connection(const struct serve *serve, int connection, serve_answer answer, void *context)
{
    char head[MOST_REQUEST], *body = NULL;
    const char *type = "text/html";
    size_t size = 0, token = strlen(serve->token);
    read_head(connection, head);
    alarm(SERVE_ANSWER_SECONDS);
    char *fields = strstr(head, "\r\n") + 2;
    fields[-2] = '\0';
    char *version = strrchr(head, ' ');
    if (version == NULL || strncmp(version, " HTTP/1.", 8) != 0) {
        refuse(connection, "400 Bad Request");
    }
    *version = '\0';
    if (strncmp(head, "GET ", 4) != 0) {
        refuse(connection, "405 Method Not Allowed");
    }
    if (!names_us(serve, fields)) {
        refuse(connection, "421 Misdirected Request");
    }
    char *path = head + 4;
    if (path[0] != '/' || strncmp(path + 1, serve->token, token) != 0 || path[token + 1] != '/') {
        refuse(connection, "404 Not Found");
    }
    FILE *out = open_memstream(&body, &size);
    if (out == NULL || !answer(context, path + token + 2, out, &type) || fclose(out) != 0) {
        refuse(connection, "404 Not Found");
    }
    respond(connection, "200 OK", type, body, size);
}

/* ------------------------------------------------------------------------------------------------------------ server */

bool serve_start(struct serve *serve, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    unsigned char random[16];
    int on = 1;
    *serve = (struct serve){.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (serve->listener < 0 || getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        return false;
    }
    for (size_t i = 0; i < sizeof random; i++) {
        snprintf(serve->token + 2 * i, 3, "%02x", random[i]);
    }
    setsockopt(serve->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(serve->listener, (struct sockaddr *)&address, length) != 0 || listen(serve->listener, SOMAXCONN) != 0 ||
        getsockname(serve->listener, (struct sockaddr *)&address, &length) != 0) {
        return false;
    }
    serve->port = ntohs(address.sin_port);
    return true;
}

bool serve_may_accept(const struct serve *serve)
{
    return serve->busy < SERVE_CHILDREN;
}

void serve_accept(struct serve *serve, serve_answer answer, void *context)
{
    int connection = accept4(serve->listener, NULL, NULL, SOCK_CLOEXEC);
    if (connection < 0) {
        return; /* it has gone again */
    }
    pid_t child = fork();
    if (child == 0) {
        sigset_t none;
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* it does not outlive the server */
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        alarm(SERVE_ARRIVE_SECONDS);
        answer_connection(serve, connection, answer, context);
    }
    if (child > 0) {
        serve->children[serve->busy++] = child;
    }
    close(connection);
}

void serve_reap(struct serve *serve)
{
    for (unsigned i = 0; i < serve->busy;) {
        if (waitpid(serve->children[i], NULL, WNOHANG) != 0) {
            serve->children[i] = serve->children[--serve->busy];
        } else {
            i++;
        }
    }
}
