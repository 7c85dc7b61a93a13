/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/vmm/machine.h: a virtual machine: its memory, its devices, and a PD for each of its CPUs.
 *
 *   0x08000000  interrupt distributor        (lib/vmm/gic.h)
 *   0x08010000  interrupt interface of the CPU, the hardware's
 *   0x09000000  serial port, interrupt 33    (lib/vmm/pl011.h)
 *   0x09010000  clock, interrupt 34          (lib/vmm/rtc.h)
 *   0x0a000000  virtio devices, 0x200 each, interrupts 48 to 51: disk, console, random numbers, network (lib/vmm/virtio.h)
 *   0x40000000  memory
 */
#pragma once

#include <lib/server/server.h>

#include "lib/vmm/disk.h"
#include "lib/vmm/gic.h"
#include "lib/vmm/pl011.h"
#include "lib/vmm/rtc.h"
#include "servers/vmm/net.h"

#define MACHINE_GIC UINT64_C(0x08000000)
#define MACHINE_GIC_CPU UINT64_C(0x08010000)
#define MACHINE_GIC_CPU_BYTES 0x2000u
#define MACHINE_SERIAL UINT64_C(0x09000000)
#define MACHINE_RTC UINT64_C(0x09010000)
#define MACHINE_VIRTIO UINT64_C(0x0a000000)
#define MACHINE_MEMORY UINT64_C(0x40000000)

#define MACHINE_TIMER_IRQ 27u /* the virtual timer, of each CPU */
#define MACHINE_SERIAL_IRQ 33u
#define MACHINE_RTC_IRQ 34u

#define MACHINE_VIRTIO_IRQ 48u /* of the first */

enum machine_virtio { MACHINE_DISK,
                      MACHINE_CONSOLE,
                      MACHINE_ENTROPY,
                      MACHINE_NET,
                      MACHINE_VIRTIOS };

#define MACHINE_MEBIBYTE (UINT64_C(1) << 20)
#define MACHINE_MOST UINT64_C(4096) /* MiB of memory */
#define MACHINE_TEXT 800u /* most that vm.start says */

/* As vm.about tells them. */
enum machine_state { MACHINE_RUNS,
                     MACHINE_OFF,
                     MACHINE_CRASHED,
                     MACHINE_ENDED,
                     MACHINE_LOADS, /* its kernel is copied; nothing runs yet */
                     MACHINE_PAUSED };

struct machine;

/* Behind what the guest has of its memory: what its CPUs do and save for the monitor (state.h), and the machine's state (saved.h). */
#define MACHINE_STATE_BYTES UINT64_C(16384)

struct cpu_state;

/* One of its CPUs: a PD of its own. */
struct cpu {
    struct id_entry by_badge; /* its id is the badge of its messages */
    struct machine *machine;
    unsigned number;
    cell_cap_t pd;               /* 0: there is none (any more) */
    uint64_t id;                 /* of the PD */
    bool on;                     /* powered */
    bool sleeps;                 /* waits for an interrupt */
    struct server_reply waiting; /* its message is answered when it goes on */
    uint64_t wakes;              /* while it sleeps: when it goes on at the latest, by the clock */
    struct cpu_state *state;     /* it saves or loads registers for the monitor (state.c); NULL: it is the guest's */
};

/* What a machine has printed, the last of it. */
#define CONSOLE_KEPT 4096u
#define CONSOLE_LINE 256u /* so much without a line's end is shown */

struct console {
    char text[CONSOLE_KEPT];
    uint32_t put, shown; /* counts */
    unsigned cpu;        /* that has printed last */
    bool in_line;        /* it does not end with a line's end */
    bool is_virtio;      /* it came through the virtio console, not the serial port */
};

struct load;
struct disk;
struct freeze;

struct machine {
    struct id_entry entry; /* its id is the resource's number */
    struct machine *next;  /* of all */
    char name[32];
    char image[32];
    char text[MACHINE_TEXT + 1]; /* of vm.start */
    uint64_t bytes;              /* of memory */
    cell_cap_t mo;
    char *memory; /* where the server has it */
    bool is_copy; /* of another one's memory: mapped where it is touched */
    bool has_gmo; /* the model was told of its memory */
    enum machine_state state;
    struct load *load; /* while it loads (load.c) */
    unsigned cpus;
    struct cpu cpu[GIC_CPUS];
    struct gic gic;
    struct pl011 serial;
    struct rtc rtc;
    struct virtio_memory ram;
    struct virtio virtio[MACHINE_VIRTIOS];
    struct disk *disk; /* NULL: it has none */
    struct disk_configuration disk_about;
    struct net_card card;
    bool more; /* its devices have been asked for more than is done at once */
    struct freeze *freeze; /* it is about to stand still (freeze.c) */
    struct console console;
    uint64_t exits, accesses, waits;
};

/* ---- Machines (machine.c) ------------------------------------------------------ */

/* What is to be a disk. */
struct disk_wish {
    uint64_t first, blocks;      /* a range; 0 blocks: none, UINT64_MAX: all there are from the first on */
    char file[MACHINE_TEXT + 1]; /* "": none */
};

/* What a machine is made of. */
struct machine_wish {
    uint64_t mebibytes;
    unsigned cpus;
    struct disk_wish disk;
    const char *name;    /* "": guest-N */
    const char *network; /* "": none */
    const char *text;    /* the words of vm.start */
    size_t length;
};

/* Makes a machine with a kernel from the boot archive (load.h), which is loaded in pieces and then starts. All or nothing. */
cell_error_t machine_start(const struct machine_wish *wish, struct machine **machine);
/* Ends its PDs and gives everything back. */
void machine_free(struct machine *machine);

