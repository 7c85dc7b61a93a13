/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/plan/lines.c: a function for each kind of line of a configuration (config.h), and the
 * table of them.
 */
#include <string.h>

#include <board.h>
#include "lib/plan/presets.h"
#include "lib/plan/reader.h"

static const char *const regions[CELL_REGION_KINDS] = {CELL_REGIONS(CELL_REGION_WORD)};

static struct config_item *add_item(struct reader *reader, enum config_kind kind)
{
    struct config_item *item = reader->next++;

    *item = (struct config_item){
        .kind = (uint8_t)kind, .rights = CONFIG_DEFAULT_RIGHTS, .line = reader->line};
    reader->config->item_count++;
    return item;
}

static cell_error_t read_pd(struct reader *reader)
{
    struct config *config = reader->config;
    struct token token;
    cell_error_t error = reader_need(reader, "the name", &token);
    const struct option options[] = {
        {"of", OPTION_TEXT, &config->relative, 0},
        {"program", OPTION_TEXT, &config->program, 0},
        {"entry", OPTION_TEXT, &config->entry, 0},
        {"argument", OPTION_NUMBER, &config->argument, 0},
        {"by", OPTION_TEXT, &config->maker, 0},
        {NULL, OPTION_FLAG, NULL, 0},
    };

    if (error != CELL_OK)
        return error;
    if (config->name.length != 0)
        return FAIL(reader, "pd: a second pd line in one block");
    config->name = reader_text(reader, token);
    config->line = config->entry_line = config->fault_line = reader->line;
    config->priority_line = config->elevated_line = reader->line;
    error = reader_need(reader, "the preset", &token);
    if (error != CELL_OK)
        return error;
    while (config->preset < PRESETS && !token_is(token, preset_of(config->preset)->name))
        config->preset++;
    if (config->preset == PRESETS)
        return FAIL(reader, "pd: there is no preset '%.*s'", (int)token.length, token.at);
    return reader_options(reader, options);
}

static cell_error_t read_region(struct reader *reader)
{
    static const char *const hows[] = {"shared", "disjoint", "copied"}, *const page_sizes[] = {"4K", "2M", "1G"};
    struct config_item *item = add_item(reader, ITEM_REGION);
    struct config_text page = {0};
    const struct option options[] = {
        {"pages", OPTION_NUMBER, &item->pages, 0},
        {"at", OPTION_NUMBER, &item->at, 0},
        {"rights", OPTION_RIGHTS, &item->rights, 0},
        {"guard", OPTION_FLAG, &item->flags, CONFIG_GUARD},
        {"on-touch", OPTION_FLAG, &item->flags, CONFIG_ON_TOUCH},
        {"page", OPTION_TEXT, &page, 0},
        {NULL, OPTION_FLAG, NULL, 0},
    };
    struct token token;
    cell_error_t error = reader_need(reader, "its kind or address", &token);

    if (error != CELL_OK)
        return error;
    item->region = (uint8_t)token_choice(token, regions, CELL_REGION_UNKNOWN);
    if (item->region == CELL_REGION_UNKNOWN) {
        if (token.at[0] < '0' || token.at[0] > '9')
            return FAIL(reader, "region: there is no kind '%.*s'", (int)token.length, token.at);
        item->flags |= CONFIG_BY_ADDRESS;
        error = reader_number(reader, token, &item->address);
        if (error != CELL_OK)
            return error;
    }
    error = reader_need(reader, "shared, disjoint or copied", &token);
    if (error != CELL_OK)
        return error;
    item->how = (uint8_t)token_choice(token, hows, 3);
    if (item->how == 3)
        return FAIL(reader, "region: '%.*s' is not shared, disjoint or copied", (int)token.length,
                    token.at);
    error = reader_options(reader, options);
    if (error != CELL_OK || page.length == 0)
        return error;
    token = (struct token){config_string(reader->config, page), page.length};
    unsigned size = token_choice(token, page_sizes, 3);

    if (size == 3)
        return FAIL(reader, "region: page: '%.*s' is not 4K, 2M or 1G", (int)token.length, token.at);
    item->flags |= size == 1 ? CONFIG_2M : size == 2 ? CONFIG_1G
                                                     : 0;
    return CELL_OK;
}

