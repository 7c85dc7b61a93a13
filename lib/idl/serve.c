/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/idl/serve.c: see serve.h. Bottom-up: length, what the request came through, the handles that it names, ranges. */
#include <lib/idl/serve.h>

/* Words of `count` bytes; more than any message for what does not fit in one. */
static uint32_t words_of(uint64_t count)
{
    return count > IDL_WORDS * 8u ? IDL_WORDS : (uint32_t)((count + 7) / 8);
}

/* Words of an answer of `words`, the last of which counts bytes that follow if `bytes` is 1. */
static uint32_t answer_words(const uint64_t *out, uint32_t words, uint8_t bytes)
{
    return bytes == 0 ? words : words + words_of(out[words - 1]);
}

static bool length_fits(const struct idl_operation *operation, uint32_t length, const uint64_t *in)
{
    uint32_t words = operation->in_words;
    if (operation->in_bytes != 0 && length >= words) {
        words += words_of(in[words - 1]);
    }
    return length == words;
}

/* ---- Handles ------------------------------------------------------------- */

/* The rank of an error about a handle: the first by rank is reported. */
static unsigned rank(cell_error_t error)
{
    return error == CELL_OK ? 3 : error == CELL_DENIED ? 2 : error == CELL_WRONG_TYPE ? 1 : 0;
}

static cell_error_t first(cell_error_t a, cell_error_t b)
{
    return rank(b) < rank(a) ? b : a;
}

static cell_error_t check_target(const struct idl_operation *operation, const struct idl_target *target)
{
    if (operation->on >= IDL_SELF) {
        return target->on == IDL_SELF ? CELL_OK : CELL_WRONG_TYPE;
    }
    if (operation->on != target->on || !target->type_matches) {
        return CELL_WRONG_TYPE;
    }
    return (operation->rights & ~target->rights) != 0 ? CELL_DENIED : CELL_OK;
}

static bool is_same(const char *a, const char *b)
{
    if (a == b) {
        return true;
    }
    while (*a == *b && *a != '\0') {
        a++;
        b++;
    }
    return *a == *b;
}

/* The rights that CSPACE_SELF gives: over the caller as a PD it is for looking only. */
static unsigned self_rights(const struct idl_operation *operation, unsigned number)
{
    return operation->on == IDL_OTHER && number == 0 ? IDL_READ : IDL_ALL;
}

static cell_error_t check_argument(const struct idl_operation *operation, unsigned number,
                                   const struct idl_target *target, const uint64_t *in, void *request)
{
    const struct idl_argument *argument = &operation->arguments[number];
    struct idl_handle found = {0};
    if (argument->optional != 0 && in[argument->word] == 0) {
        return CELL_OK;
    }
    cell_error_t error = target->find(request, number, in[argument->word], &found);
    if (error != CELL_OK) {
        return error;
    }
    if ((found.on & argument->kinds) == 0) {
        return CELL_WRONG_TYPE;
    }
    if (found.on == IDL_SELF) {
        found.rights = (uint8_t)self_rights(operation, number);
    } else if (argument->type != 0 && !is_same(argument->type, found.type)) {
        return CELL_WRONG_TYPE;
    }
    uint64_t needed = argument->rights | (argument->rights_word == IDL_NONE ? 0 : in[argument->rights_word] & IDL_ALL);
    return (needed & ~(uint64_t)found.rights) != 0 ? CELL_DENIED : CELL_OK;
}

static cell_error_t check_handles(const struct idl_operation *operation, const struct idl_target *target,
                                  const uint64_t *in, void *request)
{
    cell_error_t error = check_target(operation, target);
    for (unsigned i = 0; i < operation->argument_count; i++) {
        cell_error_t other = check_argument(operation, i, target, in, request);
        if (other != CELL_OK) {
            error = first(error, other);
        }
    }
    if (error == CELL_OK && operation->on == IDL_OTHER) {
        error = target->select != 0 ? target->select(request, in[1]) : CELL_BAD_REQUEST;
    }
    return error;
}

/* ---- All of it ------------------------------------------------------------ */

/* Has it neither handles nor bytes? Then there is little to check. */
static bool is_plain(const struct idl_operation *operation)
{
    return (operation->argument_count | operation->in_bytes) == 0 && operation->on != IDL_OTHER;
}

__attribute__((noinline)) static cell_error_t check(const struct idl_operation *operation, const struct idl_target *target,
                                                    uint32_t length, const uint64_t *in, void *request)
{
    return length_fits(operation, length, in) ? check_handles(operation, target, in, request) : CELL_BAD_REQUEST;
}

/* The number of the first word, from 1, that is outside of its range; 0: none. */
static inline uint64_t word_out_of_range(const struct idl_operation *operation, const uint64_t *in)
{
    for (const struct idl_range *range = operation->ranges, *end = range + operation->range_count; range != end; range++) {
        if (in[range->word] < range->least || in[range->word] > range->most) {
            return range->word + 1u;
        }
    }
    return 0;
}

cell_error_t idl_serve(const struct idl_interface *interface, const struct idl_target *target, uint32_t operation,
                       uint32_t length, const uint64_t *in, void *request, uint64_t *out, uint32_t *out_words)
{
    *out_words = 0;
    if (operation == 0 || operation > interface->count) {
        return CELL_BAD_REQUEST;
    }
    const struct idl_operation *found = &interface->operations[operation - 1];
    cell_error_t error = !is_plain(found)            ? check(found, target, length, in, request)
                         : length != found->in_words ? CELL_BAD_REQUEST
                                                     : check_target(found, target);
    if (error != CELL_OK) {
        return error;
    }
    uint64_t wrong = word_out_of_range(found, in);
    if (wrong != 0) {
        out[0] = wrong;
        *out_words = 1;
        return CELL_BAD_ARGUMENT;
    }
    for (unsigned i = 0; i < found->out_words; i++) {
        out[i] = 0;
    }
    for (unsigned i = found->out_words; i < found->fault_words; i++) {
        out[i] = 0;
    }
    error = found->handler(request, in, out);
    *out_words = error == CELL_OK             ? answer_words(out, found->out_words, found->out_bytes)
                 : error == CELL_BAD_ARGUMENT ? 1
                                              : answer_words(out, found->fault_words, found->fault_bytes);
    return error;
}
