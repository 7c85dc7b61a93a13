/* SPDX-License-Identifier: BSD-2-Clause */
/* root/selftest/cpu.c: tests of CPUs that run, and of making things beyond a quota. */
#include <sel4/sel4.h>

#include "root/core/ads.h"
#include "root/core/cpu.h"
#include "root/core/ep.h"
#include "root/core/handle.h"
#include "root/loop/clock.h"
#include "root/loop/loop.h"
#include "root/selftest/selftest.h"

/* ---- A CPU that runs ------------------------------------------------- */

/* Code of the test thread: touches a page, calls the handle in slot SELF with
 * label 20 and the word it found, and calls the last handle of the common table. */
__asm__(".pushsection .rodata\n"
        "selftest_code:\n"
        "    ldr x9, [x0]\n"
        "    add x9, x9, #1\n"
        "    str x9, [x0]\n"
        "    mov x8, x1\n"
        "    mov x2, x9\n"
        "    mov x0, #0x10000000\n"
        "    mov x1, #0x4001\n"
        "    movk x1, #1, lsl #16\n" /* 20 << 12 | 1 */
        "    mov x7, #-1\n"
        "    svc #0\n"
        "    mov x0, x8\n"
        "    mov x1, #0x5001\n"
        "    movk x1, #1, lsl #16\n"
        "    mov x2, #3\n"
        "    mov x7, #-1\n"
        "    svc #0\n"
        "    udf #7\n"
        "selftest_code_end:\n"
        ".popsection\n");
extern const char selftest_code[], selftest_code_end[];

struct received {
    uint64_t badge, label, word;
};

static struct received receive(bool answer)
{
    seL4_Word badge, words[4] = {0};
    seL4_MessageInfo_t info;

    if (answer)
        seL4_ReplyWithMRs((seL4_MessageInfo_t){{0}}, &words[0], &words[1], &words[2], &words[3]);
    do
        info = seL4_RecvWithMRs(SLOT_ENDPOINT, &badge, &words[0], &words[1], &words[2], &words[3]);
    while ((badge & SIGNAL_MARK) != 0);
    uint64_t label = seL4_MessageInfo_get_label(info);

    return (struct received){badge, label, words[label == seL4_Fault_VMFault ? 1 : 0]};
}

#define CODE_AT 0x400000
#define DATA_AT 0x600000
#define BUFFER_AT 0x700000

static void fill_space(struct ads *ads, struct mo *data)
{
    struct mo *code = selftest_mo(1, 0), *buffer = selftest_mo(1, 0);
    struct vmr *vmr;

    EXPECT(mo_write(code, 0, selftest_code, (uint64_t)(selftest_code_end - selftest_code)) == CELL_OK);
    EXPECT(ads_attach(&root_account, ads, code, CODE_AT, CELL_REGION_ELF_CODE, CM_READ | CM_EXECUTE, 0, &vmr) == CELL_OK);
    EXPECT(ads_attach(&root_account, ads, buffer, BUFFER_AT, CELL_REGION_IPC_BUF, READ_WRITE, 0, &vmr) == CELL_OK);
    EXPECT(ads_attach(&root_account, ads, data, DATA_AT, CELL_REGION_HEAP, READ_WRITE, 0, &vmr) == CELL_OK);
    object_release(&code->object);
    object_release(&buffer->object);
}

static void expect(struct received got, const struct handle *handle, uint64_t label, uint64_t word)
{
    EXPECT(got.badge == handle_id(handle));
    EXPECT(got.label == label);
    EXPECT(got.word == word);
}

static void converse(struct ads *ads, const struct handle *self, const struct handle *last)
{
    expect(receive(false), self, seL4_Fault_VMFault, DATA_AT + 8);
    EXPECT(ads_touch(ads, DATA_AT + 8, CM_READ) == ADS_FAULT_NONE);
    expect(receive(true), self, 20, 1);
    expect(receive(true), last, 21, 3);
    struct received got = receive(true);

    EXPECT(got.badge == handle_id(self) && got.label == seL4_Fault_UserException);
}