/* Devices that have the same name on every board. */
static const struct named_device {
    const char *name;
    uint64_t address, irq;
} named_devices[] = {
    {"uart", BOARD_UART, BOARD_UART_IRQ},
    {"gic-guest", BOARD_GIC_GUEST, 0},
#if BOARD_DISKS > 0
    {"disk0", BOARD_DISK(0), BOARD_DISK_IRQ(0)},
    {"disk1", BOARD_DISK(1), BOARD_DISK_IRQ(1)},
    {"disk2", BOARD_DISK(2), BOARD_DISK_IRQ(2)},
#endif
#if BOARD_NETS > 0
    {"net0", BOARD_NET, BOARD_NET_IRQ},
#endif
};

static const struct named_device *named_device(struct token token)
{
    for (size_t i = 0; i < sizeof named_devices / sizeof *named_devices; i++)
        if (token_is(token, named_devices[i].name))
            return &named_devices[i];
    return NULL;
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
    cell_error_t error = reader_need(reader, "its name or physical address", &token);

    if (error != CELL_OK)
        return error;
    const struct named_device *device = named_device(token);

    if (device != NULL)
        item->address = device->address;
    else
        error = reader_number(reader, token, &item->address);
    return error == CELL_OK ? reader_options(reader, options) : error;
}

static cell_error_t read_irq(struct reader *reader)
{
    struct token token;
    cell_error_t error = reader_need(reader, "the number, or its device", &token);

    if (error != CELL_OK)
        return error;
    const struct named_device *device = named_device(token);
    struct config_item *item = add_item(reader, ITEM_IRQ);

    if (device == NULL)
        return reader_number(reader, token, &item->address);
    if (device->irq == 0)
        return FAIL(reader, "irq: '%s' has none", device->name);
    item->address = device->irq;
    return CELL_OK;
}

static cell_error_t read_rde(struct reader *reader)
{
    struct config_item *item = add_item(reader, ITEM_RDE);
    const struct option options[] = {
        {"from", OPTION_TEXT, &item->from, 0},
        {"space", OPTION_TEXT, &item->space, 0},
        {"rights", OPTION_RIGHTS, &item->rights, 0},
        {"pass-on", OPTION_FLAG, &item->flags, CONFIG_PASS_ON},
        {"allow", OPTION_NUMBER, &item->pages, 0},
        {NULL, OPTION_FLAG, NULL, 0},
    };
    struct token token;
    cell_error_t error = reader_need(reader, "the type", &token);

    item->pages = CONFIG_UNLIMITED;
    item->text = reader_text(reader, token);
    if (error == CELL_OK && token_is(token, "*"))
        item->flags |= CONFIG_ALL;
    return error == CELL_OK ? reader_options(reader, options) : error;
}

static cell_error_t read_give(struct reader *reader)
{
    struct config_item *item = add_item(reader, ITEM_GIVE);
    const struct option options[] = {
        {"rights", OPTION_RIGHTS, &item->rights, 0},
        {NULL, OPTION_FLAG, NULL, 0},
    };
    struct token token;
    cell_error_t error = reader_need(reader, "a handle or a type", &token);

    if (error != CELL_OK)
        return error;
    if (token.at[0] >= '0' && token.at[0] <= '9') {
        error = reader_number(reader, token, &item->address);
    } else {
        item->flags |= CONFIG_ALL;
        item->text = reader_text(reader, token);
    }
    return error == CELL_OK ? reader_options(reader, options) : error;
}

