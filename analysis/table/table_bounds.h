/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two tables of `quadric table bounds`. Each takes the configuration, an object, whose file is `path` and whose name has been read, and
   computes and writes the table; they return the exit code. */
#ifndef QD_TABLE_BOUNDS_H
#define QD_TABLE_BOUNDS_H

#include "io/io.h"

/* Of networks that are built or found, one input. */
int table_bounds_networks(const qd_node *root, const char *name, const char *path, qd_ctx_t ctx);

/* Of formulas, with the key 'inputs'. */
int table_bounds_formulas(const qd_node *root, const char *name, const char *path, qd_ctx_t ctx);

#endif
