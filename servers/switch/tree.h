/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/switch/tree.h: records by a word, even if an attacker chose the words: finding, adding and removing one takes at most as many
 * steps as a word
 * has bits, however many there are. (A crit-bit tree: a node for each bit in which words differ that are the same before.)
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define TREE_WORD 32u /* bytes of a word, with the zeros behind it */

/* A member of a record. */
struct tree_entry {
    char word[TREE_WORD];
};

struct tree {
    struct tree_branch {
        struct tree_node *node;   /* or else */
        struct tree_entry *entry; /* NULL: the tree is empty */
    } root;
};

#define TREE_RECORD(entry, type, member) ((type *)((char *)(entry)-offsetof(type, member)))

/* Writes a word with zeros behind it; what does not fit is cut off. */
void tree_word(char to[TREE_WORD], const char *word);
/* NULL: there is none. */
struct tree_entry *tree_find(const struct tree *tree, const char *word);
/* Adds an entry whose word is set (tree_word()) and not in the tree. False: no memory. */
bool tree_add(struct tree *tree, struct tree_entry *entry);
/* Takes out an entry that is in the tree. */
void tree_remove(struct tree *tree, const struct tree_entry *entry);