static void test_cpu(void)
{
    struct ads *ads = selftest_ads();
    struct mo *data = selftest_mo(2, MO_ON_TOUCH);
    struct cspace cspace;
    struct cpu *cpu = NULL;
    struct handle *self, *last = NULL;

    fill_space(ads, data);
    EXPECT(cspace_create(&cspace, NULL, &root_account, NULL) == CELL_OK);
    EXPECT(handle_create_direct(&cspace, CSPACE_SLOT_SELF, &ads->object, HANDLE_RESOURCE, TYPE_ADS,
                                HANDLE_ALL, SLOT_ENDPOINT, RIGHTS_CLIENT, &self) == CELL_OK);
    for (unsigned i = 0; i < 3000; i++)
        EXPECT(handle_create(cspace.common, &ads->object, HANDLE_RESOURCE, TYPE_ADS, HANDLE_READ,
                             SLOT_ENDPOINT, RIGHTS_CLIENT, &last) == CELL_OK);
    EXPECT(cpu_create(&root_account, &cpu) == CELL_OK);
    EXPECT(cpu_configure(cpu, &cspace, ads, BUFFER_AT + 512) == CELL_BAD_ARGUMENT);
    EXPECT(cpu_configure(cpu, &cspace, ads, DATA_AT) == CELL_BAD_ARGUMENT);
    EXPECT(cpu_configure(cpu, &cspace, ads, BUFFER_AT + 1024) == CELL_OK);
    EXPECT(cpu_start(cpu, CODE_AT, 0, (uint64_t[4]){DATA_AT + 8, last->where}, 0) == CELL_OK);
    EXPECT(cpu_start(cpu, CODE_AT, 0, (uint64_t[4]){0}, 0) == CELL_BUSY);
    converse(ads, self, last);
    uint64_t word;

    EXPECT(mo_read(data, 8, &word, 8) == CELL_OK && word == 1);
    cpu_unconfigure(cpu);
    cspace_destroy(&cspace, &(uint32_t){UINT32_MAX});
    object_release(&cpu->object);
    object_release(&data->object);
    object_release(&ads->object);
}

/* ---- Time ------------------------------------------------------------ */

#define MILLISECOND UINT64_C(1000000)

static unsigned rung;

static void ring(struct timeout *timeout)
{
    EXPECT(clock_now() >= timeout->when);
    rung++;
}

/* Three timeouts, one of them cancelled; with the CPU's timer within milliseconds,
 * else within the seconds of the board's clock. */
static void test_clock(void)
{
    static struct timeout timeouts[3];
    uint64_t start = clock_now(), unit = clock_resolution() / 4 + 5 * MILLISECOND;

    rung = 0;
    for (unsigned i = 0; i < 3; i++)
        EXPECT(timeout_set(&timeouts[i], start + (3 - i) * unit, TIMEOUT_FIRST, ring) == CELL_OK);
    timeout_cancel(&timeouts[1]);
    while (rung < 2 && clock_now() < start + 4000 * MILLISECOND) {
        seL4_Word badge;

        seL4_Wait(SLOT_NOTIFICATION, &badge);
        loop_signalled(badge);
    }
    EXPECT(rung == 2 && timeouts[0].place == 0);
    EXPECT(clock_epoch() > 1600000000);
}

/* ---- Everything fails, everywhere ------------------------------------ */

/* With each limit in turn, making a PD's parts fails at another point; nothing may be
 * left over. */
static void test_failures(void)
{
    for (unsigned unit = 0; unit < ACCOUNT_UNITS; unit++) {
        for (uint64_t limit = 0; limit < 20; limit++) {
            uint64_t limits[ACCOUNT_UNITS] = {ACCOUNT_UNLIMITED, ACCOUNT_UNLIMITED,
                                              ACCOUNT_UNLIMITED};
            struct budget *budget;

            limits[unit] = limit;
            EXPECT(budget_create(NULL, &budget) == CELL_OK);
            budget_limit(budget, limits);
            struct account *account = account_create(budget);
            struct cspace cspace;
            struct ads *ads;
            struct cpu *cpu;
            struct ep *ep;

            if (cspace_create(&cspace, NULL, account, NULL) == CELL_OK) {
                struct handle *handle;

                if (ep_create(account, &ep) == CELL_OK) {
                    (void)handle_create(cspace.common, &ep->object, HANDLE_RESOURCE, TYPE_EP, 0,
                                        SLOT_ENDPOINT, RIGHTS_CLIENT, &handle);
                    object_release(&ep->object);
                }
                cspace_destroy(&cspace, &(uint32_t){UINT32_MAX});
            }
            if (ads_create(account, &ads) == CELL_OK)
                object_release(&ads->object);
            if (cpu_create(account, &cpu) == CELL_OK) {
                (void)cpu_notification(cpu);
                object_release(&cpu->object);
            }
            EXPECT(account->references == 1);
            for (unsigned i = 0; i < ACCOUNT_UNITS; i++)
                EXPECT(account->used[i] == 0 && budget_used(budget, (enum account_unit)i) == 0);
            account_release(account);
            budget_release(budget);
        }
    }
}

const struct selftest selftests_cpu[] = {
    {"cpu", test_cpu},
    {"failures", test_failures},
    {"clock", test_clock},
    {NULL, NULL},
};
