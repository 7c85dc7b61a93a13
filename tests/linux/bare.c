/* SPDX-License-Identifier: BSD-2-Clause */
/* A process of which every page is known. No C library, no dynamic linker: what it has in memory is its program, its
 * data with its stack, and what its arguments ask for. It unmaps all else that the kernel gave it, prints what it has,
 * and waits for the end of its standard input.
 *
 *   private N       N pages of private memory, written
 *   zero N          N pages of private memory, only read: all are the kernel's zero page
 *   file PATH N     N pages of a file, private, read
 *   change PATH N   N pages of a file, private, written: copies of its own
 *   share PATH N    N pages of a file, shared, written
 *   vdso            the vDSO is kept and read
 *
 * Prints a line `NAME ADDRESS PAGES` for each, addresses in hexadecimal, `text` and `data` first, then `ready`. */
#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

enum { page = 4096, most_arguments = 64, most_kept = 64 };

/* All data there is: the stack, the arguments' text, a buffer. */
static struct {
    char stack[4 * page];
    char arguments[page];
    char maps[4 * page];
    struct {
        uintptr_t start, pages;
    } kept[most_kept];
    size_t kept_count;
    uintptr_t vdso;
} data __attribute__((aligned(page)));

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n"
        "  mov %rsp, %rdi\n"
        "  lea data+16384(%rip), %rsp\n"
        "  call begin\n");

static long call6(long number, long a, long b, long c, long d, long e, long f)
{
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n"
        "  mov x0, sp\n"
        "  adrp x1, data\n"
        "  add x1, x1, :lo12:data\n"
        "  add sp, x1, #16384\n"
        "  bl begin\n");

static long call6(long number, long a, long b, long c, long d, long e, long f)
{
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    register long x8 __asm__("x8") = number;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}
#else
#error "no system calls for this machine"
#endif

static long call3(long number, long a, long b, long c)
{
    return call6(number, a, b, c, 0, 0, 0);
}

_Noreturn static void leave(int status)
{
    for (;;) {
        call3(SYS_exit_group, status, 0, 0);
    }
}

/* The compiler may call these. */
void *memcpy(void *to, const void *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ((volatile char *)to)[i] = ((const char *)from)[i];
    }
    return to;
}

void *memset(void *to, int value, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ((volatile char *)to)[i] = (char)value;
    }
    return to;
}

/* ------------------------------------------------------------------------------------------------ words */

static size_t length_of(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    return length;
}

static int same(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static void print(const char *text)
{
    call3(SYS_write, 1, (long)text, (long)length_of(text));
}

static void print_number(uintptr_t number, unsigned base)
{
    char digits[24];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    print(digits + at);
}

static uintptr_t parse(const char **text, unsigned base)
{
    uintptr_t number = 0;
    for (;; (*text)++) {
        unsigned digit = **text >= 'a' ? (unsigned)(**text - 'a' + 10) : (unsigned)(**text - '0');
        if (**text < '0' || digit >= base) {
            return number;
        }
        number = number * base + digit;
    }
}

static void fail(const char *what)
{
    print("failed ");
    print(what);
    print("\n");
    leave(1);
}

/* ------------------------------------------------------------------------------------------------ memory */

static void keep(const char *name, uintptr_t start, uintptr_t pages)
{
    if (data.kept_count == most_kept) {
        fail("too many regions");
    }
    data.kept[data.kept_count].start = start;
    data.kept[data.kept_count++].pages = pages;
    print(name);
    print(" ");
    print_number(start, 16);
    print(" ");
    print_number(pages, 10);
    print("\n");
}

static void touch(uintptr_t start, uintptr_t pages, int write)
{
    for (uintptr_t i = 0; i < pages; i++) {
        volatile char *byte = (volatile char *)(start + i * page);
        char value = *byte;
        if (write) {
            *byte = (char)(value + 1);
        }
    }
}

/* Segments of this program, by its program headers. */
static void keep_program(const Elf64_Phdr *headers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (headers[i].p_type == PT_LOAD) {
            int write = (headers[i].p_flags & PF_W) != 0;
            uintptr_t start = headers[i].p_vaddr & ~(uintptr_t)(page - 1);
            uintptr_t end = (headers[i].p_vaddr + headers[i].p_memsz + page - 1) & ~(uintptr_t)(page - 1);
            touch(start, (end - start) / page, write);
            keep(write ? "data" : "text", start, (end - start) / page);
        }
    }
}

/* The vDSO is an ELF file in memory. */
static void keep_vdso(void)
{
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)data.vdso;
    if (header == NULL) {
        fail("vdso");
    }
    const Elf64_Phdr *segments = (const Elf64_Phdr *)(data.vdso + header->e_phoff);
    uintptr_t end = 0;
    for (size_t i = 0; i < header->e_phnum; i++) {
        if (segments[i].p_type == PT_LOAD && segments[i].p_vaddr + segments[i].p_memsz > end) {
            end = segments[i].p_vaddr + segments[i].p_memsz;
        }
    }
    uintptr_t pages = (end + page - 1) / page;
    touch(data.vdso, pages, 0);
    keep("vdso", data.vdso, pages);
}

