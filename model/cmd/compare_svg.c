/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The picture of cellmodel compare: a row of bars for each mechanism, one bar per resource type, as long as the RSI; on
 * the right the fault radius and the trusted base, with the kernel and without it. Plain SVG 1.1, no scripts, no fonts.
 */
#include <stdio.h>
#include <string.h>

#include "../core/fields.h"
#include "compare.h"

#define LABEL_WIDTH 330 /* all lengths in SVG units, as pixels at 100 % */
#define BAR_WIDTH 360
#define BAR_HEIGHT 9
#define BARS 3 /* PCPU would be 1 in every row */
#define ROW_HEIGHT 40
#define TOP 92
#define NUMBER_WIDTH 82
#define NUMBERS 4

/* Of VMR, MO, VCPU: they differ in lightness too, for readers who see no colours. */
static const char *const colours[BARS] = {"#1b4f8a", "#d1495b", "#8fb8de"};

static void put(struct cm_writer *writer, const char *text)
{
    for (; *text != '\0'; text++) {
        const char *as = *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : NULL;
        if (as != NULL) {
            cm_writer_string(writer, as);
        } else if ((unsigned char)*text >= ' ') {
            cm_writer_put(writer, text, 1);
        }
    }
}

static void text_at(struct cm_writer *writer, int x, int y, const char *attributes, const char *text)
{
    char start[160];
    snprintf(start, sizeof start, "<text x=\"%d\" y=\"%d\"%s>", x, y, attributes);
    cm_writer_string(writer, start);
    put(writer, text);
    cm_writer_string(writer, "</text>\n");
}

/* A bar; a type of which neither reaches any gets a dash instead. */
static void bar(struct cm_writer *writer, const struct cm_compared_rsi *rsi, int y, const char *colour, const char *type)
{
    char element[320], ratio[7] = "none";
    if (rsi != NULL) {
        cm_ratio_text(rsi->shared, rsi->all, ratio);
    }
    double share = rsi == NULL || rsi->all == 0 ? 0 : (double)rsi->shared / (double)rsi->all;
    snprintf(element, sizeof element,
             "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"><title>%s %s</title></rect>\n", LABEL_WIDTH,
             y, share * BAR_WIDTH < 1.5 ? 1.5 : share * BAR_WIDTH, BAR_HEIGHT, colour, type, ratio);
    cm_writer_string(writer, element);
    text_at(writer, LABEL_WIDTH + (int)(share * BAR_WIDTH) + 5, y + BAR_HEIGHT - 1, " font-size=\"9\" fill=\"#555\"",
            rsi == NULL ? "-" : share > 0 ? ratio : "0");
}

static void number_at(struct cm_writer *writer, int column, int y, const char *text)
{
    text_at(writer, LABEL_WIDTH + BAR_WIDTH + 60 + column * NUMBER_WIDTH + NUMBER_WIDTH / 2, y,
            " text-anchor=\"middle\" font-size=\"14\"", text);
}

static void row_at(struct cm_writer *writer, const struct cm_compared *row, int y)
{
    text_at(writer, LABEL_WIDTH - 12, y + ROW_HEIGHT / 2, " text-anchor=\"end\"", row->about.title);
    for (int i = 0; i < BARS; i++) {
        bar(writer, cm_compare_rsi(row, cm_compare_types[i]), y + 4 + i * (BAR_HEIGHT + 1), colours[i],
            cm_compare_types[i]);
    }
    for (int w = 0; w < 2; w++) {
        char text[24];
        cm_fr_text(&row->fr[w], text);
        number_at(writer, w, y + ROW_HEIGHT / 2 + 2, row->fr[w].found ? text + 3 : "\xe2\x88\x9e"); /* infinity */
        uint32_t a = row->trusted[w][0], b = row->trusted[w][1];
        snprintf(text, sizeof text, a == b ? "%u" : "%u / %u", a, b);
        number_at(writer, 2 + w, y + ROW_HEIGHT / 2 + 2, text);
    }
}

static void heads(struct cm_writer *writer, int height)
{
    static const char *const numbers[][2] = {
        {"fault radius", "with kernel"}, {"fault radius", "without"}, {"trusted PDs", "with kernel"}, {"trusted PDs", "without"}};
    char element[160];
    text_at(writer, 16, 28, " font-size=\"18\" font-weight=\"bold\"", "How much do two components share?");
    for (int i = 0; i < BARS; i++) {
        snprintf(element, sizeof element, "<rect x=\"%d\" y=\"42\" width=\"12\" height=\"12\" fill=\"%s\"/>\n",
                 LABEL_WIDTH + i * 70, colours[i]);
        cm_writer_string(writer, element);
        text_at(writer, LABEL_WIDTH + i * 70 + 17, 53, "", cm_compare_types[i]);
    }
    text_at(writer, 16, 53, " fill=\"#555\"", "resource sharing index, 0 to 1, per type");
    for (int i = 0; i < NUMBERS; i++) {
        number_at(writer, i, 62, "");
        text_at(writer, LABEL_WIDTH + BAR_WIDTH + 60 + i * NUMBER_WIDTH + NUMBER_WIDTH / 2, 50, " text-anchor=\"middle\"",
                numbers[i][0]);
        text_at(writer, LABEL_WIDTH + BAR_WIDTH + 60 + i * NUMBER_WIDTH + NUMBER_WIDTH / 2, 66, " text-anchor=\"middle\"",
                numbers[i][1]);
    }
    for (int i = 0; i <= 4; i++) {
        int x = LABEL_WIDTH + BAR_WIDTH * i / 4;
        char share[8];
        snprintf(element, sizeof element, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#ddd\"/>\n", x, TOP - 6, x,
                 height - 8);
        cm_writer_string(writer, element);
        snprintf(share, sizeof share, "%.2f", i / 4.0);
        text_at(writer, x, TOP - 10, " text-anchor=\"middle\" font-size=\"10\" fill=\"#555\"", share);
    }
}

void cm_compare_svg(struct cm_writer *writer, const struct cm_compared *rows, uint32_t count)
{
    char start[400];
    int width = LABEL_WIDTH + BAR_WIDTH + 70 + NUMBERS * NUMBER_WIDTH, height = TOP + (int)count * ROW_HEIGHT + 12;
    snprintf(start, sizeof start,
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\" "
             "font-family=\"sans-serif\" font-size=\"12\">\n"
             "<title>Isolation mechanisms: resource sharing index, fault radius and trusted base</title>\n"
             "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
             width, height, width, height);
    cm_writer_string(writer, start);
    heads(writer, height);
    for (uint32_t i = 0; i < count; i++) {
        row_at(writer, &rows[i], TOP + (int)i * ROW_HEIGHT);
    }
    cm_writer_string(writer, "</svg>\n");
}
