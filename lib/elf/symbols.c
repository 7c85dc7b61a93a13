/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/elf/symbols.c: names and addresses, see elf.h. */
#include <string.h>

#include "lib/elf/elf.h"
#include "lib/elf/fields.h"

struct symbol {
    const char *name;
    uint64_t address, size;
    bool function, defined;
};

/* Symbol number `index` < elf->symbol_count; false: its name is outside. */
static bool read_symbol(const struct elf *elf, uint64_t index, struct symbol *symbol)
{
    const uint8_t *entry = elf->bytes + elf->symbols + index * SYMBOL_SIZE;
    uint32_t name = elf_word(entry, SYMBOL_NAME);

    if (name >= elf->names_size)
        return false;
    symbol->name = (const char *)elf->bytes + elf->names + name;
    symbol->address = elf_long(entry, SYMBOL_VALUE);
    symbol->size = elf_long(entry, SYMBOL_BYTES);
    symbol->function = (entry[SYMBOL_INFO] & 15) == SYMBOL_FUNCTION;
    symbol->defined = elf_half(entry, SYMBOL_SECTION) != 0;
    return true;
}

bool elf_symbol_find(const struct elf *elf, const char *name, size_t length, uint64_t *address)
{
    for (uint64_t i = 0; i < elf->symbol_count; i++) {
        struct symbol symbol;

        if (!read_symbol(elf, i, &symbol) || !symbol.defined || symbol.name[0] == 0 ||
            strncmp(symbol.name, name, length) != 0 || symbol.name[length] != 0)
            continue;
        *address = symbol.address;
        return true;
    }
    return false;
}

static void name_place(struct elf_place *place, const struct symbol *symbol)
{
    uint64_t distance = place->address - symbol->address;

    /* Assembly functions may have no size: the nearest one counts then. */
    if (distance >= (symbol->size != 0 ? symbol->size : ELF_PAGE) ||
        (place->name != NULL && distance >= place->offset))
        return;
    place->name = symbol->name;
    place->offset = distance;
}

bool elf_places_name(const struct elf *elf, struct elf_place *places, unsigned count,
                     uint64_t *at, uint64_t most)
{
    uint64_t left = elf->symbol_count - *at, end = *at + (left < most ? left : most);

    for (; *at < end; ++*at) {
        struct symbol symbol;

        if (!read_symbol(elf, *at, &symbol) || !symbol.function || !symbol.defined)
            continue;
        for (unsigned i = 0; i < count; i++)
            if (places[i].address >= symbol.address)
                name_place(&places[i], &symbol);
    }
    return end == elf->symbol_count;
}