static cell_error_t read_hold(struct reader *reader)
{
    struct config_item *item = add_item(reader, ITEM_HOLD);
    const struct option options[] = {
        {"rights", OPTION_RIGHTS, &item->rights, 0},
        {NULL, OPTION_FLAG, NULL, 0},
    };
    struct token token;
    cell_error_t error = reader_need(reader, "the PD", &token);

    item->from = reader_text(reader, token);
    return error == CELL_OK ? reader_options(reader, options) : error;
}

static cell_error_t read_serves(struct reader *reader)
{
    struct config_item *item = add_item(reader, ITEM_SERVES);
    const struct option options[] = {
        {"as", OPTION_TEXT, &item->from, 0},
        {NULL, OPTION_FLAG, NULL, 0},
    };
    struct token token;
    cell_error_t error = reader_need(reader, "the type", &token);

    item->text = reader_text(reader, token);
    if (error == CELL_OK && token_is(token, "*"))
        item->flags |= CONFIG_ALL;
    return error == CELL_OK ? reader_options(reader, options) : error;
}

static cell_error_t read_entry(struct reader *reader)
{
    struct token token;
    cell_error_t error = reader_need(reader, "a function", &token);

    reader->config->entry = reader_text(reader, token);
    reader->config->entry_line = reader->line;
    if (error == CELL_OK && reader_next(reader, &token))
        error = reader_number(reader, token, &reader->config->argument);
    return error;
}

static cell_error_t read_fault(struct reader *reader)
{
    const struct option options[] = {
        {"badge", OPTION_NUMBER, &reader->config->fault_badge, 0},
        {NULL, OPTION_FLAG, NULL, 0},
    };
    struct token token;
    cell_error_t error = reader_need(reader, "the PD", &token);

    reader->config->fault = reader_text(reader, token);
    reader->config->fault_line = reader->line;
    return error == CELL_OK ? reader_options(reader, options) : error;
}

