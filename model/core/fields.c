/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the fields of a model file: see fields.h. Bottom up: numbers, extents, rights, names. */
#include "fields.h"

#include <string.h>

#include "lib/words/words.h"

/* ---------------------------------------------------------------------------------------------------------- numbers */

/* A number of at least one digit in base 10 or 16; no sign, no blank. */
static enum cm_field parse_number(const char *at, const char *end, unsigned base, uint64_t *number)
{
    uint64_t value = 0;
    bool big = false;
    if (at == end) {
        return CM_FIELD_BAD;
    }
    for (; at < end; at++) {
        unsigned digit;
        if (*at >= '0' && *at <= '9') {
            digit = (unsigned)(*at - '0');
        } else if ((*at | 32) >= 'a' && (*at | 32) <= 'f') {
            digit = (unsigned)((*at | 32) - 'a') + 10;
        } else {
            return CM_FIELD_BAD;
        }
        if (digit >= base) {
            return CM_FIELD_BAD;
        }
        big = big || value > (UINT64_MAX - digit) / base;
        value = value * base + digit;
    }
    *number = value;
    return big ? CM_FIELD_TOO_BIG : CM_FIELD_OK;
}

/* `0x1f`, `0X001f`, `1f` */
static enum cm_field parse_address(const char *at, const char *end, uint64_t *address)
{
    if (end - at > 2 && at[0] == '0' && (at[1] | 32) == 'x') {
        at += 2;
    }
    return parse_number(at, end, 16, address);
}

