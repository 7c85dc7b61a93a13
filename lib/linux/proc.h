/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/linux/proc.h: what the files of /proc say when they are opened, proc(5). */
#pragma once

#include "lib/linux/linux.h"

typedef void fill_function(struct text *text);

fill_function proc_cpuinfo, proc_filesystems, proc_loadavg, proc_meminfo, proc_mounts, proc_system_stat, proc_uptime, proc_version,
    proc_cmdline, proc_comm, proc_environ, proc_maps, proc_stat, proc_statm, proc_status, proc_osrelease, proc_pid_max, proc_overcommit;
