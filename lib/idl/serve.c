/* SPDX-License-Identifier: BSD-2-Clause */
#include <lib/idl/serve.h>

/* Words of `count` bytes; more than any message for what does not fit in one. */
static uint32_t words_of(uint64_t count)
{
    return count > IDL_WORDS * 8u ? IDL_WORDS : (uint32_t)((count + 7) / 8);
}

static bool length_fits(const struct idl_operation *operation, uint32_t length, const uint64_t *in)
{
    uint32_t words = operation->in_words;
    if (operation->in_bytes != 0 && length >= words) {
        words += words_of(in[words - 1]);
    }
    return length == words;
}

static cell_error_t check(const struct idl_operation *operation, const struct idl_target *target, uint32_t length,
                          const uint64_t *in, uint64_t *out, uint32_t *out_words)
{
    if (!length_fits(operation, length, in)) {
        return CELL_BAD_REQUEST;
    }
    if (operation->on != IDL_ANY && (operation->on != target->on || !target->type_matches)) {
        return CELL_WRONG_TYPE;
    }
    if ((operation->rights & ~target->rights) != 0) {
        return CELL_DENIED;
    }
    for (unsigned i = 0; i < operation->range_count; i++) {
        const struct idl_range *range = &operation->ranges[i];
        if (in[range->word] < range->least || in[range->word] > range->most) {
            out[0] = range->word + 1u;
            *out_words = 1;
            return CELL_BAD_ARGUMENT;
        }
    }
    return CELL_OK;
}

cell_error_t idl_serve(const struct idl_interface *interface, const struct idl_target *target, uint32_t operation,
                       uint32_t length, const uint64_t *in, void *request, uint64_t *out, uint32_t *out_words)
{
    *out_words = 0;
    if (operation == 0 || operation > interface->count) {
        return CELL_BAD_REQUEST;
    }
    const struct idl_operation *found = &interface->operations[operation - 1];
    cell_error_t error = check(found, target, length, in, out, out_words);
    if (error != CELL_OK) {
        return error;
    }
    for (unsigned i = 0; i < found->out_words; i++) {
        out[i] = 0;
    }
    error = found->handler(request, in, out);
    if (error == CELL_OK) {
        *out_words = found->out_words;
        if (found->out_bytes != 0) {
            *out_words += words_of(out[found->out_words - 1]);
        }
    } else if (error == CELL_BAD_ARGUMENT) {
        *out_words = 1;
    }
    return error;
}
