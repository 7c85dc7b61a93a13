/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading configurations: words of a line, then one function per keyword, found in a table. */
#include <lib/plan/config.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const config_kind_names[CONFIG_KINDS] = {"ELF_CODE", "ELF_DATA",      "HEAP",   "STACK",   "IPC_BUF",
                                                     "OSM_DATA", "SHARED_FRAMES", "DEVICE", "GENERIC", "UNKNOWN"};
const char *const config_preset_names[CONFIG_PRESETS] = {"process", "thread", "isolated-stack"};

enum { max_words = 64, max_line = 1024 };

/* A line being read. */
struct reader {
    struct system_config *config;
    struct config_fault *fault;
    unsigned line;
    char text[max_line];
    char *words[max_words];
    unsigned count;
};

static bool refuse(struct reader *reader, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    reader->fault->line = reader->line;
    vsnprintf(reader->fault->text, sizeof reader->fault->text, format, arguments);
    va_end(arguments);
    return false;
}

/* Splits the line into words; a word in quotes may contain spaces. */
static bool split(struct reader *reader)
{
    char *at = reader->text;
    reader->count = 0;
    for (;;) {
        while (*at == ' ' || *at == '\t') {
            at++;
        }
        if (*at == '\0' || *at == '#') {
            return true;
        }
        if (reader->count == max_words) {
            return refuse(reader, "more than %d words", max_words);
        }
        bool quoted = *at == '"';
        reader->words[reader->count++] = quoted ? ++at : at;
        while (*at != '\0' && (quoted ? *at != '"' : *at != ' ' && *at != '\t')) {
            at++;
        }
        if (quoted && *at == '\0') {
            return refuse(reader, "a quote is not closed");
        }
        if (*at != '\0') {
            *at++ = '\0';
        }
    }
}

static bool copy_name(struct reader *reader, const char *what, char *to, const char *from)
{
    if (*from == '\0' || strlen(from) > CONFIG_NAME) {
        return refuse(reader, "%s '%s' must have 1 to %u characters", what, from, CONFIG_NAME);
    }
    strcpy(to, from);
    return true;
}

static bool number(struct reader *reader, const char *what, const char *word, uint64_t least, uint64_t most,
                   uint64_t *value)
{
    char *end;
    *value = strtoull(word, &end, 0);
    if (*end != '\0' || end == word || *word == '-' || *value < least || *value > most) {
        return refuse(reader, "%s '%s' must be a number from %llu to %llu", what, word, (unsigned long long)least,
                      (unsigned long long)most);
    }
    return true;
}

/* Room for one more element; `array` is the address of a pointer to elements. */
static void *grow(struct reader *reader, void *array, uint32_t *count, size_t element)
{
    char *old;
    memcpy(&old, array, sizeof old);
    char *larger = realloc(old, (*count + 1) * element);
    if (larger == NULL) {
        refuse(reader, "no memory left");
        return NULL;
    }
    memcpy(array, &larger, sizeof larger);
    memset(larger + *count * element, 0, element);
    return larger + (*count)++ * element;
}

static bool append_strings(struct reader *reader, char **strings, size_t *bytes, uint32_t *count)
{
    for (unsigned i = 1; i < reader->count; i++) {
        size_t length = strlen(reader->words[i]) + 1;
        char *larger = realloc(*strings, *bytes + length);
        if (larger == NULL) {
            return refuse(reader, "no memory left");
        }
        memcpy(larger + *bytes, reader->words[i], length);
        *strings = larger;
        *bytes += length;
        (*count)++;
    }
    return true;
}

/* ---- Keywords: each gets the block's configuration and the line's words ------------------------------------------- */

static bool read_args(struct reader *reader, struct pd_config *pd)
{
    return append_strings(reader, &pd->arguments, &pd->argument_bytes, &pd->argument_count);
}

static bool read_env(struct reader *reader, struct pd_config *pd)
{
    for (unsigned i = 1; i < reader->count; i++) {
        if (strchr(reader->words[i], '=') == NULL) {
            return refuse(reader, "env '%s' must be NAME=VALUE", reader->words[i]);
        }
    }
    return append_strings(reader, &pd->environment, &pd->environment_bytes, &pd->environment_count);
}

static bool read_pages(struct reader *reader, uint64_t *pages, bool *present)
{
    if (!number(reader, reader->words[0], reader->words[1], 1, 1u << 20, pages)) {
        return false;
    }
    if (reader->count == 3 && strcmp(reader->words[2], "present") != 0) {
        return refuse(reader, "'%s' is not 'present'", reader->words[2]);
    }
    *present = reader->count == 3;
    return true;
}

