/* SPDX-License-Identifier: BSD-2-Clause */
/* root/selftest_space.c: tests of memory objects, address spaces, CSpaces, handles and CPUs. */
#include <sel4/sel4.h>
#include <string.h>

#include "root/ads.h"
#include "root/cpu.h"
#include "root/ep.h"
#include "root/handle.h"
#include "root/heap.h"
#include "root/loop.h"
#include "root/request.h"
#include "root/selftest.h"

#define READ_WRITE (CM_READ | CM_WRITE)

static struct mo *make_mo(uint64_t pages, unsigned flags)
{
    struct mo *mo = NULL;

    EXPECT(mo_create(&root_account, pages, flags, &mo) == CELL_OK);
    return mo;
}

static struct ads *make_ads(void)
{
    struct ads *ads = NULL;

    EXPECT(ads_create(&root_account, &ads) == CELL_OK);
    return ads;
}

/* ---- Memory objects -------------------------------------------------- */

static void test_mo(void)
{
    struct mo *mo = make_mo(300, MO_ON_TOUCH), *copy = NULL;
    char text[9000], back[9000];

    EXPECT(mo->present == 0 && mo_physical(mo) == 0);
    for (unsigned i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7);
    EXPECT(mo_write(mo, 255 * PAGE_SIZE + 100, text, sizeof text) == CELL_OK);
    EXPECT(mo->present == 3);
    EXPECT(mo_clone(&root_account, mo, &copy) == CELL_OK);
    EXPECT(copy->present == 3 && mo_page(copy, 255) != mo_page(mo, 255));
    EXPECT(mo_read(copy, 255 * PAGE_SIZE + 100, back, sizeof back) == CELL_OK);
    EXPECT(memcmp(text, back, sizeof text) == 0);
    EXPECT(mo_write(mo, 300 * PAGE_SIZE - 1, text, 2) == CELL_BAD_ARGUMENT);
    EXPECT(mo_write(mo, UINT64_MAX, text, 2) == CELL_BAD_ARGUMENT);
    object_release(&mo->object);
    object_release(&copy->object);
    EXPECT(mo_create(&root_account, 0, 0, &mo) == CELL_BAD_ARGUMENT);
    EXPECT(mo_create(&root_account, MO_LIMIT + 1, MO_ON_TOUCH, &mo) == CELL_TOO_LARGE);
}

static void test_quota(void)
{
    struct account *account = account_create();
    struct mo *mo;
    struct ads *ads;

    account->limit[ACCOUNT_PAGES] = 10;
    account->limit[ACCOUNT_OBJECTS] = 2;
    EXPECT(mo_create(account, 11, 0, &mo) == CELL_QUOTA);
    EXPECT(mo_create(account, 10, 0, &mo) == CELL_OK);
    EXPECT(account->used[ACCOUNT_PAGES] == 10);
    EXPECT(ads_create(account, &ads) == CELL_OK);
    struct vmr *vmr;

    /* Two page tables are needed; there is room for one object more. */
    EXPECT(ads_attach(ads, mo, 0, VMR_HEAP, READ_WRITE, 0, &vmr) == CELL_QUOTA);
    account->limit[ACCOUNT_OBJECTS] = 4;
    EXPECT(ads_attach(ads, mo, 0, VMR_HEAP, READ_WRITE, 0, &vmr) == CELL_OK);
    object_release(&ads->object);
    object_release(&mo->object);
    EXPECT(account->used[ACCOUNT_PAGES] == 0 && account->used[ACCOUNT_OBJECTS] == 0);
    EXPECT(account->references == 1);
    account_release(account);
}

/* ---- Address spaces -------------------------------------------------- */

