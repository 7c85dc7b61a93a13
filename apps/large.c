/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apps/large.c: memory objects of large pages: what can be done with them, and what is refused.
 *
 *   large [2M|1G] [hold]   does everything with such pages, and prints a line for each operation; with `hold` it attaches one, and stays
 *   large all              takes as many pages of 2 MiB as there are, twice
 *   large zero             fills some, gives them up, and counts what is not zero in those that it gets then
 */
#include <cell/idl/ads.h>
#include <cell/idl/mo.h>
#include <stdio.h>
#include <string.h>

#include "apps/touch/touch.h"

#define PAGE UINT64_C(4096)
#define READ_WRITE (CELL_READ | CELL_WRITE)
#define AT UINT64_C(0x1000000000)

static uint64_t pages, flag; /* small pages in a large one; the flag of mo.allocate */

static void say(const char *what, cell_error_t error)
{
    printf("large: %s: %s\n", what, cell_error_text(error));
}

static uint64_t word(uint64_t address)
{
    return *(volatile uint64_t *)address;
}

/* ---- One object ------------------------------------------------------- */

static cell_error_t attach(cell_cap_t mo, uint64_t address, uint64_t *start)
{
    return ads_attach(CSPACE_SELF, mo, address, CELL_REGION_GENERIC, READ_WRITE, 0, start);
}

/* Uses an object in two regions, and a copy of it. */
static void use(cell_cap_t mo, uint64_t count)
{
    uint64_t first, second, third, size, end = count * pages * PAGE;
    cell_cap_t copy = 0;

    say("page size", mo_page_size(mo, &size) == CELL_OK && size == pages * PAGE ? CELL_OK : CELL_BAD_ARGUMENT);
    say("attach", attach(mo, AT, &first));
    say("attach anywhere", attach(mo, 0, &second));
    printf("large: aligned: %d\n", second % (pages * PAGE) == 0);
    *(volatile uint64_t *)(first + end - 8) = 77;
    printf("large: both: %lu %lu\n", (unsigned long)word(second + end - 8), (unsigned long)word(second));
    say("remove a part of a page", ads_remove_part(CSPACE_SELF, second, pages - 1));
    say("rights of a part of a page", ads_change_rights(CSPACE_SELF, second + PAGE, pages, CELL_READ));
    say("rights", ads_change_rights(CSPACE_SELF, second, pages, CELL_READ));
    if (count > 1) {
        say("copy", mo_copy(cell_rde("MO"), mo, &copy));
        say("attach the copy", attach(copy, 0, &third));
        *(volatile uint64_t *)(first + end - 8) = 78;
        printf("large: copy: %lu of %lu\n", (unsigned long)word(third + end - 8), (unsigned long)word(first + end - 8));
        say("remove a page", ads_remove_part(CSPACE_SELF, second + pages * PAGE, pages));
        say("remove the copy", ads_remove(CSPACE_SELF, third));
        say("release the copy", mo_release(copy));
    }
    say("move", ads_move(CSPACE_SELF, second, pages, AT + 64 * pages * PAGE));
    printf("large: moved: %lu\n", (unsigned long)word(AT + 64 * pages * PAGE));
    say("remove", ads_remove(CSPACE_SELF, AT + 64 * pages * PAGE));
    say("remove", ads_remove(CSPACE_SELF, first));
}

/* Touches large pages at addresses where small ones were before. */
static void touch(void)
{
    uint64_t start;
    cell_cap_t mo;

    say("allocate small", mo_allocate(cell_rde("MO"), 1, 0, &mo));
    say("attach", attach(mo, AT + PAGE, &start));
    say("remove", ads_remove(CSPACE_SELF, start));
    mo_release(mo);
    say("allocate on touch", mo_allocate(cell_rde("MO"), 2 * pages, flag | 1, &mo));
    say("attach", attach(mo, AT, &start));
    *(volatile uint64_t *)(AT + 2 * pages * PAGE - 8) = 5;
    printf("large: touched: %lu %lu\n", (unsigned long)word(AT), (unsigned long)word(AT + 2 * pages * PAGE - 8));
    say("punch", mo_punch(mo, 0, pages));
    say("remove", ads_remove(CSPACE_SELF, AT));
    say("punch a part of a page", mo_punch(mo, 1, pages));
    say("punch", mo_punch(mo, pages, pages));
    say("resize to a part of a page", mo_resize(mo, pages + 1));
    say("resize", mo_resize(mo, pages));
    say("release", mo_release(mo));
}

static void whole(bool hold)
{
    uint64_t count = flag == 2 ? 3 : 1;
    cell_cap_t mo;

    say("a part of a page", mo_allocate(cell_rde("MO"), pages + 1, flag, &mo));
    cell_error_t error = mo_allocate(cell_rde("MO"), count * pages, flag, &mo);

    say("allocate", error);
    if (error != CELL_OK)
        return;
    if (hold) {
        uint64_t start;

        say("attach", attach(mo, AT, &start));
        puts("large: held");
        cell_sleep(UINT64_MAX);
    }
    use(mo, count);
    say("release", mo_release(mo));
    if (flag == 2)
        touch();
}

/* ---- All there is ------------------------------------------------------- */

static unsigned all(void)
{
    static cell_cap_t mos[8192];
    cell_error_t error = CELL_OK;
    unsigned count = 0;

    while (count < sizeof mos / sizeof mos[0] && (error = mo_allocate(cell_rde("MO"), pages, flag, &mos[count])) == CELL_OK)
        count++;
    say("no more", error);
    for (unsigned i = 0; i < count; i++)
        mo_release(mos[i]);
    return count;
}

/* ---- Zeroed memory ------------------------------------------------------- */

#define ZERO_PAGES 4u

/* Words that are not zero in some pages; they are filled. */
static uint64_t fill(void)
{
    uint64_t start, found = 0;
    cell_cap_t mo;

    if (mo_allocate(cell_rde("MO"), ZERO_PAGES * pages, flag, &mo) != CELL_OK || attach(mo, AT, &start) != CELL_OK)
        return UINT64_MAX;
    for (volatile uint64_t *word = (uint64_t *)start; word < (uint64_t *)(start + ZERO_PAGES * pages * PAGE); word++) {
        found += *word != 0;
        *word = ~UINT64_C(0);
    }
    ads_remove(CSPACE_SELF, start);
    mo_release(mo);
    return found;
}

int main(int argc, char **argv)
{
    bool gib = argc > 1 && strcmp(argv[1], "1G") == 0;

    flag = gib ? 4 : 2;
    pages = gib ? 262144 : 512;
    if (argc > 1 && strcmp(argv[1], "zero") == 0) {
        uint64_t first = fill(), second = fill();

        printf("large: not zero: %lu %lu\n", (unsigned long)first, (unsigned long)second);
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "all") == 0) {
        unsigned first = all(), second = all();

        printf("large: as many: %d\n", first > 4 && first == second);
    } else {
        whole(argc > 2);
    }
    puts("large: done");
    return 0;
}
