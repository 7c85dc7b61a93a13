/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/base/list.h: circular doubly linked lists, embedded in what they link.
 *
 * An initialised node that is in no list points to itself, so removing it again
 * does no harm.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *previous;
};

/* The structure that embeds a list node as `member`. */
#define CONTAINER(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))

/* Walks a list; the current entry must stay in it until the next step. */
#define LIST_EACH(entry, head)                                                                      \
    for (struct list *entry = (head)->next; entry != (head); entry = entry->next)

/* The initial value of an empty list that is static. */
#define LIST_EMPTY(list) {&(list), &(list)}

static inline void list_init(struct list *list)
{
    list->next = list->previous = list;
}

static inline bool list_empty(const struct list *list)
{
    return list->next == list;
}

/* Puts `node` behind `where`: at the front when that is the head. */
static inline void list_insert(struct list *where, struct list *node)
{
    node->previous = where;
    node->next = where->next;
    where->next->previous = node;
    where->next = node;
}

/* Puts `node` at the end. */
static inline void list_append(struct list *head, struct list *node)
{
    list_insert(head->previous, node);
}

/* Puts all of another list at the end; that one is empty then. */
static inline void list_append_all(struct list *head, struct list *from)
{
    if (list_empty(from))
        return;
    from->next->previous = head->previous;
    head->previous->next = from->next;
    from->previous->next = head;
    head->previous = from->previous;
    list_init(from);
}

/* Takes `node` out; it is a list of its own afterwards. */
static inline void list_remove(struct list *node)
{
    node->previous->next = node->next;
    node->next->previous = node->previous;
    list_init(node);
}