static bool read_heap(struct reader *reader, struct pd_config *pd)
{
    return read_pages(reader, &pd->heap_pages, &pd->heap_present);
}

static bool read_stack(struct reader *reader, struct pd_config *pd)
{
    return read_pages(reader, &pd->stack_pages, &pd->stack_present);
}

static bool read_sharing(struct reader *reader, struct pd_config *pd)
{
    const char *word = reader->words[0];
    enum config_sharing sharing = word[0] == 's' ? CONFIG_SHARED : word[0] == 'c' ? CONFIG_COPIED : CONFIG_DISJOINT;
    for (unsigned kind = 0; kind < CONFIG_KINDS; kind++) {
        if (strcmp(config_kind_names[kind], reader->words[1]) == 0) {
            pd->sharing[kind] = sharing;
            return true;
        }
    }
    return refuse(reader, "no kind of region is called '%s'", reader->words[1]);
}

static bool read_rde(struct reader *reader, struct pd_config *pd)
{
    struct config_rde *rde = grow(reader, &pd->rdes, &pd->rde_count, sizeof *rde);
    if (rde == NULL || !copy_name(reader, "type", rde->type, reader->words[1])) {
        return false;
    }
    if (reader->count == 2) {
        return true;
    }
    if (reader->count != 4 || strcmp(reader->words[2], "from") != 0) {
        return refuse(reader, "wanted: rde TYPE [from PD]");
    }
    return copy_name(reader, "PD", rde->from, reader->words[3]);
}

static bool read_serves(struct reader *reader, struct pd_config *pd)
{
    return copy_name(reader, "type", pd->serves, reader->words[1]);
}

static bool read_device(struct reader *reader, struct pd_config *pd)
{
    struct config_device *device = grow(reader, &pd->devices, &pd->device_count, sizeof *device);
    return device != NULL &&
           number(reader, "device", reader->words[1], 0, (UINT64_C(1) << 40) - 4096, &device->address) &&
           number(reader, "device pages", reader->words[2], 1, 1u << 16, &device->pages) &&
           (device->address % 4096 == 0 || refuse(reader, "device '%s' must be page aligned", reader->words[1]));
}

static bool read_irq(struct reader *reader, struct pd_config *pd)
{
    uint64_t value;
    uint32_t *irq = grow(reader, &pd->irqs, &pd->irq_count, sizeof *irq);
    if (irq == NULL || !number(reader, "irq", reader->words[1], 32, 1019, &value)) {
        return false;
    }
    *irq = (uint32_t)value;
    return true;
}

static bool read_priority(struct reader *reader, struct pd_config *pd)
{
    uint64_t value;
    if (!number(reader, "priority", reader->words[1], 0, 200, &value)) {
        return false;
    }
    pd->priority = (unsigned)value;
    pd->has_priority = true;
    return true;
}

static bool read_limit(struct reader *reader, struct pd_config *pd)
{
    static const char *const units[] = {"pages", "objects", "slots"};
    for (unsigned unit = 0; unit < 3; unit++) {
        if (strcmp(units[unit], reader->words[1]) == 0) {
            return number(reader, "limit", reader->words[2], 0, UINT64_MAX - 1, &pd->limits[unit]);
        }
    }
    return refuse(reader, "no limit is called '%s'", reader->words[1]);
}

static bool read_linked(struct reader *reader, struct pd_config *pd)
{
    (void)reader;
    pd->linked = true;
    return true;
}

static bool read_admin(struct reader *reader, struct pd_config *pd)
{
    (void)reader;
    pd->admin = true;
    return true;
}

static bool read_entry(struct reader *reader, struct pd_config *pd)
{
    return number(reader, "entry", reader->words[1], 1, UINT64_MAX, &pd->entry_address) &&
           number(reader, "argument", reader->words[2], 0, UINT64_MAX, &pd->argument);
}

static bool read_uses(struct reader *reader, struct pd_config *pd)
{
    struct config_use *use = grow(reader, &pd->uses, &pd->use_count, sizeof *use);
    if (use == NULL) {
        return false;
    }
    if (strcmp(reader->words[2], "from") != 0) {
        return refuse(reader, "wanted: uses TYPE from PD [COUNT]");
    }
    use->count = 1;
    return copy_name(reader, "type", use->type, reader->words[1]) &&
           copy_name(reader, "PD", use->from, reader->words[3]) &&
           (reader->count < 5 || number(reader, "count", reader->words[4], 1, 1u << 20, &use->count));
}

