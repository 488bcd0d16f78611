/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric table bounds with the key 'inputs'. */
#ifndef QD_BOUNDS_FORMULAS_H
#define QD_BOUNDS_FORMULAS_H

#include "io/io.h"

/* Reads the configuration, an object, computes and writes the table; returns the exit code. */
int table_bounds_formulas(const qd_node *root, const char *path, qd_ctx_t ctx);

#endif
