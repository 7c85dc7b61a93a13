/* SPDX-License-Identifier: BSD-2-Clause */
/* Bottom-up: asking the kernel in a network namespace, the answers' messages, and putting ends together. */
#include "channels.h"
#include "text.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* States of TCP (RFC 793) as Linux numbers them; Unix sockets use the same number. */
enum { state_listen = 10,
       answer_room = 1 << 16 };

static struct lx_socket *add_socket(struct lx_sockets *sockets, uint64_t inode)
{
    if (!lx_grow((void **)&sockets->items, sockets->count, sizeof *sockets->items)) {
        return NULL;
    }
    struct lx_socket *socket = &sockets->items[sockets->count++];
    *socket = (struct lx_socket){.inode = inode};
    return socket;
}

/* ------------------------------------------------------------------------------------------------ Unix sockets */

/* A path, or a name of any bytes after a NUL. */
static char *unix_name(const unsigned char *bytes, size_t length)
{
    char *name = malloc(3 * length + 8);
    char *at = name;
    for (size_t i = 0; name != NULL && i < length && (bytes[i] != '\0' || i == 0); i++) {
        at += sprintf(at, bytes[i] < 0x20 || bytes[i] >= 0x7f || bytes[i] == '%' ? "%%%02X" : "%c", bytes[i]);
    }
    if (name != NULL) {
        *at = '\0';
    }
    return name;
}

static bool add_unix(struct lx_sockets *sockets, const struct nlmsghdr *message, uint64_t namespace_)
{
    const struct unix_diag_msg *answer = NLMSG_DATA(message);
    struct lx_socket *socket = add_socket(sockets, answer->udiag_ino);
    if (socket == NULL) {
        return false;
    }
    socket->family = AF_UNIX;
    socket->protocol = answer->udiag_type;
    socket->namespace_ = namespace_;
    socket->listening = answer->udiag_state == state_listen;
    int left = (int)(message->nlmsg_len - NLMSG_LENGTH(sizeof *answer));
    for (const struct nlattr *at = (const void *)(answer + 1);
         left >= (int)sizeof *at && at->nla_len >= sizeof *at && at->nla_len <= left;) {
        const unsigned char *value = (const void *)(at + 1);
        size_t length = at->nla_len - sizeof *at;
        if (at->nla_type == UNIX_DIAG_NAME && socket->name == NULL) {
            socket->name = unix_name(value, length);
            if (socket->name == NULL) {
                return false;
            }
        } else if (at->nla_type == UNIX_DIAG_PEER && length >= sizeof(uint32_t)) {
            uint32_t peer;
            memcpy(&peer, value, sizeof peer);
            socket->peer = peer;
        }
        left -= (int)NLA_ALIGN(at->nla_len);
        at = (const void *)((const char *)at + NLA_ALIGN(at->nla_len));
    }
    return true;
}

/* ------------------------------------------------------------------------------------------------ TCP and UDP */

static void set_address(uint8_t *out, uint8_t family, const uint32_t *address, uint16_t port)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (family == AF_INET) {
        memcpy(out, mapped, 12);
        memcpy(out + 12, address, 4);
    } else {
        memcpy(out, address, 16);
    }
    memcpy(out + 16, &port, 2); /* in network order, as it comes */
}

static bool is_mapped(const uint8_t *address)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(address, mapped, sizeof mapped) == 0;
}

static bool is_any(const uint8_t *address)
{
    static const uint8_t none[16];
    return memcmp(address, none, 16) == 0 || (is_mapped(address) && memcmp(address + 12, none, 4) == 0);
}

static void put_address(char *out, size_t size, const uint8_t *address)
{
    char text[INET6_ADDRSTRLEN] = "";
    bool four = is_mapped(address);
    inet_ntop(four ? AF_INET : AF_INET6, four ? address + 12 : address, text, sizeof text);
    snprintf(out, size, four ? "%s:%u" : "[%s]:%u", text, (unsigned)address[16] << 8 | address[17]);
}

static bool add_inet(struct lx_sockets *sockets, const struct nlmsghdr *message, uint64_t namespace_, uint8_t protocol)
{
    const struct inet_diag_msg *answer = NLMSG_DATA(message);
    if (answer->idiag_inode == 0) {
        return true; /* no process has it open any more */
    }
    struct lx_socket *socket = add_socket(sockets, answer->idiag_inode);
    if (socket == NULL) {
        return false;
    }
    socket->family = answer->idiag_family;
    socket->protocol = protocol;
    socket->namespace_ = namespace_;
    socket->listening = protocol == IPPROTO_TCP && answer->idiag_state == state_listen;
    set_address(socket->local, answer->idiag_family, answer->id.idiag_src, answer->id.idiag_sport);
    set_address(socket->remote, answer->idiag_family, answer->id.idiag_dst, answer->id.idiag_dport);
    char local[64];
    char remote[64];
    char name[160];
    put_address(local, sizeof local, socket->local);
    put_address(remote, sizeof remote, socket->remote);
    bool connected = socket->remote[16] != 0 || socket->remote[17] != 0;
    snprintf(name, sizeof name, "%s %s%s%s", protocol == IPPROTO_TCP ? "tcp" : "udp", local, connected ? " " : "",
             connected ? remote : "");
    socket->name = strdup(name);
    return socket->name != NULL;
}

