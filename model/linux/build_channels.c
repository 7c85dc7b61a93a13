/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets. One that listens is a space of the first process that has it open, which others may ask for connections; a
 * connection is one resource of the kernel's, whichever end it is looked at from, that both ends hold. */
#include "build.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* A socket that a PD has open. */
struct end {
    uint64_t inode;
    size_t pd; /* its place among the PDs */
    const char *path;
};

/* An edge to be made, each once. */
struct link {
    cm_node from, to;
    unsigned rights; /* 0: a REQUEST, to the manager of the space `to` */
};

struct plugging {
    struct lx_build *build;
    struct end *ends;
    struct link *links;
    size_t end_count, link_count;
};

static int by_inode(const void *left, const void *right)
{
    const struct end *a = left;
    const struct end *b = right;
    return a->inode != b->inode ? (a->inode > b->inode) - (a->inode < b->inode) : (a->pd > b->pd) - (a->pd < b->pd);
}

static int by_nodes(const void *left, const void *right)
{
    const struct link *a = left;
    const struct link *b = right;
    if (a->from != b->from || a->to != b->to) {
        return a->from != b->from ? (a->from > b->from) - (a->from < b->from) : (a->to > b->to) - (a->to < b->to);
    }
    return (a->rights > b->rights) - (a->rights < b->rights);
}

static enum cm_status list_ends(struct plugging *p)
{
    size_t pd = 0;
    for (size_t i = 0; i < p->build->entry_count; i++) {
        const struct lx_process *process = &p->build->entries[i].process;
        for (size_t t = 0; t < process->task_count; t++, pd++) {
            for (size_t f = 0; f < process->tasks[t].file_count; f++) {
                const struct lx_file *file = &process->tasks[t].files[f];
                if (file->kind != LX_SOCKET) {
                    continue;
                }
                if (!lx_grow((void **)&p->ends, p->end_count, sizeof *p->ends)) {
                    return CM_NO_MEMORY;
                }
                p->ends[p->end_count++] = (struct end){file->inode, pd, file->path};
            }
        }
    }
    if (p->end_count > 0) {
        qsort(p->ends, p->end_count, sizeof *p->ends, by_inode);
    }
    return CM_OK;
}

