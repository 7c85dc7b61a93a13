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
#define MACHINE_TEXT 800u           /* bytes: the longest text of vm.start */

/* The numbers are those of vm.about. */
enum machine_state { MACHINE_RUNS,
                     MACHINE_OFF,
                     MACHINE_CRASHED,
                     MACHINE_ENDED,
                     MACHINE_LOADS, /* its kernel is copied; nothing runs yet */
                     MACHINE_PAUSED };

struct machine;

/* Behind the guest's own memory: code and data of its CPUs' work for the monitor (state.h), and the machine's state (saved.h). */
#define MACHINE_STATE_BYTES UINT64_C(16384)
#define MACHINE_LARGE_PAGE UINT64_C(0x200000) /* the same, if the memory has pages of 2 MiB */

struct cpu_state;

/* One of its CPUs: a PD of its own. */
struct cpu {
    struct id_entry by_badge; /* its id is the badge of its messages */
    struct machine *machine;
    unsigned number;
    cell_cap_t pd;               /* 0: it has ended */
    uint64_t id;                 /* of the PD */
    bool on;                     /* powered */
    bool sleeps;                 /* waits for an interrupt */
    struct server_reply waiting; /* its message is answered when it goes on */
    uint64_t wakes;              /* while it sleeps: when it goes on at the latest, by cpu_clock() */
    struct cpu_state *state;     /* not NULL: it is saving or loading registers for the monitor (state.c) */
};

/* The last output of a machine, in bytes. */
#define CONSOLE_KEPT 4096u
#define CONSOLE_LINE 256u /* a line of this length is shown before it ends */

struct console {
    char text[CONSOLE_KEPT];
    uint32_t put, shown; /* counts */
    unsigned cpu;        /* the one that printed last */
    bool in_line;        /* the last line has not ended */
    bool is_virtio;      /* the last output came through the virtio console, not the serial port */
};

struct load;
struct disk;
struct freeze;

struct machine {
    struct id_entry entry; /* its id is the resource's number */
    struct machine *next;  /* in the list of all */
    char name[32];
    char image[32];
    char text[MACHINE_TEXT + 1]; /* of vm.start */
    uint64_t bytes;              /* of memory */
    cell_cap_t mo;
    char *memory; /* where the server has it */
    bool is_copy; /* its memory is a copy of 4 KiB pages, which are mapped when they are touched */
    bool has_gmo; /* its memory was reported to the model as a GMO */
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
    bool more;             /* its devices have more requests than are done at once */
    struct freeze *freeze; /* not NULL: it is about to be stopped (freeze.c) */
    struct console console;
    uint64_t exits, accesses, waits;
};

/* ---- Machines (machine.c) ------------------------------------------------------ */

/* Which disk a machine is to have. */
struct disk_wish {
    uint64_t first, blocks;      /* a range; 0 blocks: none, UINT64_MAX: all from the first one on */
    char file[MACHINE_TEXT + 1]; /* "": none */
};

/* What a machine is made of. */
struct machine_wish {
    uint64_t mebibytes;
    bool is_large; /* in pages of 2 MiB */
    unsigned cpus;
    struct disk_wish disk;
    const char *name;    /* "": guest-N */
    const char *network; /* "": none */
    const char *text;    /* the words of vm.start */
    size_t length;
};

/* Makes a machine with a kernel from the boot archive (load.h), which is loaded in pieces and then starts. With an error, nothing is
 * left. */
cell_error_t machine_start(const struct machine_wish *wish, struct machine **machine);
/* Ends its PDs and gives everything back. */
void machine_free(struct machine *machine);

/* The same, and takes its resource away from its clients. */
void machine_revoke(uint64_t space, struct machine *machine);

/* Finds a machine by its number; NULL: there is none. */
struct machine *machine_find(uint64_t number);
/* Reports to the model what it consists of: its memory (a GMO, if the monitor serves them), the PDs of its CPUs, its disk, its card. */
cell_error_t machine_tell(uint64_t space, struct machine *machine);
/* Guest-physical memory: one of each machine. */
extern const struct server_type gmo_type;

/* Ends its CPUs; the memory stays until the machine is freed. */
void machine_halt(struct machine *machine, enum machine_state state);
/* Halts it if somebody else has ended its first CPU's PD. */
void machine_look(struct machine *machine);
/* Loads its kernel again and starts it, whatever state it is in. Errors as load_begin(); CELL_GONE: its PD has ended. */
cell_error_t machine_reset(struct machine *machine);
/* Lets all CPUs of a paused machine go on (freeze.h). CELL_BUSY: it is not paused. */
cell_error_t machine_resume(struct machine *machine);

/* Makes a machine that has only its number and its name ("": guest-N). NULL: there is no memory left. */
struct machine *machine_new(const char *name);
/* Copies memory and state from a memory object to a new machine, gives it a disk and a network as in struct machine_wish, and runs it.
 * CELL_BAD_ARGUMENT: the object does not hold the state of a machine, or of one with another disk, or without a network card. */
