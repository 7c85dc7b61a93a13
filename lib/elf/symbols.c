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

bool elf_symbol_at(const struct elf *elf, uint64_t address, const char **name, uint64_t *offset)
{
    bool found = false;

    for (uint64_t i = 0; i < elf->symbol_count; i++) {
        struct symbol symbol;

        if (!read_symbol(elf, i, &symbol) || !symbol.function || !symbol.defined ||
            address < symbol.address)
            continue;
        uint64_t distance = address - symbol.address;

        /* Assembly functions may have no size: the nearest one counts then. */
        if (symbol.size != 0 ? distance >= symbol.size : distance >= ELF_PAGE)
            continue;
        if (found && distance >= *offset)
            continue;
        *name = symbol.name;
        *offset = distance;
        found = true;
    }
    return found;
}
