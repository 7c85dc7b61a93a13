/* SPDX-License-Identifier: BSD-2-Clause */
#include "states.h"

#include <stdlib.h>
#include <string.h>

static void drop_oldest(struct live_states *states)
{
    states->bytes -= states->kept[0].size;
    free(states->kept[0].text);
    states->count--;
    memmove(&states->kept[0], &states->kept[1], states->count * sizeof states->kept[0]);
}

bool live_states_same(struct live_states *states, const char *text, size_t size, int64_t at)
{
    struct live_state *last = states->count > 0 ? &states->kept[states->count - 1] : NULL;
    if (last == NULL || last->size != size || memcmp(last->text, text, size) != 0) {
        return false;
    }
    last->to = at;
    return true;
}

void live_states_add(struct live_states *states, struct live_state state)
{
    while (states->count > 0 && (states->count == LIVE_STATES || states->bytes + state.size > LIVE_BYTES)) {
        drop_oldest(states);
    }
    state.number = ++states->next;
    states->kept[states->count++] = state;
    states->bytes += state.size;
}

const struct live_state *live_states_find(const struct live_states *states, uint64_t number)
{
    uint64_t first = states->next - states->count + 1;
    return number >= first && number <= states->next ? &states->kept[number - first] : NULL;
}

void live_states_free(struct live_states *states)
{
    while (states->count > 0) {
        drop_oldest(states);
    }
}