/* A priority or a ceiling of priorities. */
static cell_error_t read_level(struct reader *reader, uint32_t *level, uint32_t *line)
{
    struct token token;
    uint64_t value;
    cell_error_t error = reader_need(reader, "the number", &token);

    if (error == CELL_OK)
        error = reader_number(reader, token, &value);
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

/* A number from 1 to `most`. */
static cell_error_t read_count(struct reader *reader, const char *what, uint64_t most, uint64_t *value)
{
    struct token token;
    cell_error_t error = reader_need(reader, what, &token);

    if (error == CELL_OK)
        error = reader_number(reader, token, value);
    if (error == CELL_OK && (*value == 0 || *value > most))
        error = FAIL(reader, "%s: %lu is not between 1 and %lu", reader->field, (unsigned long)*value,
                     (unsigned long)most);
    return error;
}

static cell_error_t read_restart(struct reader *reader)
{
    struct config *config = reader->config;
    struct token token;
    cell_error_t error = read_count(reader, "how often", CONFIG_RESTARTS_MOST, &config->restarts);

    config->restart_line = reader->line;
    if (error == CELL_OK)
        error = reader_need(reader, "'in'", &token);
    if (error == CELL_OK && !token_is(token, "in"))
        error = FAIL(reader, "restart: '%.*s' is not 'in'", (int)token.length, token.at);
    return error == CELL_OK
               ? read_count(reader, "the number of seconds", CONFIG_SECONDS_MOST, &config->restart_seconds)
               : error;
}

static cell_error_t read_watch(struct reader *reader)
{
    reader->config->watch_line = reader->line;
    return read_count(reader, "the number of seconds", CONFIG_SECONDS_MOST, &reader->config->watch_seconds);
}

static cell_error_t read_policy(struct reader *reader)
{
    return FAIL(reader, "policy: it stands before the first block of a system's description");
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
    return reader_options(reader, options);
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
    return reader_options(reader, options);
}

static cell_error_t read_args(struct reader *reader)
{
    struct token token;

    while (reader_next(reader, &token))
        add_item(reader, ITEM_ARGUMENT)->text = reader_text(reader, token);
    return CELL_OK;
}

static cell_error_t read_env(struct reader *reader)
{
    struct token token;
    cell_error_t error = reader_need(reader, "NAME=VALUE", &token);

    if (error != CELL_OK)
        return error;
    do {
        if (*token.at == '=' || memchr(token.at, '=', token.length) == NULL)
            return FAIL(reader, "env: '%.*s' is not NAME=VALUE", (int)token.length, token.at);
        add_item(reader, ITEM_ENVIRONMENT)->text = reader_text(reader, token);
    } while (reader_next(reader, &token));
    return CELL_OK;
}

static cell_error_t read_uses(struct reader *reader)
{
    struct token what, type;
    cell_error_t error = reader_need(reader, "space, resource, memory or map", &what);

    if (error == CELL_OK)
        error = reader_need(reader, "the type", &type);
    if (error != CELL_OK)
        return error;
    static const char *const sorts[] = {"space", "resource", "memory", "map"};
    unsigned sort = token_choice(what, sorts, 4);

    if (sort == 4)
        return FAIL(reader, "uses: '%.*s' is not space, resource, memory or map", (int)what.length,
                    what.at);
    struct config_item *item = add_item(reader, (enum config_kind)(ITEM_USES_SPACE + sort));
    const struct option options[] = {
        {"from", OPTION_TEXT, &item->from, 0},
        {"with", OPTION_TEXT, &item->from, 0},
        {"rights", OPTION_RIGHTS, &item->rights, 0},
        {"name", OPTION_TEXT, &item->name, 0},
        {"space", OPTION_TEXT, &item->space, 0},
        {"again", OPTION_FLAG, &item->flags, CONFIG_AGAIN},
        {"ring", OPTION_FLAG, &item->flags, CONFIG_RING},
        {"onto", OPTION_TEXT, &item->onto, 0},
        {NULL, OPTION_FLAG, NULL, 0},
    };

    if (item->kind == ITEM_USES_MEMORY)
        error = reader_number(reader, type, &item->pages);
    else
        item->text = reader_text(reader, type);
    return error == CELL_OK ? reader_options(reader, options) : error;
}

/* ---- The block ------------------------------------------------------- */

static const struct {
    const char *word;
    cell_error_t (*read)(struct reader *reader);
} lines[] = {
    {"pd", read_pd},
    {"region", read_region},
    {"device", read_device},
    {"entry", read_entry},
    {"irq", read_irq},
    {"rde", read_rde},
    {"give", read_give},
    {"hold", read_hold},
    {"serves", read_serves},
    {"fault", read_fault},
    {"priority", read_priority},
    {"elevated", read_elevated},
    {"linked", read_linked},
    {"limits", read_limits},
    {"args", read_args},
    {"reserve", read_reserve},
    {"env", read_env},
    {"uses", read_uses},
    {"essential", read_essential},
    {"ceiling", read_ceiling},
    {"restart", read_restart},
    {"watch", read_watch},
    {"policy", read_policy},
};

cell_error_t reader_line(struct reader *reader)
{
    struct token word, rest;

    if (!reader_next(reader, &word))
        return CELL_OK;
    for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (!token_is(word, lines[i].word))
            continue;
        reader->field = lines[i].word;
        if (i != 0 && reader->config->name.length == 0)
            return FAIL(reader, "%s: the block must begin with a pd line", reader->field);
        cell_error_t error = lines[i].read(reader);

        if (error == CELL_OK && reader_next(reader, &rest))
            error = FAIL(reader, "%s: '%.*s' is too much", reader->field, (int)rest.length, rest.at);
        if (error == CELL_OK && reader->open_quote)
            error = FAIL(reader, "%s: a quote is not closed", reader->field);
        return error;
    }
    return FAIL(reader, "'%.*s': there is no such line", (int)word.length, word.at);
}