/* ------------------------------------------------------------------------------------------------ asking */

struct question {
    uint8_t family, protocol;
};

static bool ask(int netlink, struct question question)
{
    struct {
        struct nlmsghdr head;
        union {
            struct unix_diag_req of_unix;
            struct inet_diag_req_v2 of_inet;
        };
    } request = {.head = {.nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};
    if (question.family == AF_UNIX) {
        request.head.nlmsg_len = NLMSG_LENGTH(sizeof request.of_unix);
        request.of_unix =
            (struct unix_diag_req){.sdiag_family = AF_UNIX, .udiag_states = UINT32_MAX, .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER};
    } else {
        request.head.nlmsg_len = NLMSG_LENGTH(sizeof request.of_inet);
        request.of_inet = (struct inet_diag_req_v2){
            .sdiag_family = question.family, .sdiag_protocol = question.protocol, .idiag_states = UINT32_MAX};
    }
    return send(netlink, &request, request.head.nlmsg_len, 0) == (ssize_t)request.head.nlmsg_len;
}

/* Reads answers to the end. *complete: the kernel listed all sockets; it may lack a family. */
static bool take_answers(struct lx_sockets *sockets, int netlink, struct question question, uint64_t namespace_,
                         void *room, bool *complete)
{
    for (;;) {
        ssize_t got = recv(netlink, room, answer_room, 0);
        if (got <= 0) {
            *complete = false;
            return true;
        }
        size_t left = (size_t)got;
        const struct nlmsghdr *message = room;
        for (; left >= sizeof *message && message->nlmsg_len >= sizeof *message && message->nlmsg_len <= left;
             left -= NLMSG_ALIGN(message->nlmsg_len) < left ? NLMSG_ALIGN(message->nlmsg_len) : left,
             message = (const void *)((const char *)message + NLMSG_ALIGN(message->nlmsg_len))) {
            if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR) {
                *complete = message->nlmsg_type == NLMSG_DONE;
                return true;
            }
            bool fine = question.family == AF_UNIX ? add_unix(sockets, message, namespace_)
                                                   : add_inet(sockets, message, namespace_, question.protocol);
            if (!fine) {
                return false;
            }
        }
    }
}

/* A socket to ask with, of the network namespace of a task. It keeps its namespace when the process is back in its own. */
static int open_in(pid_t task, uint64_t namespace_)
{
    char path[LX_PATH];
    struct stat own;
    if (stat("/proc/self/ns/net", &own) == 0 && own.st_ino == namespace_) {
        return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    }
    int back = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int there = open(lx_path(path, task, "ns/net"), O_RDONLY | O_CLOEXEC);
    int netlink = -1;
    if (back >= 0 && there >= 0 && setns(there, CLONE_NEWNET) == 0) {
        netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
        if (setns(back, CLONE_NEWNET) != 0) {
            abort(); /* the right to leave was the right to come back */
        }
    }
    if (back >= 0) {
        close(back);
    }
    if (there >= 0) {
        close(there);
    }
    return netlink;
}

bool lx_sockets_read(struct lx_sockets *sockets, pid_t task, uint64_t namespace_)
{
    static const struct question questions[] = {{AF_UNIX, 0},
                                                {AF_INET, IPPROTO_TCP},
                                                {AF_INET6, IPPROTO_TCP},
                                                {AF_INET, IPPROTO_UDP},
                                                {AF_INET6, IPPROTO_UDP}};
    int netlink = open_in(task, namespace_);
    if (netlink < 0) {
        sockets->incomplete = true;
        return true;
    }
    void *room = malloc(answer_room);
    bool fine = room != NULL;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0] && fine; i++) {
        bool complete = false;
        fine = !ask(netlink, questions[i]) || take_answers(sockets, netlink, questions[i], namespace_, room, &complete);
        sockets->incomplete = sockets->incomplete || (!complete && questions[i].family == AF_UNIX);
    }
    free(room);
    close(netlink);
    return fine;
}

/* ------------------------------------------------------------------------------------------------ ends together */

static int by_inode(const void *left, const void *right)
{
    const struct lx_socket *a = left;
    const struct lx_socket *b = right;
    return (a->inode > b->inode) - (a->inode < b->inode);
}

