/* SPDX-License-Identifier: BSD-2-Clause */
/* root/core/cpu.c: see cpu.h. */
#include "root/core/cpu.h"

#include <sel4/nucleus.h>
#include <sel4/sel4.h>

#include "root/base/bug.h"
#include "root/memory/heap.h"

_Static_assert(CPU_REGISTERS == sizeof(seL4_UserContext) / sizeof(seL4_Word), "registers");

/* ---- Making and destroying ------------------------------------------- */

static void destroy(struct object *object)
{
    struct cpu *cpu = cpu_of(object);

    object_free(&cpu->tcb);
    if (cpu->vcpu.slot != 0) {
        object_free(&cpu->vcpu);
        account_refund(cpu->object.account, ACCOUNT_OBJECTS, 1);
    }
    if (cpu->ntfn != NULL)
        object_release(&cpu->ntfn->object);
    cpu->running = false;
    if (cpu->ads != NULL)
        object_release(&cpu->ads->object);
    if (cpu->ipc_buffer != NULL)
        object_release(&cpu->ipc_buffer->object);
    object_finish(object, 1);
    heap_free(cpu, sizeof *cpu);
}

struct object_class cpu_class = {
    .name = "VCPU",
    .all = LIST_EMPTY(cpu_class.all),
    .destroy = destroy,
    .objects = RECORD_OBJECTS(sizeof(struct cpu))};

static cell_error_t set_priority(struct cpu *cpu, unsigned priority)
{
    cell_error_t error = kernel_refused(kernel_thread_priority(cpu->tcb.slot, priority));

    if (error != CELL_OK)
        return error;
    cpu->priority = (uint8_t)priority;
    cpu->scheduled = true;
    return CELL_OK;
}

cell_error_t cpu_create(struct account *account, struct cpu **made)
{
    struct cpu *cpu = heap_allocate(sizeof *cpu);

    if (cpu == NULL)
        return CELL_NO_MEMORY;
    cell_error_t error = object_init(&cpu->object, &cpu_class, TYPE_CPU, account, 1);

    if (error != CELL_OK) {
        heap_free(cpu, sizeof *cpu);
        return error;
    }
    error = object_allocate(seL4_TCBObject, seL4_TCBBits, &cpu->tcb);
    if (error != CELL_OK) {
        object_release(&cpu->object);
        return error;
    }
    cpu->priority = CPU_PRIORITY_DEFAULT;
    *made = cpu;
    return CELL_OK;
}

/* ---- Configuration --------------------------------------------------- */

/* The frame of an IPC buffer; 0: there is none at that address. */
static slot_t buffer_frame(struct ads *ads, uint64_t address, struct mo **mo)
{
    struct vmr *vmr = ads_find(ads, address);

    if (vmr == NULL || vmr->mo == NULL || address < vmr->start)
        return 0;
    page_t page = mo_page(vmr->mo, vmr_page(vmr, address));

    /* The kernel keeps buffers in ordinary memory only, of small pages here. */
    if (page == 0 || (vmr->mo->flags & MO_FOREIGN) != 0 || vmr->mo->order != 0)
        return 0;
    *mo = vmr->mo;
    return frame_slot(page);
}

cell_error_t cpu_configure(struct cpu *cpu, struct cspace *cspace, struct ads *ads, uint64_t address)
{
    struct mo *mo;

    if (address % (1u << seL4_IPCBufferSizeBits) != 0)
        return CELL_BAD_ARGUMENT;
    slot_t frame = buffer_frame(ads, address, &mo);

    if (frame == 0)
        return CELL_BAD_ARGUMENT;
    cell_error_t error = kernel_refused(kernel_thread_configure(cpu->tcb.slot, CSPACE_SELF, cspace_root(cspace).slot,
                                                                CPU_ROOT_GUARD, ads->vspace.slot, address, frame));

    /* The kernel learns it once: here, or before by cpu_set_priority(). */
    if (error == CELL_OK && !cpu->scheduled)
        error = set_priority(cpu, cpu->priority);
    if (error != CELL_OK)
        return error;
    object_refer(&ads->object);
    object_refer(&mo->object);
    mo->flags |= MO_PINNED;
    if (cpu->ads != NULL)
        object_release(&cpu->ads->object);
    if (cpu->ipc_buffer != NULL)
        object_release(&cpu->ipc_buffer->object);
    cpu->ads = ads;
    cpu->ipc_buffer = mo;
    cpu->buffer = address;
    cpu->cspace = cspace;
    return CELL_OK;
}

void cpu_move(struct cpu *cpu, struct cspace *cspace, struct ads *ads)
{
    must((int)seL4_TCB_SetSpace(cpu->tcb.slot, CSPACE_SELF, cspace_root(cspace).slot,
                                CPU_ROOT_GUARD, ads->vspace.slot, 0),
         "cpu: move");
    object_refer(&ads->object);
    object_release(&cpu->ads->object);
    cpu->ads = ads;
    cpu->cspace = cspace;
}

