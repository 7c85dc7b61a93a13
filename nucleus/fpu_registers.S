/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nucleus/fpu_registers.S: the floating point registers, between the processor and struct fpu_state (fpu.c). C is
 * compiled without them.
 */
        .arch_extension fp
        .arch_extension simd
        .text

        .macro  each_pair operation
        \operation q0, q1, [x0, #32 * 0]
        \operation q2, q3, [x0, #32 * 1]
        \operation q4, q5, [x0, #32 * 2]
        \operation q6, q7, [x0, #32 * 3]
        \operation q8, q9, [x0, #32 * 4]
        \operation q10, q11, [x0, #32 * 5]
        \operation q12, q13, [x0, #32 * 6]
        \operation q14, q15, [x0, #32 * 7]
        \operation q16, q17, [x0, #32 * 8]
        \operation q18, q19, [x0, #32 * 9]
        \operation q20, q21, [x0, #32 * 10]
        \operation q22, q23, [x0, #32 * 11]
        \operation q24, q25, [x0, #32 * 12]
        \operation q26, q27, [x0, #32 * 13]
        \operation q28, q29, [x0, #32 * 14]
        \operation q30, q31, [x0, #32 * 15]
        .endm

/* void fpu_store(struct fpu_state *state) */
        .global fpu_store
fpu_store:
        each_pair stp
        mrs     x1, fpsr
        mrs     x2, fpcr
        str     x1, [x0, #512]
        str     x2, [x0, #520]
        ret

/* void fpu_load(const struct fpu_state *state) */
        .global fpu_load
fpu_load:
        each_pair ldp
        ldr     x1, [x0, #512]
        ldr     x2, [x0, #520]
        msr     fpsr, x1
        msr     fpcr, x2
        ret
