/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/regions/regions.c: see regions.h. Bottom-up: what a node knows, balance, changes, questions. */
#include "lib/regions/regions.h"

#include <stddef.h>

static inline unsigned height(const struct region *node)
{
    return node == NULL ? 0 : node->height;
}

static inline uint64_t max(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Computes what `node` knows from its children. */
static inline void update(struct region *node)
{
    const struct region *left = node->left, *right = node->right;
    unsigned below = 0;
    uint64_t first = node->start, last = node->end, gap = 0;

    if (left != NULL) {
        below = left->height;
        first = left->first;
        gap = max(left->gap, node->start - left->last);
    }
    if (right != NULL) {
        if (right->height > below)
            below = right->height;
        last = right->last;
        gap = max(gap, max(right->gap, right->first - node->end));
    }
    node->height = (uint8_t)(below + 1);
    node->first = first;
    node->last = last;
    node->gap = gap;
}

/* ---- Balance --------------------------------------------------------- */

static __attribute__((noinline)) struct region *rotate_right(struct region *node)
{
    struct region *top = node->left;

    node->left = top->right;
    top->right = node;
    update(node);
    update(top);
    return top;
}

static __attribute__((noinline)) struct region *rotate_left(struct region *node)
{
    struct region *top = node->right;

    node->right = top->left;
    top->left = node;
    update(node);
    update(top);
    return top;
}

/* Restores the balance at `node`, whose children are balanced and differ by at
 * most 2 in height; returns the new top. */
static inline struct region *balance(struct region *node)
{
    unsigned left = height(node->left), right = height(node->right);

    if (left > right + 1) {
        if (height(node->left->left) < height(node->left->right))
            node->left = rotate_left(node->left);
        return rotate_right(node);
    }
    if (right > left + 1) {
        if (height(node->right->right) < height(node->right->left))
            node->right = rotate_right(node->right);
        return rotate_left(node);
    }
    update(node);
    return node;
}

/* ---- Changes --------------------------------------------------------- */

/* Levels of a tree, at most: an AVL tree with more has more nodes than there are addresses. */
#define LEVELS 92u

void region_add(struct region **root, struct region *region)
{
    struct region **path[LEVELS], **at = root;
    unsigned level = 0, within = 0;

    while (*at != NULL) {
        struct region *node = *at;

        path[level++] = at;
        if (region->start >= node->last) {
            /* Behind all of the subtree, which gets one more gap. */
            node->gap = max(node->gap, region->start - node->last);
            node->last = region->end;
        } else {
            within = level;
        }
        at = region->start < node->start ? &node->left : &node->right;
    }
    region->left = region->right = NULL;
    update(region);
    *at = region;
    while (level > 0) {
        at = path[--level];
        unsigned before = (*at)->height;

        *at = balance(*at);
        /* What is above knows all if it does not become higher. */
        if (level > within && (*at)->height == before)
            level = within;
    }
}

bool region_insert(struct region **root, struct region *region)
{
    const struct region *other = region_at(*root, region->start);

    if (other != NULL && other->start < region->end)
        return false;
    region_add(root, region);
    return true;
}

/* Takes the lowest node out of a subtree; *lowest is it. */
static struct region *remove_lowest(struct region *node, struct region **lowest)
{
    if (node->left == NULL) {
        *lowest = node;
        return node->right;
    }
    node->left = remove_lowest(node->left, lowest);
    return balance(node);
}

static struct region *remove(struct region *node, const struct region *region)
{
    if (node == region) {
        struct region *next;

        if (node->right == NULL)
            return node->left;
        struct region *right = remove_lowest(node->right, &next);

        next->left = node->left;
        next->right = right;
        return balance(next);
    }
    if (region->start < node->start)
        node->left = remove(node->left, region);
    else
        node->right = remove(node->right, region);
    return balance(node);
}

void region_remove(struct region **root, struct region *region)
{
    *root = remove(*root, region);
    region->left = region->right = NULL;
}

/* ---- Questions ------------------------------------------------------- */

struct region *region_at(struct region *root, uint64_t address)
{
    struct region *best = NULL;

    while (root != NULL) {
        if (root->end > address) {
            best = root;
            root = root->left;
        } else {
            root = root->right;
        }
    }
    return best;
}

struct region *region_from(struct region *root, uint64_t address)
{
    struct region *best = NULL;

    while (root != NULL) {
        if (root->start >= address) {
            best = root;
            root = root->left;
        } else {
            root = root->right;
        }
    }
    return best;
}

static bool fits(uint64_t from, uint64_t to, uint64_t size)
{
    return to >= from && to - from >= size;
}

/* May there be room in a subtree, or in front of it, from `low` on? */
static inline bool may_fit(const struct region *node, uint64_t low, uint64_t size)
{
    return node != NULL && node->last > low && (node->gap >= size || fits(low, node->first, size));
}

/* Looks for room in a subtree that may have some and in front of it, from `low` on, which is
 * at or above the end of everything to the left of the subtree. */
static bool place(const struct region *node, uint64_t low, uint64_t size, uint64_t *start)
{
    do {
        if (may_fit(node->left, low, size) && place(node->left, low, size, start))
            return true;
        if (node->left != NULL)
            low = max(low, node->left->last);
        if (fits(low, node->start, size)) {
            *start = low;
            return true;
        }
        low = max(low, node->end);
        node = node->right;
    } while (may_fit(node, low, size));
    return false;
}

bool region_place(const struct region *root, uint64_t low, uint64_t high, uint64_t size,
                  uint64_t *start)
{
    if (may_fit(root, low, size) && place(root, low, size, start))
        return fits(*start, high, size);
    *start = root == NULL ? low : max(low, root->last);
    return fits(*start, high, size);
}