void cpu_unconfigure(struct cpu *cpu)
{
    cpu_stop(cpu);
    /* The kernel keeps a capability to the buffer's frame otherwise. */
    must((int)seL4_TCB_SetIPCBuffer(cpu->tcb.slot, 0, 0), "cpu: no IPC buffer");
    if (cpu->ads != NULL)
        object_release(&cpu->ads->object);
    if (cpu->ipc_buffer != NULL)
        object_release(&cpu->ipc_buffer->object);
    if (cpu->ntfn != NULL) {
        must((int)seL4_TCB_UnbindNotification(cpu->tcb.slot), "cpu: unbind");
        object_release(&cpu->ntfn->object);
    }
    cpu->ads = NULL;
    cpu->ipc_buffer = NULL;
    cpu->cspace = NULL;
    cpu->ntfn = NULL;
}

cell_error_t cpu_set_priority(struct cpu *cpu, unsigned priority)
{
    if (priority > CPU_PRIORITY_HIGHEST)
        return CELL_BAD_ARGUMENT;
    return set_priority(cpu, priority);
}

/* ---- Running --------------------------------------------------------- */

/* pc, sp, spsr, x0 to x3: how seL4_UserContext begins. */
#define FIRST_REGISTERS 7u

cell_error_t cpu_start(struct cpu *cpu, uint64_t entry, uint64_t stack, const uint64_t arguments[4],
                       uint64_t thread_pointer)
{
    static seL4_UserContext registers; /* the others stay 0 */

    if (cpu->running || cpu->ads == NULL)
        return CELL_BUSY;
    registers.pc = entry;
    registers.sp = stack;
    registers.x0 = arguments[0];
    registers.x1 = arguments[1];
    registers.x2 = arguments[2];
    registers.x3 = arguments[3];
    registers.tpidr_el0 = thread_pointer;
    registers.tpidrro_el0 = cpu->buffer;
    cpu->running = true;
    cell_error_t error = kernel_refused(kernel_thread_write(cpu->tcb.slot, true, CPU_REGISTERS, &registers));

    if (error != CELL_OK)
        cpu->running = false;
    return error;
}

void cpu_jump(struct cpu *cpu, uint64_t entry, uint64_t stack, const uint64_t arguments[4])
{
    seL4_UserContext registers = {
        .pc = entry,
        .sp = stack,
        .x0 = arguments[0],
        .x1 = arguments[1],
        .x2 = arguments[2],
        .x3 = arguments[3],
    };

    must((int)seL4_TCB_WriteRegisters(cpu->tcb.slot, 1, 0, FIRST_REGISTERS, &registers), "cpu: jump");
}

void cpu_stop(struct cpu *cpu)
{
    if (!cpu->running)
        return;
    must((int)seL4_TCB_Suspend(cpu->tcb.slot), "cpu: suspend");
    cpu->running = false;
}

void cpu_resume(struct cpu *cpu)
{
    must((int)seL4_TCB_Resume(cpu->tcb.slot), "cpu: resume");
    cpu->running = true;
}

cell_error_t cpu_read(struct cpu *cpu, uint64_t registers[CPU_REGISTERS])
{
    return kernel_refused(kernel_thread_read(cpu->tcb.slot, CPU_REGISTERS, registers));
}

cell_error_t cpu_write(struct cpu *cpu, const uint64_t registers[CPU_REGISTERS], bool resume)
{
    seL4_UserContext copy = *(const seL4_UserContext *)registers;

    cell_error_t error = kernel_refused(kernel_thread_write(cpu->tcb.slot, resume, CPU_REGISTERS, &copy));

    if (error == CELL_OK && resume)
        cpu->running = true;
    return error;
}

/* Bytes of the instruction by which a request is made, and on which the CPU stands. */
#define INSTRUCTION 4u

void cpu_answer(uint64_t registers[CPU_REGISTERS], cell_error_t label, unsigned words, uint64_t first)
{
    seL4_UserContext *context = (seL4_UserContext *)registers;

    context->pc += INSTRUCTION;
    context->x0 = 0;
    context->x1 = seL4_MessageInfo_new(label, 0, 0, words).words[0];
    context->x2 = first;
    context->x3 = context->x4 = context->x5 = 0;
}

/* ---- The bound notification ------------------------------------------ */

cell_error_t cpu_notification(struct cpu *cpu)
{
    cell_error_t error = CELL_OK;

    if (cpu->ntfn == NULL) {
        error = ntfn_create(cpu->object.account, &cpu->ntfn);
        if (error == CELL_OK)
            must((int)seL4_TCB_BindNotification(cpu->tcb.slot, cpu->ntfn->notification.slot),
                 "cpu: bind");
    }
    return error;
}

/* ---- Time ------------------------------------------------------------ */

static uint64_t time_of(slot_t tcb)
{
    static bool untold;

    if (untold)
        return UINT64_MAX;
    seL4_MessageInfo_t answer = seL4_Call(tcb, seL4_MessageInfo_new(NUCLEUS_TCB_TICKS, 0, 0, 0));

    untold = seL4_MessageInfo_get_label(answer) != seL4_NoError;
    return untold ? UINT64_MAX : seL4_GetMR(0) * seL4_GetMR(1);
}

uint64_t cpu_time(const struct cpu *cpu)
{
    return time_of(cpu->tcb.slot);
}

uint64_t cpu_time_of_root(void)
{
    return time_of(SLOT_TCB);
}
