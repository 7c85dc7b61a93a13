/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/plan/parse.c: the text form of configurations, see config.h. Bottom-up:
 * tokens, values, options of a line, a function per kind of line, the block.
 *
 * Every item comes from a line or from a word of one, so the number of words
 * bounds the number of items and one piece of memory is enough.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/plan/presets.h"

cell_error_t plan_fail(struct plan_error *error, cell_error_t code, uint32_t line,
                       const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    error->error = code;
    error->missing = false;
    error->line = line;
    return code;
}

static const char *const regions[CELL_REGION_KINDS] = {CELL_REGIONS(CELL_REGION_WORD)};

/* ---- Tokens ---------------------------------------------------------- */

struct token {
    const char *at;
    size_t length;
};

struct reader {
    struct config *config;
    const char *text; /* the configuration's own copy */
    const char *at, *end; /* of the line at hand */
    uint32_t line;
    const char *field; /* first word of the line */
    bool open_quote;   /* a quote of the line was not closed */
    struct config_item *next;
    struct plan_error *error;
};

#define FAIL(reader, ...) plan_fail((reader)->error, CELL_BAD_CONFIG, (reader)->line, __VA_ARGS__)

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* A quoted word, from behind the quote: a backslash takes away the meaning of what
 * follows, \n is a line end. It is unescaped where it stands. */
static void quoted_token(struct reader *reader, char quote, struct token *token)
{
    char *to = (char *)reader->at;

    token->at = to;
    while (reader->at < reader->end && *reader->at != quote) {
        if (*reader->at == '\\' && reader->at + 1 < reader->end) {
            reader->at++;
            *to++ = *reader->at == 'n' ? '\n' : *reader->at;
        } else {
            *to++ = *reader->at;
        }
        reader->at++;
    }
    token->length = (size_t)(to - token->at);
    if (reader->at < reader->end)
        reader->at++;
    else
        reader->open_quote = true;
}

/* The next word of the line; quotes may surround it. False: no more. */
static bool next_token(struct reader *reader, struct token *token)
{
    while (reader->at < reader->end && is_blank(*reader->at))
        reader->at++;
    if (reader->at == reader->end || *reader->at == '#')
        return false;
    char quote = *reader->at == '"' || *reader->at == '\'' ? *reader->at : 0;

    if (quote != 0) {
        reader->at++;
        quoted_token(reader, quote, token);
        return true;
    }
    token->at = reader->at;
    while (reader->at < reader->end && !is_blank(*reader->at))
        reader->at++;
    token->length = (size_t)(reader->at - token->at);
    return true;
}

static bool token_is(struct token token, const char *word)
{
    return token.length == strlen(word) && memcmp(token.at, word, token.length) == 0;
}

static struct config_text text_of(const struct reader *reader, struct token token)
{
    return (struct config_text){(uint32_t)(token.at - (const char *)reader->config),
                                (uint32_t)token.length};
}

/* ---- Values ---------------------------------------------------------- */

