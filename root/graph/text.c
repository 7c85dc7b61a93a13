/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/text.c: see text.h. Bottom-up: names, ids, the rows
 * of each kind of record, reading. Ids are letters, digits and underscores, so
 * only names may need quotes. Most of a row is the same for all resources of a
 * space and is copied.
 */
#include "root/graph/text.h"

#include <string.h>

#include "lib/words/number.h"
#include "model/core/fields.h"
#include "root/core/ads.h"
#include "root/memory/large.h"
#include "root/spaces/resspc.h"

/* ---- Bytes ----------------------------------------------------------- */

static char *put(char *at, const char *bytes, size_t length)
{
    memcpy(at, bytes, length);
    return at + length;
}

#define PUT(at, literal) put(at, literal, sizeof literal - 1)

static char *put_string(char *at, const char *string)
{
    while (*string != 0)
        *at++ = *string++;
    return at;
}

/* ---- Names ----------------------------------------------------------- */

/* Escaped, and in quotes if it has a comma or quotes. */
static char *put_special(char *at, const char *name)
{
    char escaped[3 * RECORD_NAME_WORDS * 8];

    cm_name_escape((struct cm_text){name, strlen(name)}, escaped, sizeof escaped);
    if (strpbrk(escaped, ",\"") == NULL)
        return put_string(at, escaped);
    *at++ = '"';
    for (const char *from = escaped; *from != 0; *at++ = *from++)
        if (*from == '"')
            *at++ = '"';
    *at++ = '"';
    return at;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '-';
}

/* Raw bytes that end with a zero. Reserved words begin with an N of either case. */
static char *put_name(char *at, const uint64_t words[RECORD_NAME_WORDS])
{
    const char *name = (const char *)words;
    char *end = at;

    if (name[0] == 0 || (name[0] | 0x20) == 'n')
        return put_special(at, name);
    for (; *name != 0; *end++ = *name++)
        if (!is_plain(*name))
            return put_special(at, (const char *)words);
    return end;
}

/* ---- Ids ------------------------------------------------------------- */

static char *put_pd(char *at, uint64_t id)
{
    return number_put_hex(PUT(at, "PD_"), id);
}

static char *put_space(char *at, type_t type, uint64_t id)
{
    return number_put_hex(PUT(put_string(at, type_name(type)), "_SPACE_"), id);
}

static void learn(struct space_texts *texts, type_t type, uint64_t space)
{
    char *at = put_string(texts->start, type_name(type));

    *at++ = '_';
    at = number_put_hex(at, space);
    *at++ = '_';
    texts->start_length = (uint8_t)(at - texts->start);
    texts->middle[0] = ',';
    at = PUT(put_string(texts->middle + 1, type_name(type)), ",,,,");
    texts->middle_length = (uint8_t)(at - texts->middle);
    texts->end[0] = ',';
    at = put_space(texts->end + 1, type == TYPE_VMR ? TYPE_ADS : type, space);
    texts->end_length = (uint8_t)(PUT(at, ",\n") - texts->end);
    texts->type = type;
    texts->space = space;
}

static const struct space_texts *texts_of(struct csv_reader *reader, type_t type, uint64_t space)
{
    struct space_texts *texts = &reader->known[type % SPACES_KNOWN];

    if (texts->space != space || texts->type != type || texts->start_length == 0)
        learn(texts, type, space);
    return texts;
}

static char *put_member(char *at, const struct space_texts *texts, uint64_t number)
{
    return number_put_hex(put(at, texts->start, texts->start_length), number);
}

/* What follows the number of a piece that is not the first. */
static char *put_piece(char *at, uint64_t piece)
{
    return piece == 0 ? at : number_put_hex(PUT(at, "."), piece);
}

/* Of the root task's only space of the type. */
static const struct space_texts *core_texts(struct csv_reader *reader, type_t type)
{
    return texts_of(reader, type, resspc_root(type)->object.id);
}

static char *put_node(char *at, struct csv_reader *reader, type_t type, const uint64_t word[2])
{
    if (type == TYPE_NONE)
        return put_pd(at, word[1]);
    if (word[1] == RECORD_ITSELF)
        return put_space(at, type, word[0]);
    return put_member(at, texts_of(reader, type, word[0]), word[1]);
}

/* ---- Rows that several kinds have ------------------------------------ */

/* An id that has been written, to be copied. */
struct written {
    const char *at;
    size_t length;
};

/* RESOURCE,<id>,<type>,,,, - the extra follows. */
static char *begin_piece(char *at, const struct space_texts *texts, uint64_t number, uint64_t piece,
                         struct written *id)
{
    id->at = at = PUT(at, "RESOURCE,");
    at = put_piece(put_member(at, texts, number), piece);
    id->length = (size_t)(at - id->at);
    return put(at, texts->middle, texts->middle_length);
}

static char *begin_member(char *at, const struct space_texts *texts, uint64_t number, struct written *id)
{
    return begin_piece(at, texts, number, 0, id);
}

