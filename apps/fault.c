/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/fault.c: `fault NAME` does something that no program may do, which the report of the fault must name; `fault` lists the names,
 * `fault device ADDRESS` reads a word there. */
#include <cell/idl/ads.h>
#include <cell/idl/mo.h>
#include <lib/client/client.h>
#include <lib/words/words.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Hides a value from the compiler's analysis. */
#define HIDE(value) __asm__ volatile("" : "+r"(value))

static void atomic(void)
{
    _Alignas(8) char bytes[16] = {0};
    char *at = bytes + 1;

    HIDE(at);
    __atomic_fetch_add((int *)(void *)at, 1, __ATOMIC_SEQ_CST);
}

static void brk(void)
{
    __asm__ volatile("brk #42");
}

static void trap(void)
{
    __builtin_trap();
}

static void mask(void)
{
    __asm__ volatile("msr daif, xzr");
}

static void mode(void)
{
    __asm__ volatile("msr sctlr_el1, xzr");
}

static void hvc(void)
{
    __asm__ volatile("hvc #0");
}

static void pc(void)
{
    uint64_t at = (uint64_t)(uintptr_t)&pc + 2;

    HIDE(at);
    __asm__ volatile("br %0" : : "r"(at));
}

static void literal(void)
{
    char *text = (char *)(uintptr_t) "abc";

    HIDE(text);
    *text = 'x';
}

static void code(void)
{
    char *at = (char *)(uintptr_t)&code;

    HIDE(at);
    *at = 0;
}

static void data(void)
{
    static uint32_t instructions[4];
    void (*function)(void) = (void (*)(void))(uintptr_t)instructions;

    HIDE(function);
    function();
}

static void nowhere(void)
{
    void (*function)(void) = (void (*)(void))(uintptr_t)0x7000000000;

    HIDE(function);
    function();
}

/* Writes a frame from its lowest byte on. */
static __attribute__((noinline)) void use(char *bytes, size_t size)
{
    memset(bytes, 1, size);
}

static void megabyte(void)
{
    char bytes[1 << 20];

    use(bytes, sizeof bytes);
}

/* A frame that is so large that its lowest bytes would lie in the region below the stack. */
static void frame(void)
{
    char bytes[70600];

    use(bytes, sizeof bytes);
}

static void variable(void)
{
    volatile size_t size = 300000;
    char bytes[size];

    use(bytes, size);
}

static void heap(void)
{
    char *block = malloc(16);

    HIDE(block);
    memset(block, 1, (size_t)1 << 30);
}

/* Touches pages that are made when they are touched, until there is no memory left. */
static void touch(void)
{
    cell_cap_t mo;
    uint64_t address;

    if (mo_allocate(cell_rde("MO"), 1 << 20, 1, &mo) == CELL_OK &&
        ads_attach(CSPACE_SELF, mo, 0, CELL_REGION_GENERIC, 3, 1, &address) == CELL_OK)
        memset((void *)address, 1, (size_t)1 << 32);
}

static void wild(void)
{
    char *at = (char *)(uintptr_t)0x123456789000;

    HIDE(at);
    *at = 1;
}

static const struct {
    const char *name;
    void (*run)(void);
} kinds[] = {
    {"atomic", atomic}, {"brk", brk},         {"trap", trap},         {"mask", mask},     {"mode", mode},
    {"hvc", hvc},       {"pc", pc},           {"literal", literal}, {"code", code},
    {"data", data},     {"nowhere", nowhere}, {"megabyte", megabyte}, {"frame", frame},   {"variable", variable},
    {"heap", heap},     {"wild", wild},       {"touch", touch},
};

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "device") == 0)
        return *(volatile int *)(uintptr_t)strtoul(argv[2], NULL, 0);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (argc < 2) {
            printf("%s\n", kinds[i].name);
        } else if (strcmp(argv[1], kinds[i].name) == 0) {
            kinds[i].run();
            printf("fault: nobody noticed\n");
        }
    }
    return 0;
}