static void test_regions(void)
{
    struct ads *ads = make_ads();
    struct mo *mo = make_mo(100, 0);
    struct vmr *first, *second, *guard;

    EXPECT(ads_attach(ads, mo, 0x400000, VMR_HEAP, READ_WRITE, 0, &first) == CELL_OK);
    EXPECT(mo->primary == first);
    EXPECT(ads_attach(ads, mo, 0, VMR_GENERIC, CM_READ, ATTACH_GUARD, &second) == CELL_OK);
    EXPECT(second->start == ADS_PLACE + PAGE_SIZE && second->copies != NULL);
    EXPECT(ads_attach(ads, mo, 0x400000 + 99 * PAGE_SIZE, VMR_HEAP, READ_WRITE, 0, &guard) ==
           CELL_OVERLAP);
    EXPECT(ads_attach(ads, mo, 0x400001, VMR_HEAP, READ_WRITE, 0, &guard) == CELL_BAD_ARGUMENT);
    EXPECT(ads_attach(ads, mo, 0x1000, VMR_HEAP, READ_WRITE, 0, &guard) == CELL_BAD_ARGUMENT);
    EXPECT(ads_attach(ads, mo, ADS_HIGHEST - PAGE_SIZE, VMR_HEAP, READ_WRITE, 0, &guard) ==
           CELL_BAD_ARGUMENT);
    EXPECT(ads_attach(ads, mo, 0, VMR_HEAP, CM_WRITE, 0, &guard) == CELL_BAD_ARGUMENT);
    EXPECT(ads_reserve(ads, 0, 1, VMR_UNKNOWN, &guard) == CELL_OK);
    EXPECT(guard->start == vmr_end(second));
    EXPECT(ads_find(ads, 0x400000) == first && ads_find(ads, 0x3fffff) == NULL);
    EXPECT(ads_find(ads, ADS_PLACE) == second && ads_next(ads, ADS_PLACE) == second);
    EXPECT(ads_next(ads, second->start + 1) == guard && ads_next(ads, guard->start + 1) == NULL);
    EXPECT(ads_touch(ads, ADS_PLACE, CM_READ) == ADS_FAULT_GUARD);
    EXPECT(ads_touch(ads, guard->start, CM_READ) == ADS_FAULT_GUARD);
    EXPECT(ads_touch(ads, second->start, CM_WRITE) == ADS_FAULT_RIGHTS);
    EXPECT(ads_touch(ads, 0x3fffff, CM_READ) == ADS_FAULT_NO_REGION);
    struct vmr *found;

    EXPECT(ads_find_kind(ads, VMR_HEAP, &found) == CELL_OK && found == first);
    EXPECT(ads_find_kind(ads, VMR_STACK, &found) == CELL_NOT_FOUND);
    ads_remove(first);
    EXPECT(mo->primary == NULL);
    EXPECT(ads_attach(ads, mo, 0, VMR_HEAP, READ_WRITE, 0, &first) == CELL_OK);
    EXPECT(mo->primary == first);
    object_release(&ads->object);
    EXPECT(mo->object.references == 1 && list_empty(&mo->vmrs) && mo->primary == NULL);
    object_release(&mo->object);
}

/* Many regions in one address space, and many address spaces (more than a pool of ASIDs). */
static void test_many(void)
{
    enum { REGIONS = 2000, SPACES = 600 };
    struct ads *ads = make_ads();
    struct mo *mo = make_mo(3, MO_ON_TOUCH);
    static struct vmr *vmrs[REGIONS];
    static struct ads *spaces[SPACES];

    for (unsigned i = 0; i < REGIONS; i++)
        EXPECT(ads_attach(ads, mo, 0, VMR_GENERIC, READ_WRITE, 0, &vmrs[i]) == CELL_OK);
    for (unsigned i = 0; i < REGIONS; i += 2)
        ads_remove(vmrs[i]);
    EXPECT(ads_attach(ads, mo, 0, VMR_GENERIC, READ_WRITE, 0, &vmrs[0]) == CELL_OK);
    EXPECT(vmrs[0]->start == ADS_PLACE);
    EXPECT(ads_touch(ads, vmrs[1]->start, CM_READ) == ADS_FAULT_NONE);
    EXPECT(ads_touch(ads, vmrs[0]->start, CM_READ) == ADS_FAULT_NONE);
    EXPECT(mo->present == 1);
    object_release(&mo->object);
    object_release(&ads->object);
    for (unsigned i = 0; i < SPACES; i++)
        spaces[i] = make_ads();
    for (unsigned i = 0; i < SPACES; i++)
        object_release(&spaces[i]->object);
}

/* ---- CSpaces and handles --------------------------------------------- */