/* The same, and takes its resource from its clients. */
void machine_revoke(uint64_t space, struct machine *machine);

/* NULL: there is none. */
struct machine *machine_find(uint64_t number);
/* Tells the model what it consists of: its memory (a GMO, if the monitor serves them), the PDs of its CPUs, its disk, its card. */
cell_error_t machine_tell(uint64_t space, struct machine *machine);
/* Guest-physical memory: one of each machine. */
extern const struct server_type gmo_type;

/* Its CPUs stop for good; the memory stays until it is freed. */
void machine_halt(struct machine *machine, enum machine_state state);
/* Has somebody else ended its first CPU's PD? Then all of it ends. */
void machine_look(struct machine *machine);
/* Loads its kernel again and starts it, whatever it does now. Errors as load_begin(); CELL_GONE: its PD has ended. */
cell_error_t machine_reset(struct machine *machine);
/* Lets all CPUs go on where they stand still (freeze.h). CELL_BUSY: it is not paused. */
cell_error_t machine_resume(struct machine *machine);

/* A machine that is nothing yet, but has its number and name; "": guest-N. NULL: no memory left. */
struct machine *machine_new(const char *name);
/* It becomes what a memory object says, which is copied, with the disk and the network that are wished (struct machine_wish), and runs.
 * CELL_BAD_ARGUMENT: that is no state of a machine, or of one with another disk, or without a network card. */
cell_error_t machine_restore(struct machine *machine, cell_cap_t memory, const struct disk_wish *disk, const char *network);

/* An interrupt line may have changed: what waits goes to the CPUs. */
void machine_update(struct machine *machine);
/* What is due goes on: CPUs whose time has come, and kernels that are being loaded. */
void machine_work(void);
/* Its devices do what they were asked for, in pieces. */
void machine_go_on(struct machine *machine);
/* The next time that machine_work() has something to do may have changed. */
void machine_set_timer(void);

/* ---- CPUs (cpu.c) --------------------------------------------------------------- */

struct cpu *cpu_of_badge(uint64_t badge);
/* Makes the CPU's PD; the first has the machine's memory, the others share the first one's address space. */
cell_error_t cpu_make(struct machine *machine, unsigned number);
/* It runs from `entry` on, as after a reset. */
cell_error_t cpu_start(struct cpu *cpu, uint64_t entry, uint64_t argument);
/* It stops until cpu_start(); its message will not be answered. */
void cpu_off(struct cpu *cpu);
/* The PD ends. */
void cpu_end(struct cpu *cpu);
/* Stops it where it is, and lets it go on there. */
void cpu_pause(struct cpu *cpu);
void cpu_resume(struct cpu *cpu);
/* gic_again(), for a CPU that is stopped. */
void cpu_inject_again(struct cpu *cpu);

/* It waits for an interrupt, and its message is answered when one has come. False: it need not wait. */
bool cpu_sleep(struct cpu *cpu, struct server_request *request);
/* Puts what is pending into its list registers, and wakes it if there is something, or its time has come. */
void cpu_update(struct cpu *cpu, uint64_t now);

/* Register 0 to 30; others are 0. */
uint64_t cpu_register(const struct cpu *cpu, unsigned number);
/* It goes on behind the instruction at which it left, with a value in a register; 31: none. */
void cpu_step(const struct cpu *cpu, unsigned number, uint64_t value);
/* The same, with what a register has; 31: 0. */
uint64_t cpu_take(const struct cpu *cpu, unsigned number);

/* Nanoseconds since the machine began, that is CellulOS. */
uint64_t cpu_clock(void);
/* The counter of the machine's. False: it cannot be read. */
bool cpu_counter(uint64_t *ticks);

/* ---- What it prints (console.c) --------------------------------------------------- */

/* Lines are shown as they end, what ends with no line when the CPU that has printed it rests. While a machine is in front,
 * others keep what they print. */
void console_put(struct machine *machine, unsigned cpu, char character);
void console_rests(struct machine *machine, unsigned cpu);
void console_end_line(struct machine *machine);
/* What the monitor says about it, in lines of their own behind what it has printed. */
void console_say(struct machine *machine, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* NULL: none is in front. */
void console_front(struct machine *machine);
void console_gone(const struct machine *machine);

/* ---- Messages (message.c) -------------------------------------------------------- */

/* What a guest's message says is done; see server.h. */
bool machine_message(struct server_request *request, uint64_t badge, uint64_t label, uint64_t *words, uint32_t *count);

/* ---- Virtio devices (virtio.c) ---------------------------------------------------- */

void virtio_reset(struct machine *machine);
uint64_t virtio_device_read(struct cpu *cpu, uint64_t offset, unsigned bytes);
void virtio_device_write(struct cpu *cpu, uint64_t offset, unsigned bytes, uint64_t value);
/* Does a piece of what the guest asks for. True: there may be more. */
bool virtio_go_on(struct machine *machine);
/* Different each time, but not secret: the machine has no source of entropy. */
uint64_t virtio_random(void);
/* Types text into the console; returns how much it has room for. */
size_t virtio_type(struct machine *machine, const char *text, size_t count);

/* ---- Devices (bus.c) --------------------------------------------------------------- */

/* Is a device at a guest's address? */
bool bus_has(uint64_t address);
/* An access of a CPU. */
uint64_t bus_read(struct cpu *cpu, uint64_t address, unsigned bytes);
void bus_write(struct cpu *cpu, uint64_t address, unsigned bytes, uint64_t value);
/* The lines of all devices, as they are now. */
void bus_lines(struct machine *machine);
/* As after a reset. */
void bus_reset(struct machine *machine);