size_t cm_decimal(uint64_t number, char *out)
{
    char reversed[20];
    size_t length = 0;
    do {
        reversed[length++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    for (size_t i = 0; i < length; i++) {
        out[i] = reversed[length - 1 - i];
    }
    out[length] = '\0';
    return length;
}

/*
 * The quotient is rounded to a double first and the double exactly to four decimals, ties to even, as printf does. With
 * quotient = m * 2^-k, the result is m * 10000 shifted right by k, exactly, in 128 bits.
 */
void cm_ratio_text(uint64_t shared, uint64_t all, char *out)
{
    uint64_t scaled = 0;
    if (all != 0 && shared >= all) {
        scaled = 10000;
    } else if (all != 0 && shared != 0) {
        double quotient = (double)shared / (double)all;
        uint64_t bits;
        memcpy(&bits, &quotient, sizeof bits);
        unsigned exponent = (unsigned)(bits >> 52 & 0x7ff);
        uint64_t mantissa = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52;
        unsigned shift = 1075 - exponent; /* IEEE 754 binary64; normal, as 2^-64 <= quotient <= 1 */
        unsigned __int128 product = (unsigned __int128)mantissa * 10000;
        if (shift < 120) {
            unsigned __int128 half = (unsigned __int128)1 << (shift - 1);
            unsigned __int128 rest = product & ((half << 1) - 1);
            scaled = (uint64_t)(product >> shift);
            scaled += rest > half || (rest == half && (scaled & 1) != 0);
        }
    }
    out[0] = (char)('0' + scaled / 10000);
    out[1] = '.';
    for (int i = 5; i >= 2; i--) {
        out[i] = (char)('0' + scaled % 10);
        scaled /= 10;
    }
    out[6] = '\0';
}

/* ---------------------------------------------------------------------------------------------------------- extents */

static const char *last_underscore(const char *start, const char *end)
{
    while (end > start) {
        if (*--end == '_') {
            return end;
        }
    }
    return NULL;
}

static bool is_word(struct cm_text text, const char *word)
{
    return text.length == strlen(word) && memcmp(text.at, word, text.length) == 0;
}

static bool starts_with(struct cm_text text, const char *prefix)
{
    size_t length = strlen(prefix);
    return text.length >= length && memcmp(text.at, prefix, length) == 0;
}

/* Takes `_<pages>_<page bits>` off the right; *rest is what stands before it. */
static enum cm_field parse_size(struct cm_text extra, struct cm_extent *extent, struct cm_text *rest)
{
    const char *end = extra.at + extra.length;
    const char *bits_mark = last_underscore(extra.at, end);
    const char *pages_mark = bits_mark == NULL ? NULL : last_underscore(extra.at, bits_mark);
    if (pages_mark == NULL) {
        return CM_FIELD_BAD;
    }
    uint64_t bits;
    if (parse_number(bits_mark + 1, end, 10, &bits) != CM_FIELD_OK || bits > 63) {
        return CM_FIELD_BAD;
    }
    enum cm_field field = parse_number(pages_mark + 1, bits_mark, 10, &extent->pages);
    if (field != CM_FIELD_OK) {
        return field;
    }
    extent->page_bits = (unsigned)bits;
    *rest = (struct cm_text){extra.at, (size_t)(pages_mark - extra.at)};
    if (extent->pages > UINT64_MAX >> bits) {
        return CM_FIELD_TOO_BIG;
    }
    uint64_t bytes = extent->pages << bits;
    extent->units = (bytes >> CM_UNIT_BITS) + ((bytes & (((uint64_t)1 << CM_UNIT_BITS) - 1)) != 0);
    return extent->units > CM_MAX_MO_UNITS ? CM_FIELD_TOO_BIG : CM_FIELD_OK;
}

static enum cm_field parse_place(struct cm_text place, struct cm_extent *extent)
{
    if (starts_with(place, "file:") || starts_with(place, "anon:")) {
        extent->named = true;
        return CM_FIELD_OK;
    }
    enum cm_field field = parse_address(place.at, place.at + place.length, &extent->address);
    if (field != CM_FIELD_OK) {
        return field;
    }
    extent->has_address = true;
    return extent->address > UINT64_MAX - (extent->units << CM_UNIT_BITS) ? CM_FIELD_TOO_BIG : CM_FIELD_OK;
}

enum cm_field cm_field_mo(struct cm_text extra, struct cm_extent *extent)
{
    memset(extent, 0, sizeof *extent);
    if (extra.length == 0) {
        return CM_FIELD_EMPTY;
    }
    struct cm_text place;
    enum cm_field field = parse_size(extra, extent, &place);
    return field == CM_FIELD_OK ? parse_place(place, extent) : field;
}

/* docs/model-format.md; the last four are Linux's. */
static const char *const vmr_kinds[] = {CELL_REGIONS(CELL_REGION_MODEL) "LIB", "FILE", "VDSO", "SHM"};

/* Splits `<address>_<KIND>`: a known kind at the end, else what follows the first underscore. */
static void split_kind(struct cm_text rest, struct cm_text *place, struct cm_extent *extent)
{
    for (size_t i = 0; i < sizeof vmr_kinds / sizeof *vmr_kinds; i++) {
        size_t length = strlen(vmr_kinds[i]);
        if (rest.length < length || memcmp(rest.at + rest.length - length, vmr_kinds[i], length) != 0) {
            continue;
        }
        size_t before = rest.length - length;
        if (before == 0 || rest.at[before - 1] == '_') {
            extent->kind = (struct cm_text){rest.at + before, length};
            extent->kind_known = true;
            *place = (struct cm_text){rest.at, before == 0 ? 0 : before - 1};
            return;
        }
    }
    const char *mark = memchr(rest.at, '_', rest.length);
    size_t before = mark == NULL ? 0 : (size_t)(mark - rest.at) + 1;
    extent->kind = (struct cm_text){rest.at + before, rest.length - before};
    *place = (struct cm_text){rest.at, before == 0 ? 0 : before - 1};
}

enum cm_field cm_field_vmr(struct cm_text extra, struct cm_extent *extent)
{
    memset(extent, 0, sizeof *extent);
    if (extra.length == 0) {
        return CM_FIELD_EMPTY;
    }
    struct cm_text rest, place;
    enum cm_field field = parse_size(extra, extent, &rest);
    if (field != CM_FIELD_OK) {
        return field;
    }
    split_kind(rest, &place, extent);
    if (extent->kind.length == 0) {
        return CM_FIELD_BAD;
    }
    return place.length == 0 ? CM_FIELD_OK : parse_place(place, extent);
}

enum cm_field cm_field_blocks(struct cm_text extra, uint64_t *first, uint64_t *count)
{
    const char *end = extra.at + extra.length, *mark = last_underscore(extra.at, end);
    if (extra.length == 0) {
        return CM_FIELD_EMPTY;
    }
    if (mark == NULL) {
        return CM_FIELD_BAD;
    }
    enum cm_field field = parse_number(extra.at, mark, 10, first);
    if (field == CM_FIELD_OK) {
        field = parse_number(mark + 1, end, 10, count);
    }
    if (field == CM_FIELD_OK && *count == 0) {
        return CM_FIELD_BAD;
    }
    return field == CM_FIELD_OK && *first > UINT64_MAX - *count ? CM_FIELD_TOO_BIG : field;
}

/* ----------------------------------------------------------------------------------------------------------- rights */

unsigned cm_kind_rights(struct cm_text extra)
{
    struct cm_extent extent;
    bool fixed = cm_field_vmr(extra, &extent) == CM_FIELD_OK && (is_word(extent.kind, "ELF_CODE") || is_word(extent.kind, "VDSO"));
    return fixed ? CM_READ : CM_READ | CM_WRITE;
}

bool cm_field_rights(struct cm_text text, unsigned *rights)
{
    *rights = 0;
    for (size_t i = 0; i < text.length; i++) {
        unsigned right = cell_right_of(text.at[i]);
        if (right == 0 || (*rights & right) != 0) {
            return false;
        }
        *rights |= right;
    }
    return true;
}

/* ------------------------------------------------------------------------------------------------------------ names */

/* The length of the UTF-8 character at the front; 0: it is not one (RFC 3629 section 4). */
static size_t utf8_length(const char *text, size_t length)
{
    const unsigned char *at = (const unsigned char *)text;
    if (length == 0) {
        return 0;
    }
    if (at[0] < 0x80) {
        return 1;
    }
    size_t wanted = at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf5 ? 4 : 0;
    if (wanted == 0 || length < wanted) {
        return 0;
    }
    for (size_t i = 1; i < wanted; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    bool outside = (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf4 && at[1] > 0x8f);
    return overlong || outside ? 0 : wanted;
}

/* C0, DEL, and C1 (0x80 to 0x9f, two bytes in UTF-8). */
static bool is_control(const char *text, size_t length)
{
    unsigned char first = (unsigned char)text[0];
    return first < 0x20 || first == 0x7f || (length == 2 && first == 0xc2 && (unsigned char)text[1] < 0xa0);
}

bool cm_is_utf8(struct cm_text text)
{
    for (size_t at = 0; at < text.length;) {
        size_t step = utf8_length(text.at + at, text.length - at);
        if (step == 0) {
            return false;
        }
        at += step;
    }
    return true;
}

static bool is_reserved(struct cm_text text)
{
    return is_word(text, "NA") || is_word(text, "null") || is_word(text, "NaN");
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

const char *cm_name_fault(struct cm_text name)
{
    if (name.length == 0) {
        return "is empty";
    }
    if (is_reserved(name)) {
        return "is a reserved word (NA, null, NaN)";
    }
    for (size_t at = 0; at < name.length;) {
        size_t step = utf8_length(name.at + at, name.length - at);
        if (step == 0) {
            return "has a byte that is not UTF-8 (to be written %XX)";
        }
        if (is_control(name.at + at, step)) {
            return "has a control character (to be written %XX)";
        }
        if (name.at[at] == '%' &&
            (name.length - at < 3 || !is_hex(name.at[at + 1]) || !is_hex(name.at[at + 2]))) {
            return "has a % that is not followed by two hexadecimal digits";
        }
        at += step;
    }
    return NULL;
}

const char *cm_type_fault(struct cm_text type)
{
    if (type.length == 0) {
        return "is empty";
    }
    if (is_reserved(type)) {
        return "is a reserved word (NA, null, NaN)";
    }
    for (size_t i = 0; i < type.length; i++) {
        char c = type.at[i];
        if (!((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z'))) {
            return "has something else than letters and digits";
        }
    }
    return NULL;
}

size_t cm_name_escape(struct cm_text raw, char *out, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    if (raw.length == 0) {
        raw = (struct cm_text){"unnamed", 7};
    }
    bool reserved = is_reserved(raw);
    size_t total = 0, written = 0;
    for (size_t at = 0; at < raw.length;) {
        size_t step = utf8_length(raw.at + at, raw.length - at);
        bool escape = step == 0 || raw.at[at] == '%' || is_control(raw.at + at, step) || (reserved && at == 0);
        step = step == 0 ? 1 : step;
        size_t need = escape ? 3 * step : step;
        total += need;
        for (size_t i = 0; i < step && total < size; i++) {
            unsigned char byte = (unsigned char)raw.at[at + i];
            if (escape) {
                out[written++] = '%';
                out[written++] = digits[byte >> 4];
                out[written++] = digits[byte & 15];
            } else {
                out[written++] = (char)byte;
            }
        }
        at += step;
    }
    if (size > 0) {
        out[written] = '\0';
    }
    return total;
}