/* The first PD that has a socket open. NULL: none that is looked at. */
static const struct end *first_end(const struct plugging *p, uint64_t inode)
{
    size_t low = 0;
    for (size_t high = p->end_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (p->ends[middle].inode < inode) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < p->end_count && p->ends[low].inode == inode ? &p->ends[low] : NULL;
}

static enum cm_status add_link(struct plugging *p, cm_node from, cm_node to, unsigned rights)
{
    if (!lx_grow((void **)&p->links, p->link_count, sizeof *p->links)) {
        return CM_NO_MEMORY;
    }
    p->links[p->link_count++] = (struct link){from, to, rights};
    return CM_OK;
}

/* The space of a listening socket, and the resource in it that all who have it open hold: the socket itself. */
static enum cm_status find_door(struct plugging *p, const struct lx_socket *door, cm_node *space, cm_node *resource)
{
    char id[64];
    char name[64];
    char manager[64]; /* a copy, as texts of the graph move while it grows */
    snprintf(manager, sizeof manager, "%s", cm_node_id(p->build->graph, p->build->pds[first_end(p, door->inode)->pd]));
    snprintf(name, sizeof name, "door %" PRIx64, door->inode);
    struct lx_thing *thing = lx_known_find(&p->build->known, &(struct lx_thing){.name = name});
    if (thing == NULL) {
        return CM_NO_MEMORY;
    }
    if (thing->value != LX_NEW) { /* the two were made one after the other */
        *space = (cm_node)thing->value;
        *resource = *space + 1;
        return CM_OK;
    }
    snprintf(id, sizeof id, "SOCKET_SPACE_%" PRIx64, door->inode);
    enum cm_status status = cm_graph_add_space(p->build->graph, cm_text_of(id), cm_text_of("SOCKET"),
                                               cm_text_of(manager), space);
    thing->value = *space;
    char extra[512];
    snprintf(extra, sizeof extra, "%s%.400s listening", door->family == AF_UNIX ? "unix " : "",
             door->name == NULL ? "" : door->name);
    return status != CM_OK ? status
                           : lx_add_resource(p->build, "SOCKET", door->inode, door->inode, extra, *space, resource);
}

/* One node for both ends of a connection: that of the lower inode. Of datagrams that go one way only, each its own. */
static enum cm_status find_connection(struct plugging *p, const struct end *end, const struct lx_socket *socket, cm_node *node)
{
    const struct lx_socket *peer = socket == NULL || socket->peer == 0 ? NULL : lx_sockets_find(p->build->sockets, socket->peer);
    bool both = peer != NULL && (socket->family != AF_UNIX || peer->peer == socket->inode);
    const struct lx_socket *named = socket != NULL && socket->name != NULL ? socket : both ? peer
                                                                                           : socket;
    uint64_t number = both && peer->inode < end->inode ? peer->inode : end->inode;
    char extra[512];
    snprintf(extra, sizeof extra, "%s%.400s", socket != NULL && socket->family == AF_UNIX ? "unix " : "",
             named != NULL && named->name != NULL ? named->name : end->path);
    return lx_find_resource(p->build, "SOCKET", LX_SOCKET_SPACE, number, extra, node);
}

/* The task that asked for a connection asks the one that listens. */
static enum cm_status ask_listener(struct plugging *p, const struct lx_socket *socket, cm_node pd)
{
    const struct lx_socket *peer = lx_sockets_find(p->build->sockets, socket->peer);
    if (peer == NULL || peer->listener == 0 || first_end(p, peer->listener) == NULL) {
        return CM_OK;
    }
    cm_node space;
    cm_node resource;
    enum cm_status status = find_door(p, lx_sockets_find(p->build->sockets, peer->listener), &space, &resource);
    bool itself = p->build->pds[first_end(p, peer->listener)->pd] == pd;
    return status != CM_OK || itself ? status : add_link(p, pd, space, 0);
}

static enum cm_status plug_end(struct plugging *p, const struct end *end)
{
    const struct lx_socket *socket = lx_sockets_find(p->build->sockets, end->inode);
    cm_node pd = p->build->pds[end->pd];
    cm_node space;
    cm_node node;
    if (socket != NULL && socket->listening) {
        enum cm_status status = find_door(p, socket, &space, &node);
        return status != CM_OK ? status : add_link(p, pd, node, CM_READ | CM_WRITE);
    }
    enum cm_status status = find_connection(p, end, socket, &node);
    if (status == CM_OK) {
        status = add_link(p, pd, node, CM_READ | CM_WRITE);
    }
    if (status != CM_OK || socket == NULL || socket->peer == 0) {
        return status;
    }
    const struct lx_socket *peer = lx_sockets_find(p->build->sockets, socket->peer);
    if (peer != NULL && socket->family == AF_UNIX && peer->peer != socket->inode) { /* it sends, and gets no answer there */
        const struct end *other = first_end(p, peer->inode);
        status = other == NULL ? CM_OK : find_connection(p, other, peer, &node);
        return status != CM_OK || other == NULL ? status : add_link(p, pd, node, CM_WRITE);
    }
    return ask_listener(p, socket, pd);
}

/* Each edge once, HOLDs with the union of rights. */
static enum cm_status add_links(struct plugging *p)
{
    enum cm_status status = CM_OK;
    if (p->link_count > 0) {
        qsort(p->links, p->link_count, sizeof *p->links, by_nodes);
    }
    for (size_t i = 0; i < p->link_count && status == CM_OK;) {
        const struct link *link = &p->links[i];
        unsigned rights = 0;
        for (; i < p->link_count && p->links[i].from == link->from && p->links[i].to == link->to; i++) {
            rights |= p->links[i].rights;
        }
        if (rights != 0) {
            status = cm_graph_add_edge(p->build->graph, CM_HOLD, link->from, link->to, rights);
        } else {
            cm_node manager;
            status = cm_graph_refer(p->build->graph, cm_text_of(cm_node_extra(p->build->graph, link->to)), &manager);
            status = status != CM_OK ? status
                                     : cm_graph_add_request(p->build->graph, link->from, manager, cm_text_of("SOCKET"), link->to);
        }
    }
    return status;
}

enum cm_status lx_add_sockets(struct lx_build *build)
{
    struct plugging p = {.build = build};
    enum cm_status status = list_ends(&p);
    for (size_t i = 0; i < p.end_count && status == CM_OK; i++) {
        status = plug_end(&p, &p.ends[i]);
    }
    if (status == CM_OK) {
        status = add_links(&p);
    }
    free(p.ends);
    free(p.links);
    return status;
}