/* The end of that row, and the SUBSET. */
static char *end_member(char *at, const struct space_texts *texts, const struct written *id)
{
    at = put(PUT(at, "\n,,NONE,SUBSET,"), id->at, id->length);
    return put(at, texts->end, texts->end_length);
}

/* The end of a row whose extra is rights. */
static char *end_rights(char *at, unsigned rights)
{
    for (unsigned i = 0; rights >> i != 0; i++)
        if ((rights >> i & 1) != 0)
            *at++ = CELL_RIGHTS_LETTERS[i];
    *at++ = '\n';
    return at;
}

static char *put_map(char *at, const struct written *id, const struct space_texts *to,
                     uint64_t number, unsigned rights)
{
    at = put(PUT(at, ",,NONE,MAP,"), id->at, id->length);
    *at++ = ',';
    at = put_member(at, to, number);
    *at++ = ',';
    return end_rights(at, rights);
}

/* A number of 4 KiB, in pages of 2^order times that. */
static char *put_pages(char *at, uint64_t pages, unsigned order)
{
    *at++ = '_';
    at = number_put(at, pages >> order);
    *at++ = '_';
    return number_put(at, PAGE_BITS + order);
}

/* ---- Records --------------------------------------------------------- */

static char *put_pd_row(char *at, const struct record *record, struct csv_reader *reader)
{
    (void)reader;
    at = put_pd(PUT(at, "PD,"), record->word[0]);
    *at++ = ',';
    at = PUT(put_name(at, &record->word[1]), ",,,,");
    if (record->detail == RECORD_PARTIAL)
        at = PUT(at, "partial");
    else if (record->detail == RECORD_ENDED)
        at = PUT(at, "ended");
    *at++ = '\n';
    return at;
}

static char *put_space_row(char *at, const struct record *record, struct csv_reader *reader)
{
    (void)reader;
    at = put_space(PUT(at, "RESOURCE_SPACE,"), record->type, record->word[0]);
    *at++ = ',';
    at = PUT(put_string(at, type_name(record->type)), ",,,,");
    at = put_pd(at, record->word[1]);
    *at++ = '\n';
    return at;
}

static char *put_pcpu(char *at, const struct record *record, struct csv_reader *reader)
{
    const struct space_texts *texts = core_texts(reader, TYPE_PCPU);
    struct written id;

    /* The HOLD follows from managing, but a model in which no HOLD has rights would be taken for
     * one of an older version. */
    (void)record;
    at = end_member(begin_member(at, texts, 0, &id), texts, &id);
    at = put(PUT(put_pd(PUT(at, ",,NONE,HOLD,"), 0), ","), id.at, id.length);
    return PUT(at, ",rwg\n");
}

static char *put_handle(char *at, const struct record *record, struct csv_reader *reader)
{
    const struct space_texts *texts = core_texts(reader, TYPE_PD);
    struct written id;

    at = put_pd(begin_member(at, texts, record->word[0], &id), record->word[0]);
    return end_member(at, texts, &id);
}

static char *put_resspc(char *at, const struct record *record, struct csv_reader *reader)
{
    const struct space_texts *texts = core_texts(reader, TYPE_RESSPC);
    struct written id;

    at = begin_member(at, texts, record->word[0], &id);
    return end_member(put_space(at, record->type, record->word[0]), texts, &id);
}

static char *put_cpu(char *at, const struct record *record, struct csv_reader *reader)
{
    const struct space_texts *texts = core_texts(reader, TYPE_CPU);
    struct written id;

    at = begin_member(at, texts, record->word[0], &id);
    if (record->detail == RECORD_PLACED)
        at = put_space(at, TYPE_ADS, record->word[1]);
    at = end_member(at, texts, &id);
    return put_map(at, &id, core_texts(reader, TYPE_PCPU), 0, 0);
}

static char *put_ep(char *at, const struct record *record, struct csv_reader *reader)
{
    const struct space_texts *texts = core_texts(reader, record->type);
    struct written id;

    return end_member(begin_member(at, texts, record->word[0], &id), texts, &id);
}

static char *put_mo(char *at, const struct record *record, struct csv_reader *reader)
{
    const struct space_texts *texts = core_texts(reader, TYPE_MO);
    struct written id;

    at = begin_piece(at, texts, record->word[0], record->words == 4 ? record->word[3] : 0, &id);
    at = put_pages(number_put_hex(PUT(at, "0x"), record->word[1]), record->word[2], record->detail * ORDER_2M);
    return end_member(at, texts, &id);
}

static char *put_vmr(char *at, const struct record *record, struct csv_reader *reader)
{
    const struct space_texts *texts = texts_of(reader, TYPE_VMR, record->word[0]);
    struct written id;

    at = begin_piece(at, texts, record->word[1], record->words == 6 ? record->word[4] : 0, &id);
    at = number_put_hex(PUT(at, "0x"), record->word[2]);
    *at++ = '_';
    at = put_string(at, vmr_kind_name((enum cell_region)record->detail));
    at = end_member(put_pages(at, record->word[3], 0), texts, &id);
    return record->words != 5 ? at
                              : put_map(at, &id, core_texts(reader, TYPE_MO), record->word[4],
                                        record->rights);
}

