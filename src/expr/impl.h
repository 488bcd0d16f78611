/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of src/expr share. */
#ifndef QD_EXPR_IMPL_H
#define QD_EXPR_IMPL_H

#include "expr/expr.h"

/* Appends a node and returns its number; text, len: digits of a NUMBER to be copied, or NULL. */
int32_t qd_expr__add(qd_expr_t e, qd_expr_node node, const char *text, size_t len);

#endif
