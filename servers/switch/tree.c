/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/switch/tree.c: see tree.h. */
#include "servers/switch/tree.h"

#include <stdlib.h>
#include <string.h>

struct tree_node {
    unsigned bit;                 /* the first one in which those below differ; larger than in the node above */
    struct tree_branch branch[2]; /* by its value */
};

static unsigned bit_of(const char word[TREE_WORD], unsigned bit)
{
    return (unsigned char)word[bit / 8] >> (7 - bit % 8) & 1;
}

void tree_word(char to[TREE_WORD], const char *word)
{
    const size_t length = strnlen(word, TREE_WORD - 1);

    memset(to, 0, TREE_WORD);
    memcpy(to, word, length);
}

/* The entry that a word leads to, which has the same bits where the tree looks; NULL: the tree is empty. */
static struct tree_entry *nearest(const struct tree *tree, const char word[TREE_WORD])
{
    const struct tree_branch *at = &tree->root;

    while (at->node != NULL)
        at = &at->node->branch[bit_of(word, at->node->bit)];
    return at->entry;
}

struct tree_entry *tree_find(const struct tree *tree, const char *word)
{
    char wanted[TREE_WORD];

    tree_word(wanted, word);
    struct tree_entry *entry = nearest(tree, wanted);

    return entry != NULL && memcmp(entry->word, wanted, TREE_WORD) == 0 ? entry : NULL;
}

/* The first bit in which two words differ, which they do. */
static unsigned difference(const char one[TREE_WORD], const char other[TREE_WORD])
{
    unsigned bit = 0;

    while (one[bit / 8] == other[bit / 8])
        bit += 8;
    while (bit_of(one, bit) == bit_of(other, bit))
        bit++;
    return bit;
}

bool tree_add(struct tree *tree, struct tree_entry *entry)
{
    const struct tree_entry *other = nearest(tree, entry->word);
    struct tree_branch *at = &tree->root;

    if (other == NULL) {
        at->entry = entry;
        return true;
    }
    const unsigned bit = difference(entry->word, other->word);
    struct tree_node *node = malloc(sizeof *node);

    if (node == NULL)
        return false;
    while (at->node != NULL && at->node->bit < bit)
        at = &at->node->branch[bit_of(entry->word, at->node->bit)];
    node->bit = bit;
    node->branch[bit_of(entry->word, bit)] = (struct tree_branch){.entry = entry};
    node->branch[!bit_of(entry->word, bit)] = *at;
    *at = (struct tree_branch){.node = node};
    return true;
}

void tree_remove(struct tree *tree, const struct tree_entry *entry)
{
    struct tree_branch *at = &tree->root, *above = NULL;

    while (at->node != NULL) {
        above = at;
        at = &at->node->branch[bit_of(entry->word, at->node->bit)];
    }
    if (above == NULL) {
        at->entry = NULL;
        return;
    }
    struct tree_node *node = above->node;

    *above = node->branch[at == &node->branch[0]];
    free(node);
}