static void test_handles(void)
{
    enum { HANDLES = 5000 };
    struct cspace cspace, other;
    struct mo *mo = make_mo(1, 0);
    struct handle *handle, *self;
    static cell_cap_t caps[HANDLES];

    EXPECT(cspace_create(&cspace, NULL, &root_account, NULL) == CELL_OK);
    EXPECT(cspace_create(&other, NULL, &root_account, cspace.common) == CELL_OK);
    EXPECT(handle_create_direct(&cspace, CSPACE_SLOT_SELF, &mo->object, HANDLE_RESOURCE, TYPE_MO,
                                HANDLE_ALL, SLOT_ENDPOINT, RIGHTS_CLIENT, &self) == CELL_OK);
    for (unsigned i = 0; i < HANDLES; i++) {
        EXPECT(handle_create(cspace.common, &mo->object, HANDLE_RESOURCE, TYPE_MO, HANDLE_READ,
                             SLOT_ENDPOINT, RIGHTS_CLIENT, &handle) == CELL_OK);
        caps[i] = handle->where;
        EXPECT(caps[i] == CSPACE_AT(CSPACE_COMMON, i));
    }
    EXPECT(cspace_entry(&other, caps[HANDLES - 1]) == cspace_entry(&cspace, caps[HANDLES - 1]));
    EXPECT(cspace_entry(&cspace, CSPACE_SELF) == self->index);
    EXPECT(cspace_entry(&cspace, CSPACE_FAULT) == SLOT_EMPTY);
    EXPECT(cspace_entry(&cspace, CSPACE_AT(CSPACE_COMMON, HANDLES + 100)) == SLOT_EMPTY);
    EXPECT(cspace_entry(&cspace, ~UINT64_C(0)) == SLOT_EMPTY);
    EXPECT(mo->object.references == HANDLES + 2);
    handle = handle_by_index(cspace_entry(&cspace, caps[17]));
    handle_id_t id = handle_id(handle);

    EXPECT(handle_by_id(id) == handle);
    handle_free(handle);
    EXPECT(handle_by_id(id) == NULL && cspace_entry(&cspace, caps[17]) == SLOT_EMPTY);
    EXPECT(handle_create(cspace.common, &mo->object, HANDLE_RESOURCE, TYPE_MO, HANDLE_READ,
                         SLOT_ENDPOINT, RIGHTS_CLIENT, &handle) == CELL_OK);
    EXPECT(handle->where == caps[17] && handle_by_id(id) == NULL);
    cell_cap_t where = 0;
    unsigned count = 0;

    while (table_next(cspace.common, &where) != SLOT_EMPTY)
        count++;
    EXPECT(count == HANDLES && cspace.common->used == HANDLES);
    cspace_destroy(&cspace);
    EXPECT(mo->object.references == HANDLES + 1);
    cspace_destroy(&other);
    EXPECT(mo->object.references == 1);
    object_release(&mo->object);
}

/* ---- A CPU that runs ------------------------------------------------- */

/* Code of the test thread: touches a page, calls the handle in slot SELF with
 * label 20 and the word it found, and calls the last handle of the common table. */
__asm__(".pushsection .rodata\n"
        ".global selftest_code, selftest_code_end\n"
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
    struct mo *code = make_mo(1, 0), *buffer = make_mo(1, 0);
    struct vmr *vmr;

    EXPECT(mo_write(code, 0, selftest_code, (uint64_t)(selftest_code_end - selftest_code)) == CELL_OK);
    EXPECT(ads_attach(ads, code, CODE_AT, VMR_ELF_CODE, CM_READ | CM_EXECUTE, 0, &vmr) == CELL_OK);
    EXPECT(ads_attach(ads, buffer, BUFFER_AT, VMR_IPC_BUF, READ_WRITE, 0, &vmr) == CELL_OK);
    EXPECT(ads_attach(ads, data, DATA_AT, VMR_HEAP, READ_WRITE, 0, &vmr) == CELL_OK);
    object_release(&code->object);
    object_release(&buffer->object);
}

static void expect(struct received got, const struct handle *handle, uint64_t label, uint64_t word)
{
    EXPECT(got.badge == handle_id(handle));
    EXPECT(got.label == label);
    EXPECT(got.word == word);
}

static void converse(struct ads *ads, const struct handle *self, const struct handle *fault,
                     const struct handle *last)
{
    expect(receive(false), fault, seL4_Fault_VMFault, DATA_AT + 8);
    EXPECT(ads_touch(ads, DATA_AT + 8, CM_READ) == ADS_FAULT_NONE);
    expect(receive(true), self, 20, 1);
    expect(receive(true), last, 21, 3);
    struct received got = receive(true);

    EXPECT(got.badge == handle_id(fault) && got.label == seL4_Fault_UserException);
}