static void map(const char *name, const char *path, uintptr_t pages, int flags, int write)
{
    long file = -1;
    if (path != NULL) {
        file = call6(SYS_openat, AT_FDCWD, (long)path, (flags & MAP_SHARED) != 0 ? O_RDWR : O_RDONLY, 0, 0, 0);
        if (file < 0) {
            fail(path);
        }
    }
    int rights = write || path == NULL ? PROT_READ | PROT_WRITE : PROT_READ;
    long start = call6(SYS_mmap, 0, (long)(pages * page), rights, flags, file, 0);
    if (start < 0 && start > -page) {
        fail(name);
    }
    touch((uintptr_t)start, pages, write);
    keep(name, (uintptr_t)start, pages);
    if (file >= 0) {
        call3(SYS_close, file, 0, 0);
    }
}

/* Unmaps what is not kept. Reads all of maps before it changes anything. */
static void drop_the_rest(void)
{
    long file = call6(SYS_openat, AT_FDCWD, (long)"/proc/self/maps", O_RDONLY, 0, 0, 0);
    size_t used = 0;
    for (long got = 1; file >= 0 && got > 0 && used < sizeof data.maps - 1; used += (size_t)got) {
        got = call3(SYS_read, file, (long)(data.maps + used), (long)(sizeof data.maps - 1 - used));
    }
    call3(SYS_close, file, 0, 0);
    if (used == 0) {
        fail("/proc/self/maps");
    }
    for (const char *line = data.maps; *line != '\0'; line++) {
        uintptr_t start = parse(&line, 16);
        line++;
        uintptr_t end = parse(&line, 16);
        int wanted = 0;
        for (size_t i = 0; i < data.kept_count; i++) {
            wanted |= data.kept[i].start < end && start < data.kept[i].start + data.kept[i].pages * page;
        }
        if (!wanted) {
            call3(SYS_munmap, (long)start, (long)(end - start), 0);
        }
        while (*line != '\n' && line[1] != '\0') {
            line++;
        }
    }
}

/* ------------------------------------------------------------------------------------------------ the program */

struct step {
    const char *name;
    int has_path, anonymous, flags, write;
};

static const struct step steps[] = {{"private", 0, 1, MAP_PRIVATE | MAP_ANONYMOUS, 1},
                                    {"zero", 0, 1, MAP_PRIVATE | MAP_ANONYMOUS, 0},
                                    {"file", 1, 0, MAP_PRIVATE, 0},
                                    {"change", 1, 0, MAP_PRIVATE, 1},
                                    {"share", 1, 0, MAP_SHARED, 1}};

/* Takes the words of a step; returns how many. */
static int take(char **words, int count)
{
    if (same(words[0], "vdso")) {
        keep_vdso();
        return 1;
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        int taken = 2 + steps[i].has_path;
        if (same(words[0], steps[i].name) && count >= taken) {
            const char *number = words[taken - 1];
            map(words[0], steps[i].has_path ? words[1] : NULL, parse(&number, 10), steps[i].flags, steps[i].write);
            return taken;
        }
    }
    fail(words[0]);
    return 0;
}

/* `stack` is as the kernel leaves it: argc, argv, NULL, envp, NULL, auxv. */
__attribute__((used)) static void begin(uintptr_t *stack)
{
    char *words[most_arguments];
    size_t used = 0;
    int count = (int)stack[0] < most_arguments ? (int)stack[0] : most_arguments;
    for (int i = 0; i < count; i++) {
        const char *word = (const char *)stack[1 + i];
        if (used + length_of(word) + 1 > sizeof data.arguments) {
            fail("arguments");
        }
        words[i] = memcpy(data.arguments + used, word, length_of(word) + 1);
        used += length_of(word) + 1;
    }
    uintptr_t *at = stack + 1 + stack[0] + 1;
    while (*at++ != 0) {
    }
    const Elf64_Phdr *headers = NULL;
    size_t header_count = 0;
    for (; at[0] != AT_NULL; at += 2) {
        headers = at[0] == AT_PHDR ? (const Elf64_Phdr *)at[1] : headers;
        header_count = at[0] == AT_PHNUM ? at[1] : header_count;
        data.vdso = at[0] == AT_SYSINFO_EHDR ? at[1] : data.vdso;
    }
    keep_program(headers, header_count);
    for (int i = 1; i < count;) {
        i += take(words + i, count - i);
    }
    drop_the_rest();
    print("ready\n");
    while (call3(SYS_read, 0, (long)data.maps, sizeof data.maps) > 0) {
    }
    leave(0);
}