static cell_error_t read_number(struct reader *reader, struct token token, uint64_t *value)
{
    bool hexadecimal = token.length > 2 && token.at[0] == '0' && token.at[1] == 'x';
    unsigned base = hexadecimal ? 16 : 10;

    *value = 0;
    for (size_t i = hexadecimal ? 2 : 0; i < token.length; i++) {
        char c = token.at[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                                : 99;

        if (digit >= base)
            return FAIL(reader, "%s: '%.*s' is not a number", reader->field, (int)token.length,
                        token.at);
        if (*value > (UINT64_MAX - digit) / base)
            return FAIL(reader, "%s: %.*s is too large", reader->field, (int)token.length, token.at);
        *value = *value * base + digit;
    }
    return token.length == 0 ? FAIL(reader, "%s: a number is missing", reader->field) : CELL_OK;
}

static cell_error_t read_rights(struct reader *reader, struct token token, uint8_t *rights)
{
    *rights = 0;
    for (size_t i = 0; i < token.length; i++) {
        unsigned right = cell_right_of(token.at[i]);

        if (right == 0)
            return FAIL(reader, "%s: rights '%.*s' are not of the letters " CELL_RIGHTS_LETTERS,
                        reader->field, (int)token.length, token.at);
        *rights |= (uint8_t)right;
    }
    return CELL_OK;
}

/* ---- Options of a line ----------------------------------------------- */

/* What `key=value` and single words of a line may be, and where they go. */
enum option_kind { OPTION_NUMBER, OPTION_TEXT, OPTION_RIGHTS, OPTION_FLAG };

struct option {
    const char *key;
    enum option_kind kind;
    void *to;      /* uint64_t, struct config_text, uint8_t; uint32_t of flags */
    uint32_t flag;
};

static cell_error_t read_option(struct reader *reader, const struct option *option,
                                struct token value)
{
    switch (option->kind) {
    case OPTION_NUMBER:
        return read_number(reader, value, option->to);
    case OPTION_RIGHTS:
        return read_rights(reader, value, option->to);
    case OPTION_TEXT:
        if (value.length == 0)
            return FAIL(reader, "%s: %s is empty", reader->field, option->key);
        *(struct config_text *)option->to = text_of(reader, value);
        return CELL_OK;
    default:
        *(uint32_t *)option->to |= option->flag;
        return CELL_OK;
    }
}

/* Reads the rest of the line; `options` ends with a key NULL. `from` and `of` are
 * followed by a word of their own, the others by = and the value. */
static cell_error_t read_options(struct reader *reader, const struct option *options)
{
    struct token word;

    while (next_token(reader, &word)) {
        const char *equals = memchr(word.at, '=', word.length);
        struct token key = {word.at, equals == NULL ? word.length : (size_t)(equals - word.at)};
        struct token value = {key.at + key.length + 1, word.length - key.length - 1};
        const struct option *option = options;

        while (option->key != NULL && !token_is(key, option->key))
            option++;
        if (option->key == NULL)
            return FAIL(reader, "%s: '%.*s' is not known here", reader->field, (int)key.length,
                        key.at);
        if (option->kind == OPTION_FLAG ? equals != NULL : equals == NULL) {
            bool spaced = option->kind == OPTION_TEXT && equals == NULL;

            if (!spaced || !next_token(reader, &value))
                return FAIL(reader, "%s: %s %s", reader->field, option->key,
                            option->kind == OPTION_FLAG ? "takes no value" : "needs a value");
        }
        cell_error_t error = read_option(reader, option, value);

        if (error != CELL_OK)
            return error;
    }
    return CELL_OK;
}

/* ---- Lines ----------------------------------------------------------- */

static struct config_item *add_item(struct reader *reader, enum config_kind kind)
{
    struct config_item *item = reader->next++;

    *item = (struct config_item){
        .kind = (uint8_t)kind, .rights = CONFIG_DEFAULT_RIGHTS, .line = reader->line};
    reader->config->item_count++;
    return item;
}

static cell_error_t need_word(struct reader *reader, const char *what, struct token *token)
{
    if (!next_token(reader, token) || token->length == 0)
        return FAIL(reader, "%s: %s is missing", reader->field, what);
    return CELL_OK;
}

/* Finds a word in a list; the number of words if it is not there. */
static unsigned choice(struct token token, const char *const *words, unsigned count)
{
    unsigned i = 0;

    while (i < count && !token_is(token, words[i]))
        i++;
    return i;
}

static cell_error_t read_pd(struct reader *reader)
{
    struct config *config = reader->config;
    struct token token;
    cell_error_t error = need_word(reader, "the name", &token);
    const struct option options[] = {
        {"of", OPTION_TEXT, &config->relative, 0},
        {"program", OPTION_TEXT, &config->program, 0},
        {"entry", OPTION_TEXT, &config->entry, 0},
        {"argument", OPTION_NUMBER, &config->argument, 0},
        {NULL, OPTION_FLAG, NULL, 0},
    };

    if (error != CELL_OK)
        return error;
    if (config->name.length != 0)
        return FAIL(reader, "pd: a second pd line in one block");
    config->name = text_of(reader, token);
    config->line = config->entry_line = config->fault_line = reader->line;
    config->priority_line = config->elevated_line = reader->line;
    error = need_word(reader, "the preset", &token);
    if (error != CELL_OK)
        return error;
    while (config->preset < PRESETS && !token_is(token, preset_of(config->preset)->name))
        config->preset++;
    if (config->preset == PRESETS)
        return FAIL(reader, "pd: there is no preset '%.*s'", (int)token.length, token.at);
    return read_options(reader, options);
}

static cell_error_t read_region(struct reader *reader)
{
    static const char *const hows[] = {"shared", "disjoint", "copied"};
    struct config_item *item = add_item(reader, ITEM_REGION);
    const struct option options[] = {
        {"pages", OPTION_NUMBER, &item->pages, 0},
        {"at", OPTION_NUMBER, &item->at, 0},
        {"rights", OPTION_RIGHTS, &item->rights, 0},
        {"guard", OPTION_FLAG, &item->flags, CONFIG_GUARD},
        {"on-touch", OPTION_FLAG, &item->flags, CONFIG_ON_TOUCH},
        {NULL, OPTION_FLAG, NULL, 0},
    };
    struct token token;
    cell_error_t error = need_word(reader, "its kind or address", &token);

    if (error != CELL_OK)
        return error;
    item->region = (uint8_t)choice(token, regions, CELL_REGION_UNKNOWN);
    if (item->region == CELL_REGION_UNKNOWN) {
        if (token.at[0] < '0' || token.at[0] > '9')
            return FAIL(reader, "region: there is no kind '%.*s'", (int)token.length, token.at);
        item->flags |= CONFIG_BY_ADDRESS;
        error = read_number(reader, token, &item->address);
        if (error != CELL_OK)
            return error;
    }
    error = need_word(reader, "shared, disjoint or copied", &token);
    if (error != CELL_OK)
        return error;
    item->how = (uint8_t)choice(token, hows, 3);
    if (item->how == 3)
        return FAIL(reader, "region: '%.*s' is not shared, disjoint or copied", (int)token.length,
                    token.at);
    return read_options(reader, options);
}

static cell_error_t read_device(struct reader *reader)
{
    struct config_item *item = add_item(reader, ITEM_DEVICE);
    const struct option options[] = {
        {"pages", OPTION_NUMBER, &item->pages, 0},
        {"at", OPTION_NUMBER, &item->at, 0},
        {"rights", OPTION_RIGHTS, &item->rights, 0},
        {NULL, OPTION_FLAG, NULL, 0},
    };
    struct token token;
    cell_error_t error = need_word(reader, "its physical address", &token);

    if (error == CELL_OK)
        error = read_number(reader, token, &item->address);
    return error == CELL_OK ? read_options(reader, options) : error;
}

static cell_error_t read_irq(struct reader *reader)
{
    struct token token;
    cell_error_t error = need_word(reader, "the number", &token);

    if (error != CELL_OK)
        return error;
    return read_number(reader, token, &add_item(reader, ITEM_IRQ)->address);
}

static cell_error_t read_rde(struct reader *reader)
{
    struct config_item *item = add_item(reader, ITEM_RDE);
    const struct option options[] = {
        {"from", OPTION_TEXT, &item->from, 0},
        {"rights", OPTION_RIGHTS, &item->rights, 0},
        {"pass-on", OPTION_FLAG, &item->flags, CONFIG_PASS_ON},
        {"allow", OPTION_NUMBER, &item->pages, 0},
        {NULL, OPTION_FLAG, NULL, 0},
    };
    struct token token;
    cell_error_t error = need_word(reader, "the type", &token);

    item->pages = CONFIG_UNLIMITED;
    item->text = text_of(reader, token);
    if (error == CELL_OK && token_is(token, "*"))
        item->flags |= CONFIG_ALL;
    return error == CELL_OK ? read_options(reader, options) : error;
}

static cell_error_t read_give(struct reader *reader)
{
    struct config_item *item = add_item(reader, ITEM_GIVE);
    const struct option options[] = {
        {"rights", OPTION_RIGHTS, &item->rights, 0},
        {NULL, OPTION_FLAG, NULL, 0},
    };
    struct token token;
    cell_error_t error = need_word(reader, "a handle or a type", &token);

    if (error != CELL_OK)
        return error;
    if (token.at[0] >= '0' && token.at[0] <= '9') {
        error = read_number(reader, token, &item->address);
    } else {
        item->flags |= CONFIG_ALL;
        item->text = text_of(reader, token);
    }
    return error == CELL_OK ? read_options(reader, options) : error;
}

static cell_error_t read_hold(struct reader *reader)
{
    struct config_item *item = add_item(reader, ITEM_HOLD);
    const struct option options[] = {
        {"rights", OPTION_RIGHTS, &item->rights, 0},
        {NULL, OPTION_FLAG, NULL, 0},
    };
    struct token token;
    cell_error_t error = need_word(reader, "the PD", &token);

    item->from = text_of(reader, token);
    return error == CELL_OK ? read_options(reader, options) : error;
}

static cell_error_t read_serves(struct reader *reader)
{
    struct config_item *item = add_item(reader, ITEM_SERVES);
    const struct option options[] = {
        {"as", OPTION_TEXT, &item->from, 0},
        {NULL, OPTION_FLAG, NULL, 0},
    };
    struct token token;
    cell_error_t error = need_word(reader, "the type", &token);

    item->text = text_of(reader, token);
    if (error == CELL_OK && token_is(token, "*"))
        item->flags |= CONFIG_ALL;
    return error == CELL_OK ? read_options(reader, options) : error;
}

static cell_error_t read_entry(struct reader *reader)
{
    struct token token;
    cell_error_t error = need_word(reader, "a function", &token);

    reader->config->entry = text_of(reader, token);
    reader->config->entry_line = reader->line;
    if (error == CELL_OK && next_token(reader, &token))
        error = read_number(reader, token, &reader->config->argument);
    return error;
}

static cell_error_t read_fault(struct reader *reader)
{
    struct token token;
    cell_error_t error = need_word(reader, "the PD", &token);

    reader->config->fault = text_of(reader, token);
    reader->config->fault_line = reader->line;
    return error;
}

/* A priority or a ceiling of priorities. */
static cell_error_t read_level(struct reader *reader, uint32_t *level, uint32_t *line)
{
    struct token token;
    uint64_t value;
    cell_error_t error = need_word(reader, "the number", &token);

    if (error == CELL_OK)
        error = read_number(reader, token, &value);
    if (error != CELL_OK)
        return error;
    if (value >= CONFIG_DEFAULT_PRIORITY)
        return FAIL(reader, "%s: %lu is too large", reader->field, (unsigned long)value);
    *level = (uint32_t)value;
    *line = reader->line;
    return CELL_OK;
}

static cell_error_t read_priority(struct reader *reader)
{
    return read_level(reader, &reader->config->priority, &reader->config->priority_line);
}

static cell_error_t read_ceiling(struct reader *reader)
{
    return read_level(reader, &reader->config->ceiling, &reader->config->ceiling_line);
}

static cell_error_t read_elevated(struct reader *reader)
{
    reader->config->elevated = true;
    reader->config->elevated_line = reader->line;
    return CELL_OK;
}

static cell_error_t read_linked(struct reader *reader)
{
    reader->config->linked = true;
    return CELL_OK;
}

static cell_error_t read_essential(struct reader *reader)
{
    reader->config->essential = true;
    reader->config->essential_line = reader->line;
    return CELL_OK;
}

static cell_error_t read_limits(struct reader *reader)
{
    struct config *config = reader->config;
    const struct option options[] = {
        {"pages", OPTION_NUMBER, &config->pages, 0},
        {"objects", OPTION_NUMBER, &config->objects, 0},
        {"slots", OPTION_NUMBER, &config->slots, 0},
        {NULL, OPTION_FLAG, NULL, 0},
    };

    config->limits_line = reader->line;
    return read_options(reader, options);
}

static cell_error_t read_reserve(struct reader *reader)
{
    struct config *config = reader->config;
    const struct option options[] = {
        {"pages", OPTION_NUMBER, &config->reserved_pages, 0},
        {"objects", OPTION_NUMBER, &config->reserved_objects, 0},
        {"slots", OPTION_NUMBER, &config->reserved_slots, 0},
        {NULL, OPTION_FLAG, NULL, 0},
    };

    config->reserve_line = reader->line;
    return read_options(reader, options);
}

static cell_error_t read_texts(struct reader *reader, enum config_kind kind)
{
    struct token token;

    while (next_token(reader, &token)) {
        if (kind == ITEM_ENVIRONMENT && memchr(token.at, '=', token.length) == NULL)
            return FAIL(reader, "env: '%.*s' is not NAME=VALUE", (int)token.length, token.at);
        add_item(reader, kind)->text = text_of(reader, token);
    }
    return CELL_OK;
}

static cell_error_t read_args(struct reader *reader)
{
    return read_texts(reader, ITEM_ARGUMENT);
}

static cell_error_t read_env(struct reader *reader)
{
    return read_texts(reader, ITEM_ENVIRONMENT);
}

static cell_error_t read_uses(struct reader *reader)
{
    struct token what, type;
    cell_error_t error = need_word(reader, "space, resource or memory", &what);

    if (error == CELL_OK)
        error = need_word(reader, "the type", &type);
    if (error != CELL_OK)
        return error;
    static const char *const sorts[] = {"space", "resource", "memory"};
    unsigned sort = choice(what, sorts, 3);

    if (sort == 3)
        return FAIL(reader, "uses: '%.*s' is not space, resource or memory", (int)what.length,
                    what.at);
    struct config_item *item = add_item(reader, (enum config_kind)(ITEM_USES_SPACE + sort));
    struct config_text name = {0, 0};
    const struct option options[] = {
        {"from", OPTION_TEXT, &item->from, 0},
        {"with", OPTION_TEXT, &item->from, 0},
        {"rights", OPTION_RIGHTS, &item->rights, 0},
        {"name", OPTION_TEXT, &name, 0},
        {NULL, OPTION_FLAG, NULL, 0},
    };

    if (item->kind == ITEM_USES_MEMORY)
        error = read_number(reader, type, &item->pages);
    else
        item->text = text_of(reader, type);
    if (error == CELL_OK)
        error = read_options(reader, options);
    item->at = (uint64_t)name.offset << 32 | name.length;
    return error;
}

/* ---- The block ------------------------------------------------------- */

static const struct {
    const char *word;
    cell_error_t (*read)(struct reader *reader);
} lines[] = {
    {"pd", read_pd},         {"region", read_region},     {"device", read_device},
    {"entry", read_entry},
    {"irq", read_irq},       {"rde", read_rde},           {"give", read_give},
    {"hold", read_hold},     {"serves", read_serves},
    {"fault", read_fault},   {"priority", read_priority}, {"elevated", read_elevated},
    {"linked", read_linked}, {"limits", read_limits},     {"args", read_args},
    {"reserve", read_reserve},
    {"env", read_env},       {"uses", read_uses},         {"essential", read_essential},
    {"ceiling", read_ceiling},
};

static cell_error_t read_line(struct reader *reader)
{
    struct token word, rest;

    if (!next_token(reader, &word))
        return CELL_OK;
    for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (!token_is(word, lines[i].word))
            continue;
        reader->field = lines[i].word;
        if (i != 0 && reader->config->name.length == 0)
            return FAIL(reader, "%s: the block must begin with a pd line", reader->field);
        cell_error_t error = lines[i].read(reader);

        if (error == CELL_OK && next_token(reader, &rest))
            error = FAIL(reader, "%s: '%.*s' is too much", reader->field, (int)rest.length, rest.at);
        if (error == CELL_OK && reader->open_quote)
            error = FAIL(reader, "%s: a quote is not closed", reader->field);
        return error;
    }
    return FAIL(reader, "'%.*s': there is no such line", (int)word.length, word.at);
}