static void test_cpu(void)
{
    struct ads *ads = make_ads();
    struct mo *data = make_mo(2, MO_ON_TOUCH);
    struct cspace cspace;
    struct cpu *cpu = NULL;
    struct handle *self, *fault, *last = NULL;

    fill_space(ads, data);
    EXPECT(cspace_create(&cspace, NULL, &root_account, NULL) == CELL_OK);
    EXPECT(handle_create_direct(&cspace, CSPACE_SLOT_SELF, &ads->object, HANDLE_RESOURCE, TYPE_ADS,
                                HANDLE_ALL, SLOT_ENDPOINT, RIGHTS_CLIENT, &self) == CELL_OK);
    EXPECT(handle_create_direct(&cspace, CSPACE_SLOT_FAULT, &ads->object, HANDLE_FAULT, TYPE_ADS,
                                0, SLOT_ENDPOINT, RIGHTS_CLIENT, &fault) == CELL_OK);
    for (unsigned i = 0; i < 3000; i++)
        EXPECT(handle_create(cspace.common, &ads->object, HANDLE_RESOURCE, TYPE_ADS, HANDLE_READ,
                             SLOT_ENDPOINT, RIGHTS_CLIENT, &last) == CELL_OK);
    EXPECT(cpu_create(&root_account, &cpu) == CELL_OK);
    EXPECT(cpu_configure(cpu, &cspace, ads, BUFFER_AT + 512) == CELL_BAD_ARGUMENT);
    EXPECT(cpu_configure(cpu, &cspace, ads, DATA_AT) == CELL_BAD_ARGUMENT);
    EXPECT(cpu_configure(cpu, &cspace, ads, BUFFER_AT + 1024) == CELL_OK);
    EXPECT(cpu_start(cpu, CODE_AT, 0, (uint64_t[4]){DATA_AT + 8, last->where}, 0) == CELL_OK);
    EXPECT(cpu_start(cpu, CODE_AT, 0, (uint64_t[4]){0}, 0) == CELL_BUSY);
    converse(ads, self, fault, last);
    uint64_t word;

    EXPECT(mo_read(data, 8, &word, 8) == CELL_OK && word == 1);
    cpu_unconfigure(cpu);
    cspace_destroy(&cspace);
    object_release(&cpu->object);
    object_release(&data->object);
    object_release(&ads->object);
}

/* ---- Everything fails, everywhere ------------------------------------ */

/* With each limit in turn, making a PD's parts fails at another point; nothing may be
 * left over. */
static void test_failures(void)
{
    for (unsigned unit = 0; unit < ACCOUNT_UNITS; unit++) {
        for (uint64_t limit = 0; limit < 8; limit++) {
            struct account *account = account_create();
            struct cspace cspace;
            struct ads *ads;
            struct cpu *cpu;
            struct ep *ep;

            account->limit[unit] = limit;
            if (cspace_create(&cspace, NULL, account, NULL) == CELL_OK) {
                struct handle *handle;

                if (ep_create(account, &ep) == CELL_OK) {
                    (void)handle_create(cspace.common, &ep->object, HANDLE_RESOURCE, TYPE_EP, 0,
                                        SLOT_ENDPOINT, RIGHTS_CLIENT, &handle);
                    object_release(&ep->object);
                }
                cspace_destroy(&cspace);
            }
            if (ads_create(account, &ads) == CELL_OK)
                object_release(&ads->object);
            if (cpu_create(account, &cpu) == CELL_OK) {
                (void)cpu_notification(cpu);
                object_release(&cpu->object);
            }
            EXPECT(account->references == 1);
            for (unsigned i = 0; i < ACCOUNT_UNITS; i++)
                EXPECT(account->used[i] == 0);
            account_release(account);
        }
    }
}

const struct selftest selftests_space[] = {
    {"mo", test_mo},           {"quota", test_quota}, {"regions", test_regions}, {"many", test_many},
    {"handles", test_handles}, {"cpu", test_cpu},     {"failures", test_failures}, {NULL, NULL},
};