static const struct {
    const char *word;
    unsigned least, most; /* words with the keyword */
    bool (*read)(struct reader *reader, struct pd_config *pd);
} keywords[] = {
    {"args", 2, max_words, read_args}, {"env", 2, max_words, read_env},   {"heap", 2, 3, read_heap},
    {"stack", 2, 3, read_stack},       {"share", 2, 2, read_sharing},     {"copy", 2, 2, read_sharing},
    {"disjoint", 2, 2, read_sharing},  {"rde", 2, 4, read_rde},           {"serves", 2, 2, read_serves},
    {"device", 3, 3, read_device},     {"irq", 2, 2, read_irq},           {"priority", 2, 2, read_priority},
    {"limit", 3, 3, read_limit},       {"linked", 1, 1, read_linked},     {"admin", 1, 1, read_admin},
    {"entry", 3, 3, read_entry},       {"uses", 4, 5, read_uses},
};

static bool read_preset(struct reader *reader, struct pd_config *pd, const char *word)
{
    for (unsigned preset = 0; preset < CONFIG_PRESETS; preset++) {
        if (strcmp(config_preset_names[preset], word) == 0) {
            pd->preset = (enum config_preset)preset;
            return true;
        }
    }
    return refuse(reader, "no preset is called '%s'", word);
}

static bool read_head(struct reader *reader)
{
    struct pd_config *pd = grow(reader, &reader->config->pds, &reader->config->count, sizeof *pd);
    if (pd == NULL) {
        return false;
    }
    memset(pd->limits, 0xff, sizeof pd->limits);
    if (reader->count < 3) {
        return refuse(reader, "wanted: pd NAME PRESET [program=FILE] [of=PD] [entry=SYMBOL]");
    }
    if (!copy_name(reader, "name", pd->name, reader->words[1]) || !read_preset(reader, pd, reader->words[2])) {
        return false;
    }
    for (unsigned i = 3; i < reader->count; i++) {
        char *word = reader->words[i];
        char *value = strchr(word, '=');
        char *to = value == NULL                         ? NULL
                   : strncmp(word, "program=", 8) == 0 ? pd->program
                   : strncmp(word, "of=", 3) == 0      ? pd->of
                   : strncmp(word, "entry=", 6) == 0   ? pd->entry
                                                       : NULL;
        if (to == NULL) {
            return refuse(reader, "'%s' is none of program=, of=, entry=", word);
        }
        if (!copy_name(reader, word, to, value + 1)) {
            return false;
        }
    }
    return true;
}

static bool read_line(struct reader *reader)
{
    if (!split(reader)) {
        return false;
    }
    if (reader->count == 0) {
        return true;
    }
    if (strcmp(reader->words[0], "pd") == 0) {
        return read_head(reader);
    }
    if (reader->config->count == 0) {
        return refuse(reader, "'%s' before the first pd", reader->words[0]);
    }
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        if (strcmp(keywords[i].word, reader->words[0]) == 0) {
            if (reader->count < keywords[i].least || reader->count > keywords[i].most) {
                return refuse(reader, "'%s' has the wrong number of words", reader->words[0]);
            }
            return keywords[i].read(reader, &reader->config->pds[reader->config->count - 1]);
        }
    }
    return refuse(reader, "'%s' is not known", reader->words[0]);
}

bool system_config_read(const char *text, size_t size, struct system_config *config, struct config_fault *fault)
{
    static struct reader reader; /* large; one description is read at a time */
    *config = (struct system_config){0};
    *fault = (struct config_fault){0};
    reader = (struct reader){.config = config, .fault = fault};
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end != NULL ? (size_t)(end - text) - at : size - at;
        reader.line++;
        bool fine = length < max_line || refuse(&reader, "a line of more than %d bytes", max_line - 1);
        if (fine) {
            memcpy(reader.text, text + at, length);
            reader.text[length] = '\0';
            fine = strlen(reader.text) == length || refuse(&reader, "a zero byte");
        }
        if (!fine || !read_line(&reader)) {
            system_config_free(config);
            return false;
        }
        at += length + 1;
    }
    if (config->count == 0) {
        refuse(&reader, "no pd in it");
        return false;
    }
    return true;
}

void system_config_free(struct system_config *config)
{
    for (uint32_t i = 0; i < config->count; i++) {
        struct pd_config *pd = &config->pds[i];
        free(pd->arguments);
        free(pd->environment);
        free(pd->rdes);
        free(pd->devices);
        free(pd->irqs);
        free(pd->uses);
    }
    free(config->pds);
    *config = (struct system_config){0};
}
