/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/tree.c: see tree.h. Written with libfdt, from its beginning to its end; bindings as in the device tree
 * specification 0.4 and in Linux's Documentation/devicetree/bindings. */
#include "servers/vmm/tree.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/vmm/machine.h"

enum { GIC_HANDLE = 1,
       CLOCK_HANDLE };

#define SHARED 0u /* an interrupt's first cell */
#define OF_CPU 1u
#define LEVEL_HIGH 4u

static void cells(void *tree, const char *name, const uint32_t *values, unsigned count)
{
    fdt32_t words[16];

    for (unsigned i = 0; i < count; i++)
        words[i] = cpu_to_fdt32(values[i]);
    fdt_property(tree, name, words, (int)(count * sizeof *words));
}

#define CELLS(tree, name, ...) \
    cells(tree, name, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static void put_text(void *tree, const char *name, const char *text)
{
    fdt_property(tree, name, text, (int)strlen(text) + 1);
}

/* A list of strings; `texts` is a literal with a zero between them. */
#define TEXTS(tree, name, texts) fdt_property(tree, name, texts, (int)sizeof(texts))

static void chosen(void *to, const struct tree *tree)
{
    char line[1024] = {0};

    memcpy(line, tree->line, tree->line_length < sizeof line ? tree->line_length : sizeof line - 1);
    fdt_begin_node(to, "chosen");
    put_text(to, "bootargs", line);
    put_text(to, "stdout-path", "/pl011@9000000");
    fdt_property(to, "rng-seed", tree->seed, (int)sizeof tree->seed);
    if (tree->initrd != 0) {
        fdt_property_u64(to, "linux,initrd-start", tree->initrd);
        fdt_property_u64(to, "linux,initrd-end", tree->initrd_end);
    }
    fdt_end_node(to);
}

static void processor(void *to, unsigned number)
{
    char name[16];

    snprintf(name, sizeof name, "cpu@%u", number);
    fdt_begin_node(to, name);
    put_text(to, "device_type", "cpu");
    put_text(to, "compatible", "arm,cortex-a53");
    put_text(to, "enable-method", "psci");
    fdt_property_u32(to, "reg", number);
    fdt_end_node(to);
}

static void processors(void *to, const struct tree *tree)
{
    fdt_begin_node(to, "memory@40000000");
    put_text(to, "device_type", "memory");
    CELLS(to, "reg", 0, (uint32_t)MACHINE_MEMORY, (uint32_t)(tree->memory >> 32), (uint32_t)tree->memory);
    fdt_end_node(to);
    fdt_begin_node(to, "cpus");
    fdt_property_u32(to, "#address-cells", 1);
    fdt_property_u32(to, "#size-cells", 0);
    for (unsigned i = 0; i < tree->cpus; i++)
        processor(to, i);
    fdt_end_node(to);
    fdt_begin_node(to, "psci");
    TEXTS(to, "compatible", "arm,psci-1.0\0arm,psci-0.2");
    put_text(to, "method", "hvc");
    fdt_end_node(to);
}

static void interrupts(void *to)
{
    fdt_begin_node(to, "timer");
    put_text(to, "compatible", "arm,armv8-timer");
    CELLS(to, "interrupts", OF_CPU, 13, LEVEL_HIGH, OF_CPU, 14, LEVEL_HIGH, OF_CPU, MACHINE_TIMER_IRQ - 16, LEVEL_HIGH, OF_CPU,
          10, LEVEL_HIGH);
    fdt_end_node(to);
    fdt_begin_node(to, "intc@8000000");
    put_text(to, "compatible", "arm,cortex-a15-gic");
    fdt_property_u32(to, "#interrupt-cells", 3);
    fdt_property(to, "interrupt-controller", NULL, 0);
    CELLS(to, "reg", 0, (uint32_t)MACHINE_GIC, 0, GIC_BYTES, 0, (uint32_t)MACHINE_GIC_CPU, 0, MACHINE_GIC_CPU_BYTES);
    fdt_property_u32(to, "phandle", GIC_HANDLE);
    fdt_end_node(to);
}

static void devices(void *to)
{
    fdt_begin_node(to, "apb-pclk");
    put_text(to, "compatible", "fixed-clock");
    fdt_property_u32(to, "#clock-cells", 0);
    fdt_property_u32(to, "clock-frequency", 24000000);
    fdt_property_u32(to, "phandle", CLOCK_HANDLE);
    fdt_end_node(to);
    fdt_begin_node(to, "pl011@9000000");
    TEXTS(to, "compatible", "arm,pl011\0arm,primecell");
    CELLS(to, "reg", 0, (uint32_t)MACHINE_SERIAL, 0, PL011_BYTES);
    CELLS(to, "interrupts", SHARED, MACHINE_SERIAL_IRQ - GIC_PRIVATE, LEVEL_HIGH);
    CELLS(to, "clocks", CLOCK_HANDLE, CLOCK_HANDLE);
    TEXTS(to, "clock-names", "uartclk\0apb_pclk");
    fdt_end_node(to);
    fdt_begin_node(to, "pl031@9010000");
    TEXTS(to, "compatible", "arm,pl031\0arm,primecell");
    CELLS(to, "reg", 0, (uint32_t)MACHINE_RTC, 0, RTC_BYTES);
    CELLS(to, "interrupts", SHARED, MACHINE_RTC_IRQ - GIC_PRIVATE, LEVEL_HIGH);
    CELLS(to, "clocks", CLOCK_HANDLE);
    TEXTS(to, "clock-names", "apb_pclk");
    fdt_end_node(to);
}

static void virtio(void *to, unsigned number)
{
    const uint64_t base = MACHINE_VIRTIO + number * VIRTIO_BYTES;
    char name[32];

    snprintf(name, sizeof name, "virtio_mmio@%lx", (unsigned long)base);
    fdt_begin_node(to, name);
    put_text(to, "compatible", "virtio,mmio");
    CELLS(to, "reg", 0, (uint32_t)base, 0, VIRTIO_BYTES);
    CELLS(to, "interrupts", SHARED, MACHINE_VIRTIO_IRQ + number - GIC_PRIVATE, LEVEL_HIGH);
    fdt_property(to, "dma-coherent", NULL, 0);
    fdt_end_node(to);
}

/* The tree takes a few KiB; the calls are not checked one by one. */
cell_error_t tree_write(const struct tree *tree, void *to, size_t bytes)
{
    fdt_create(to, (int)bytes);
    fdt_finish_reservemap(to);
    fdt_begin_node(to, "");
    put_text(to, "compatible", "linux,dummy-virt");
    put_text(to, "model", "CellulOS guest");
    fdt_property_u32(to, "#address-cells", 2);
    fdt_property_u32(to, "#size-cells", 2);
    fdt_property_u32(to, "interrupt-parent", GIC_HANDLE);
    chosen(to, tree);
    processors(to, tree);
    interrupts(to);
    devices(to);
    for (unsigned i = 0; i < MACHINE_VIRTIOS; i++)
        if ((i != MACHINE_DISK || tree->disk) && (i != MACHINE_NET || tree->network))
            virtio(to, i);
    fdt_end_node(to);
    return fdt_finish(to) == 0 ? CELL_OK : CELL_TOO_LARGE;
}

/* Debian's libfdt is compiled with a stack protector, which needs these. */
extern uintptr_t __stack_chk_guard;
_Noreturn void __stack_chk_fail(void);

uintptr_t __stack_chk_guard = 0x2d8f6b1c5a3e4907;

_Noreturn void __stack_chk_fail(void)
{
    abort();
}