cell_error_t machine_restore(struct machine *machine, cell_cap_t memory, const struct disk_wish *disk, const char *network);

/* Gives pending interrupts to the CPUs, after lines may have changed. */
void machine_update(struct machine *machine);
/* Does what is due for all machines: wakes CPUs whose time has come, and goes on loading and with requests to devices. */
void machine_work(void);
/* Does a piece of what the guest has asked of its devices. */
void machine_go_on(struct machine *machine);
/* Sets when machine_work() is called next, after that may have changed. */
void machine_set_timer(void);

/* ---- CPUs (cpu.c) --------------------------------------------------------------- */

/* Finds a CPU by the badge of its messages; NULL: there is none. */
struct cpu *cpu_of_badge(uint64_t badge);
/* Makes the CPU's PD; the first has the machine's memory, the others share the first one's address space. */
cell_error_t cpu_make(struct machine *machine, unsigned number);
/* Runs it from `entry` on, as after a reset. */
cell_error_t cpu_start(struct cpu *cpu, uint64_t entry, uint64_t argument);
/* Stops it until cpu_start(); its message will not be answered. */
void cpu_off(struct cpu *cpu);
/* Ends its PD. */
void cpu_end(struct cpu *cpu);
/* Stops it where it is, or lets it go on from there. */
void cpu_pause(struct cpu *cpu);
void cpu_resume(struct cpu *cpu);
/* gic_again(), for a CPU that is stopped. */
void cpu_inject_again(struct cpu *cpu);

/* Lets it wait for an interrupt: its message is answered when one has come. False: it need not wait, or cannot. */
bool cpu_sleep(struct cpu *cpu, struct server_request *request);
/* Puts what is pending into its list registers, and wakes it if there is something, or its time has come. */
void cpu_update(struct cpu *cpu, uint64_t now);

/* Reads general register 0 to 30; others are 0. */
uint64_t cpu_register(const struct cpu *cpu, unsigned number);
/* Moves its pc behind the instruction at which it stopped, and writes a value to a register; 31: to none. */
void cpu_step(const struct cpu *cpu, unsigned number, uint64_t value);
/* Moves its pc in the same way, and reads a register; 31: 0. */
uint64_t cpu_take(const struct cpu *cpu, unsigned number);

/* Nanoseconds since CellulOS started. */
uint64_t cpu_clock(void);
/* Reads the host's counter. False: it cannot be read. */
bool cpu_counter(uint64_t *ticks);

/* ---- Output (console.c) ------------------------------------------------------------ */

/* Prints a character. Lines are shown when they end; an unfinished line is shown when the CPU that printed it rests. While a machine
 * is in front, the output of others is kept. */
void console_put(struct machine *machine, unsigned cpu, char character);
/* A CPU rests: shows the line that it has begun. */
void console_rests(struct machine *machine, unsigned cpu);
/* Ends an unfinished line, and shows it. */
void console_end_line(struct machine *machine);
/* Prints a message of the monitor about the machine, on lines of its own. */
void console_say(struct machine *machine, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Puts a machine in front; NULL: none is. */
void console_front(struct machine *machine);
/* The machine is not in front any more, if it was. */
void console_gone(const struct machine *machine);

/* ---- Messages (message.c) -------------------------------------------------------- */

/* Handles a message of a guest's CPU; false: it is not one. See server.h for the rest. */
bool machine_message(struct server_request *request, uint64_t badge, uint64_t label, uint64_t *words, uint32_t *count);

/* ---- Virtio devices (virtio.c) ---------------------------------------------------- */

void virtio_reset(struct machine *machine);
uint64_t virtio_device_read(struct cpu *cpu, uint64_t offset, unsigned bytes);
void virtio_device_write(struct cpu *cpu, uint64_t offset, unsigned bytes, uint64_t value);
/* Does a piece of what the guest asks for. True: there may be more. */
bool virtio_go_on(struct machine *machine);
/* A number that is different each time, but not secret: the host has no source of entropy. */
uint64_t virtio_random(void);
/* Types text into the console; returns how many bytes it has taken. */
size_t virtio_type(struct machine *machine, const char *text, size_t count);

/* ---- Devices (bus.c) --------------------------------------------------------------- */

/* Is there a device at a guest's address? */
bool bus_has(uint64_t address);
/* Does an access of a CPU to a device; where there is none, reads are 0 and writes have no effect. */
uint64_t bus_read(struct cpu *cpu, uint64_t address, unsigned bytes);
void bus_write(struct cpu *cpu, uint64_t address, unsigned bytes, uint64_t value);
/* Gives the interrupt controller the present state of all devices' lines. */
void bus_lines(struct machine *machine);
/* Resets all devices. */
void bus_reset(struct machine *machine);
