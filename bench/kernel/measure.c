/* SPDX-License-Identifier: BSD-2-Clause */
/* The counters, and the median of many samples. */
#include "bench/kernel/measure.h"

enum { samples_maximum = 1000, calibration_samples = 101, nanoseconds_per_second = 1000000000 };

/* PMCR_EL0: enable, reset events, reset cycles, long cycle counter. Filters: bit 31 leaves out EL1, 30 EL0, 27 counts
 * EL2. Event 0x11: cycles. */
enum { control = 1 | 2 | 4 | 1 << 6, count_el2 = 1 << 27, no_el0 = 1 << 30, cycles_event = 0x11 };

int without_fpu;

static struct figure samples[samples_maximum];
static struct figure overhead;
static volatile struct figure ended;
static volatile int ended_elsewhere;

static void nothing(void)
{
}

static void counters_start(void)
{
    seL4_Word no_el1 = 1ul << 31;
    __asm__ volatile("msr pmcr_el0, %0" : : "r"((seL4_Word)control));
    __asm__ volatile("msr pmccfiltr_el0, %0" : : "r"((seL4_Word)count_el2));
    __asm__ volatile("msr pmevtyper0_el0, %0" : : "r"(no_el1 | no_el0 | count_el2 | cycles_event));
    __asm__ volatile("msr pmcntenset_el0, %0\n isb" : : "r"(1ul << 31 | 1));
}

static seL4_Word median(seL4_Word *values, seL4_Word count)
{
    for (seL4_Word i = 1; i < count; i++) {
        seL4_Word value = values[i];
        seL4_Word at = i;
        for (; at > 0 && values[at - 1] > value; at--) {
            values[at] = values[at - 1];
        }
        values[at] = value;
    }
    return values[count / 2];
}

static struct figure medians(seL4_Word count)
{
    static seL4_Word values[samples_maximum];
    struct figure result;
    for (seL4_Word i = 0; i < count; i++) {
        values[i] = samples[i].total;
    }
    result.total = median(values, count);
    for (seL4_Word i = 0; i < count; i++) {
        values[i] = samples[i].kernel;
    }
    result.kernel = median(values, count);
    return result;
}

void measure_end_elsewhere(void)
{
    ended.total = read_total();
    ended.kernel = read_kernel();
    ended_elsewhere = 1;
}

static void call(void (*function)(void))
{
    if (function != 0) {
        function();
    }
}

static struct figure run(const struct operation *operation)
{
    void (*counted)(void) = operation->operation;
    call(operation->open);
    for (seL4_Word i = 0; i < operation->samples; i++) {
        call(operation->before);
        ended_elsewhere = 0;
        seL4_Word kernel = read_kernel();
        seL4_Word total = read_total();
        counted();
        seL4_Word total_end = read_total();
        seL4_Word kernel_end = read_kernel();
        if (ended_elsewhere) {
            total_end = ended.total;
            kernel_end = ended.kernel;
        }
        samples[i].total = total_end - total;
        samples[i].kernel = kernel_end - kernel;
        call(operation->after);
    }
    call(operation->close);
    return medians(operation->samples);
}

seL4_Word measure_instructions(seL4_Word ticks)
{
    seL4_Word hertz;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hertz));
    return ticks * (nanoseconds_per_second / hertz);
}

/* The counter starts with the machine. Some hundred instructions of this program are in it. */
void measure_reset(void)
{
    seL4_Word instructions = measure_instructions(read_counter());
    measure_row("Reset to first user instruction", (struct figure){instructions, instructions}, 1);
}

void measure_row(const char *name, struct figure figure, seL4_Word count)
{
    print(name);
    print("|");
    print_decimal(figure.total);
    print("|");
    print_decimal(figure.kernel);
    print("|");
    print_decimal(count);
    print("\n");
}

void measure_list(const struct operation *list, seL4_Word count)
{
    for (seL4_Word i = 0; i < count; i++) {
        const char *name = without_fpu ? list[i].no_fpu_name : list[i].name;
        if (name == 0) {
            continue;
        }
        struct figure figure = run(&list[i]);
        figure.total -= overhead.total < figure.total ? overhead.total : figure.total;
        figure.kernel -= overhead.kernel < figure.kernel ? overhead.kernel : figure.kernel;
        measure_row(name, figure, list[i].samples);
    }
}

void measure_start(void)
{
    static const struct operation empty = {"", 0, calibration_samples, 0, 0, nothing, 0, 0};
    counters_start();
    overhead = (struct figure){0, 0};
    overhead = run(&empty);
}
