/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/selftest/bench.c: instructions of the core's operations without the
 * request around them, as `bench` frames. Boot option `selftest=bench`, with
 * instructions counted (-icount shift=0: a nanosecond is an instruction).
 */
#include <sel4/constants.h>
#include <stdio.h>

#include "root/channel/control.h"
#include "root/core/ads.h"
#include "root/core/cpu.h"
#include "root/core/ep.h"
#include "root/core/handle.h"
#include "root/loop/clock.h"
#include "root/selftest/selftest.h"

#define ROUNDS 64u
#define READ_WRITE (CM_READ | CM_WRITE)

static uint64_t start_time;

static void begin(void)
{
    start_time = clock_now();
}

static void end(const char *name, unsigned count)
{
    char row[128];
    uint64_t each = (clock_now() - start_time) / count;
    int length = snprintf(row, sizeof row, "{\"name\": \"core: %s\", \"total\": %lu, \"samples\": %u}\n",
                          name, (unsigned long)each, count);

    control_send("bench", row, (size_t)length);
}

static struct mo *mos[ROUNDS];
static struct vmr *vmrs[ROUNDS];

static void bench_mo(uint64_t pages, const char *create, const char *release)
{
    begin();
    for (unsigned i = 0; i < ROUNDS; i++)
        EXPECT(mo_create(&root_account, pages, 0, &mos[i]) == CELL_OK);
    end(create, ROUNDS);
    begin();
    for (unsigned i = 0; i < ROUNDS; i++)
        object_release(&mos[i]->object);
    end(release, ROUNDS);
}

static void bench_mo_pair(void)
{
    begin();
    for (unsigned i = 0; i < ROUNDS; i++) {
        EXPECT(mo_create(&root_account, 1, 0, &mos[0]) == CELL_OK);
        object_release(&mos[0]->object);
    }
    end("mo of 1 page, create and free", ROUNDS);
}

static void bench_attach(struct ads *ads, uint64_t pages, unsigned extra, const char *attach,
                         const char *remove)
{
    struct vmr *other;

    for (unsigned i = 0; i < ROUNDS; i++) {
        EXPECT(mo_create(&root_account, pages, 0, &mos[i]) == CELL_OK);
        if (extra != 0)
            EXPECT(ads_attach(&root_account, ads, mos[i], 0, CELL_REGION_GENERIC, READ_WRITE, 0, &other) == CELL_OK);
        /* Page tables are there before the clock runs. */
        EXPECT(ads_attach(&root_account, ads, mos[i], 0, CELL_REGION_GENERIC, READ_WRITE, 0, &vmrs[i]) == CELL_OK);
    }
    for (unsigned i = 0; i < ROUNDS; i++)
        ads_remove(vmrs[i]);
    begin();
    for (unsigned i = 0; i < ROUNDS; i++)
        EXPECT(ads_attach(&root_account, ads, mos[i], 0, CELL_REGION_GENERIC, READ_WRITE, 0, &vmrs[i]) == CELL_OK);
    end(attach, ROUNDS);
    begin();
    for (unsigned i = 0; i < ROUNDS; i++)
        ads_remove(vmrs[i]);
    end(remove, ROUNDS);
    for (unsigned i = 0; i < ROUNDS; i++)
        object_release(&mos[i]->object);
}

static void bench_touch(struct ads *ads)
{
    struct mo *mo;
    struct vmr *vmr;

    EXPECT(mo_create(&root_account, 100, MO_ON_TOUCH, &mo) == CELL_OK);
    EXPECT(ads_attach(&root_account, ads, mo, 0, CELL_REGION_HEAP, READ_WRITE, 0, &vmr) == CELL_OK);
    begin();
    for (unsigned i = 0; i < 100; i++)
        EXPECT(ads_touch(ads, vmr->start + i * PAGE_SIZE, CM_WRITE) == ADS_FAULT_NONE);
    end("touch a page", 100);
    object_release(&mo->object);
    ads_remove(vmr);
}

static void bench_ads(void)
{
    static struct ads *spaces[ROUNDS];

    begin();
    for (unsigned i = 0; i < ROUNDS; i++)
        EXPECT(ads_create(&root_account, &spaces[i]) == CELL_OK);
    end("ads create", ROUNDS);
    begin();
    for (unsigned i = 0; i < ROUNDS; i++)
        object_release(&spaces[i]->object);
    end("ads destroy", ROUNDS);
}

static void bench_small(void)
{
    static struct ep *eps[ROUNDS];
    static struct cpu *cpus[ROUNDS];

    begin();
    for (unsigned i = 0; i < ROUNDS; i++)
        EXPECT(ep_create(&root_account, &eps[i]) == CELL_OK);
    end("ep create", ROUNDS);
    begin();
    for (unsigned i = 0; i < ROUNDS; i++)
        object_release(&eps[i]->object);
    end("ep destroy", ROUNDS);
    begin();
    for (unsigned i = 0; i < ROUNDS; i++)
        EXPECT(cpu_create(&root_account, &cpus[i]) == CELL_OK);
    end("cpu create", ROUNDS);
    begin();
    for (unsigned i = 0; i < ROUNDS; i++)
        object_release(&cpus[i]->object);
    end("cpu destroy", ROUNDS);
}

static void bench_handles(void)
{
    static struct cspace spaces[ROUNDS];
    struct handle *handle;
    struct mo *mo;

    EXPECT(mo_create(&root_account, 1, 0, &mo) == CELL_OK);
    begin();
    for (unsigned i = 0; i < ROUNDS; i++)
        EXPECT(cspace_create(&spaces[i], NULL, &root_account, NULL) == CELL_OK);
    end("cspace create", ROUNDS);
    begin();
    for (unsigned i = 0; i < ROUNDS; i++)
        EXPECT(handle_create(spaces[i].common, &mo->object, HANDLE_RESOURCE, TYPE_MO, HANDLE_READ,
                             SLOT_ENDPOINT, RIGHTS_CLIENT, &handle) == CELL_OK);
    end("handle create", ROUNDS);
    begin();
    handle_free_all(&mo->object, &(uint32_t){UINT32_MAX});
    end("handle free", ROUNDS);
    begin();
    for (unsigned i = 0; i < ROUNDS; i++)
        cspace_destroy(&spaces[i], &(uint32_t){UINT32_MAX});
    end("cspace destroy", ROUNDS);
    object_release(&mo->object);
}

static void run_all(void)
{
    struct ads *ads;

    EXPECT(ads_create(&root_account, &ads) == CELL_OK);
    bench_mo_pair();
    bench_mo(1, "mo of 1 page, create", "mo of 1 page, free");
    bench_mo(100, "mo of 100 pages, create", "mo of 100 pages, free");
    bench_attach(ads, 1, 0, "attach 1 page", "remove 1 page");
    bench_attach(ads, 100, 0, "attach 100 pages", "remove 100 pages");
    bench_attach(ads, 100, 1, "attach 100 pages, second mapping", "remove 100 pages, second mapping");
    bench_touch(ads);
    bench_ads();
    bench_small();
    bench_handles();
    object_release(&ads->object);
}

void selftest_bench(void)
{
    struct memory_figures figures;
    uint64_t boot = clock_now();

    control_log("boot to here: %lu", (unsigned long)boot);
    run_all();
    run_all();
    memory_figures(&figures);
    control_log("pages: %lu of %lu free, %lu frames, %lu leaves, %lu of the heap",
                (unsigned long)figures.free_pages, (unsigned long)figures.total_pages,
                (unsigned long)figures.frames, (unsigned long)figures.leaves,
                (unsigned long)figures.heap_pages);
}