/* An upper bound of the items of a text: its words. */
static size_t count_words(const char *text, size_t length)
{
    size_t count = 0;
    bool between = true;

    for (size_t i = 0; i < length; i++) {
        bool blank = is_blank(text[i]) || text[i] == '\n';

        count += between && !blank;
        between = blank || text[i] == '"' || text[i] == '\'';
    }
    return count;
}

/* Where the items stand: behind the text's copy. */
static size_t items_offset(size_t length)
{
    return (sizeof(struct config) + length + 8) & ~(size_t)7;
}

size_t config_memory(const char *text, size_t length)
{
    return items_offset(length) + count_words(text, length) * sizeof(struct config_item);
}

cell_error_t config_fits(const char *text, size_t length, struct plan_error *error)
{
    uint32_t count = 1;

    if (length > CONFIG_PD_LIMIT)
        return plan_fail(error, CELL_TOO_LARGE, 1, "the configuration has more than %u bytes",
                         CONFIG_PD_LIMIT);
    for (size_t i = 0; i + 1 < length; i++)
        count += text[i] == '\n';
    return count <= CONFIG_PD_LINES
               ? CELL_OK
               : plan_fail(error, CELL_TOO_LARGE, CONFIG_PD_LINES + 1,
                           "the configuration has more than %u lines", CONFIG_PD_LINES);
}

