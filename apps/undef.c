/* SPDX-License-Identifier: BSD-2-Clause */
/* apps/undef.c: executes an undefined instruction. */
int main(void)
{
    __asm__ volatile("udf #42");
    return 0;
}
