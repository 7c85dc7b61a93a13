/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
#include "root/cspace.h"
struct cspace *pd_cspace(struct pd *pd);
