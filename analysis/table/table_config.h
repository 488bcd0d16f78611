/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values that several table configurations hold. Messages name line and column; the command prefixes the file. */
#ifndef QD_TABLE_CONFIG_H
#define QD_TABLE_CONFIG_H

#include "exact/exact.h"
#include "io/io.h"

/* A list of at least one integer in min..max: *v is owned by the caller, also after an error. */
qd_status config_ints(int64_t **v, int64_t *n, const qd_node *node, int64_t min, int64_t max, const char *what, qd_ctx_t ctx);

/* Exactly n rationals into v. */
qd_status config_rationals(fmpq *v, slong n, const qd_node *node, const char *what, qd_ctx_t ctx);

#endif