static char *put_resource(char *at, const struct record *record, struct csv_reader *reader)
{
    const struct space_texts *texts = texts_of(reader, record->type, record->word[0]);
    struct written id;

    at = begin_member(at, texts, record->word[1], &id);
    if (record->words > 2)
        at = put_name(at, &record->word[2]);
    return end_member(at, texts, &id);
}

static char *put_edge(char *at, const struct record *record, struct csv_reader *reader)
{
#define START(name) {",,NONE," name ",", sizeof ",,NONE," name "," - 1}
    static const struct {
        char text[16];
        size_t length;
    } starts[] = {
        [CM_HOLD] = START("HOLD"),   [CM_MAP] = START("MAP"),   [CM_SUBSET] = START("SUBSET"),
        [CM_FAULT] = START("FAULT"), [CM_LINK] = START("LINK"), [CM_META] = START("META"),
        [CM_PARENT] = START("PARENT"),
    };
#undef START

    at = put(at, starts[record->detail].text, starts[record->detail].length);
    at = put_node(at, reader, record->type, &record->word[0]);
    at = put_piece(at, record->words == 6 ? record->word[4] : 0);
    *at++ = ',';
    at = put_node(at, reader, record->to_type, &record->word[2]);
    at = put_piece(at, record->words == 6 ? record->word[5] : 0);
    *at++ = ',';
    return end_rights(at, record->rights);
}

static char *put_request(char *at, const struct record *record, struct csv_reader *reader)
{
    (void)reader;
    at = PUT(put_string(PUT(at, ",,"), type_name(record->type)), ",REQUEST,");
    at = put_pd(at, record->word[0]);
    *at++ = ',';
    at = put_pd(at, record->word[1]);
    *at++ = ',';
    if (record->word[2] != RECORD_ANY)
        at = put_space(at, record->type, record->word[2]);
    *at++ = '\n';
    return at;
}

/* ---- Reading --------------------------------------------------------- */

/* The text of the current record: how many bytes, RECORD_TEXT at most. */
static size_t put_record(struct csv_reader *reader, char *begin)
{
    static char *(*const of_kind[RECORD_KINDS])(char *, const struct record *,
                                                struct csv_reader *) = {
        [RECORD_PD] = put_pd_row,   [RECORD_SPACE] = put_space_row, [RECORD_PCPU] = put_pcpu,
        [RECORD_HANDLE] = put_handle, [RECORD_RESSPC] = put_resspc, [RECORD_CPU] = put_cpu,
        [RECORD_EP] = put_ep,       [RECORD_MO] = put_mo,           [RECORD_VMR] = put_vmr,
        [RECORD_RESOURCE] = put_resource, [RECORD_EDGE] = put_edge, [RECORD_REQUEST] = put_request,
    };
    const struct record *record = reader->record;
    char *end = record != NULL
                    ? of_kind[record->kind](begin, record, reader)
                    : PUT(begin, CM_CSV_HEADER "\n");

    return (size_t)(end - begin);
}

static void step(struct csv_reader *reader, size_t length)
{
    reader->offset += length;
    reader->record = record_next(reader->records, &reader->piece, reader->record);
    reader->at_end = reader->record == NULL;
}

/* Whole records only, from where the reader is: how many bytes; 0 as above.
 * `room` is at least RECORD_TEXT. */
static size_t csv_read_records(struct csv_reader *reader, char *buffer, size_t room, uint32_t *records)
{
    size_t used = 0;

    while (room - used >= RECORD_TEXT && !reader->at_end && *records > 0) {
        size_t length = put_record(reader, buffer + used);

        --*records;
        used += length;
        step(reader, length);
    }
    return used;
}

/* A record of which only a part is wanted, or for which there may be no room. */
static size_t read_part(struct csv_reader *reader, uint64_t skip, char *buffer, size_t room)
{
    char text[RECORD_TEXT];
    size_t length = put_record(reader, text), part = 0;

    if (skip < length) {
        part = length - skip < room ? length - skip : room;
        memcpy(buffer, text + skip, part);
    }
    if (skip + part >= length)
        step(reader, length);
    return part;
}

size_t csv_read(struct csv_reader *reader, uint64_t offset, char *buffer, size_t room, uint32_t *records)
{
    size_t used = 0;

    if (offset < reader->offset)
        *reader = (struct csv_reader){.records = reader->records};
    while (used < room && !reader->at_end && *records > 0) {
        if (offset + used == reader->offset)
            used += csv_read_records(reader, buffer + used, room - used, records);
        if (used < room && !reader->at_end && *records > 0) {
            used += read_part(reader, offset + used - reader->offset, buffer + used, room - used);
            --*records;
        }
    }
    return used;
}
