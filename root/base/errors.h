/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/base/errors.h: the error values of services come from idl/errors.idl; this
 * includes what is generated from it.
 */
#pragma once

#include <cell/errors.h>
