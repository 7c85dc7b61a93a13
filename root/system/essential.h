/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/system/essential.h: when the machine ends by itself.
 *
 * A system's description may call PDs essential (`essential`, lib/plan/config.h):
 * the shell, for example, and the console that it talks through. When one of them
 * ends, so does the machine: with the PD's exit status, or with a report if it was
 * killed or faulted, for what is left could not be reached any more.
 *
 * A system without essential PDs ends after the end of the runner's input, as soon
 * as all of its programs have said that they are ready.
 */
#pragma once

/* To be called once, when the control channel is there. */
void essential_init(void);

/* A PD has become ready, or ended. */
void essential_check_ready(void);