/* The text ends too early. */
static cell_error_t zero_byte(struct reader *reader, const char *text)
{
    for (; *text != 0; text++)
        reader->line += *text == '\n';
    return FAIL(reader, "a zero byte in the text");
}

cell_error_t config_parse(const char *text, size_t length, uint32_t line, void *memory,
                          struct plan_error *error)
{
    struct config *config = memory;
    char *copy = (char *)(config + 1);

    if (length > CONFIG_LIMIT)
        return plan_fail(error, CELL_TOO_LARGE, line, "the configuration has more than %u bytes",
                         CONFIG_LIMIT);
    memcpy(copy, text, length);
    copy[length] = 0;
    *config = (struct config){.pages = CONFIG_UNLIMITED,
                              .objects = CONFIG_UNLIMITED,
                              .slots = CONFIG_UNLIMITED,
                              .priority = CONFIG_DEFAULT_PRIORITY,
                              .ceiling = CONFIG_DEFAULT_PRIORITY,
                              .items = (uint32_t)items_offset(length)};
    struct reader reader = {.config = config,
                            .text = copy,
                            .line = line,
                            .next = (struct config_item *)((char *)config + items_offset(length)),
                            .error = error};

    if (strlen(copy) != length)
        return zero_byte(&reader, copy);
    for (const char *at = copy; at < copy + length; reader.line++) {
        const char *end = memchr(at, '\n', (size_t)(copy + length - at));

        reader.at = at;
        reader.end = end == NULL ? copy + length : end;
        cell_error_t code = read_line(&reader);

        if (code != CELL_OK)
            return code;
        at = reader.end + 1;
    }
    if (config->name.length == 0)
        return plan_fail(error, CELL_BAD_CONFIG, line, "pd: the pd line is missing");
    return CELL_OK;
}

/* ---- Blocks of a system ---------------------------------------------- */

/* Does the line at `at` hold anything, and does that begin a block? */
static bool line_holds(const char *at, const char *end, bool *begins)
{
    while (at < end && is_blank(*at))
        at++;
    *begins = end - at >= 3 && memcmp(at, "pd", 2) == 0 && is_blank(at[2]);
    return at < end && *at != '#';
}

bool config_next_block(const char *text, size_t length, size_t *at, uint32_t *line, size_t *block)
{
    size_t start = 0;
    uint32_t start_line = 0;
    bool started = false;

    for (uint32_t number = *line; *at < length; number++) {
        const char *end = memchr(text + *at, '\n', length - *at);
        size_t next = end == NULL ? length : (size_t)(end - text) + 1;
        bool begins;
        bool holds = line_holds(text + *at, end == NULL ? text + length : end, &begins);

        if (begins && started)
            break;
        if (holds && !started) {
            started = true;
            start = *at;
            start_line = number;
        }
        *at = next;
    }
    if (!started)
        return false;
    *block = *at - start;
    *at = start;
    *line = start_line;
    return true;
}