const struct lx_socket *lx_sockets_find(const struct lx_sockets *sockets, uint64_t inode)
{
    return sockets->count == 0
               ? NULL
               : bsearch(&(struct lx_socket){.inode = inode}, sockets->items, sockets->count, sizeof *sockets->items, by_inode);
}

static int by_protocol(const struct lx_socket *a, const struct lx_socket *b)
{
    bool unix_a = a->family == AF_UNIX;
    bool unix_b = b->family == AF_UNIX;
    return unix_a != unix_b ? (int)unix_a - (int)unix_b : (int)a->protocol - (int)b->protocol;
}

/* By the addresses of both ends, seen from this one. */
static int by_addresses(const void *left, const void *right)
{
    const struct lx_socket *a = *(struct lx_socket *const *)left;
    const struct lx_socket *b = *(struct lx_socket *const *)right;
    int order = by_protocol(a, b);
    order = order != 0 ? order : memcmp(a->local, b->local, sizeof a->local);
    return order != 0 ? order : memcmp(a->remote, b->remote, sizeof a->remote);
}

/* Listening sockets by what a connection to them has in common with them: the port, or the name. */
static int by_door(const void *left, const void *right)
{
    const struct lx_socket *a = *(struct lx_socket *const *)left;
    const struct lx_socket *b = *(struct lx_socket *const *)right;
    int order = by_protocol(a, b);
    if (order != 0 || a->family != AF_UNIX) {
        return order != 0 ? order : memcmp(a->local + 16, b->local + 16, 2);
    }
    return strcmp(a->name == NULL ? "" : a->name, b->name == NULL ? "" : b->name);
}

static uint64_t peer_of(const struct lx_socket *socket, struct lx_socket *const *connected, size_t count)
{
    struct lx_socket turned = *socket;
    struct lx_socket *key = &turned;
    memcpy(turned.local, socket->remote, sizeof turned.local);
    memcpy(turned.remote, socket->local, sizeof turned.remote);
    struct lx_socket *const *found = bsearch(&key, connected, count, sizeof(*connected), by_addresses);
    return found == NULL || *found == socket ? 0 : (*found)->inode;
}

static bool is_door_of(const struct lx_socket *door, const struct lx_socket *socket)
{
    if (door->namespace_ != socket->namespace_) {
        return false;
    }
    return socket->family == AF_UNIX || is_any(door->local) || memcmp(door->local, socket->local, 16) == 0;
}

static uint64_t listener_of(struct lx_socket *socket, struct lx_socket *const *doors, size_t count)
{
    size_t low = 0;
    for (size_t high = count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (by_door(&doors[middle], &socket) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (size_t i = low; i < count && by_door(&doors[i], &socket) == 0; i++) {
        if (is_door_of(doors[i], socket)) {
            return doors[i]->inode;
        }
    }
    return 0;
}

bool lx_sockets_link(struct lx_sockets *sockets)
{
    struct lx_socket **connected = malloc((sockets->count + 1) * sizeof(*connected));
    struct lx_socket **doors = malloc((sockets->count + 1) * sizeof(*doors));
    size_t connected_count = 0;
    size_t door_count = 0;
    if (connected == NULL || doors == NULL) {
        free(connected);
        free(doors);
        return false;
    }
    if (sockets->count > 0) {
        qsort(sockets->items, sockets->count, sizeof *sockets->items, by_inode);
    }
    for (size_t i = 0; i < sockets->count; i++) {
        struct lx_socket *socket = &sockets->items[i];
        if (socket->listening) {
            doors[door_count++] = socket;
        } else if (socket->family != AF_UNIX && (socket->remote[16] != 0 || socket->remote[17] != 0)) {
            connected[connected_count++] = socket;
        }
    }
    qsort(connected, connected_count, sizeof(*connected), by_addresses);
    qsort(doors, door_count, sizeof(*doors), by_door);
    for (size_t i = 0; i < sockets->count; i++) {
        struct lx_socket *socket = &sockets->items[i];
        if (socket->listening) {
            continue;
        }
        if (socket->family != AF_UNIX) {
            socket->peer = peer_of(socket, connected, connected_count);
        }
        bool named = socket->family != AF_UNIX ? socket->remote[16] != 0 || socket->remote[17] != 0 : socket->name != NULL;
        socket->listener = named ? listener_of(socket, doors, door_count) : 0;
    }
    free(connected);
    free(doors);
    return true;
}

void lx_sockets_free(struct lx_sockets *sockets)
{
    for (size_t i = 0; i < sockets->count; i++) {
        free(sockets->items[i].name);
    }
    free(sockets->items);
    *sockets = (struct lx_sockets){0};
}
