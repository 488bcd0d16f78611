/* What the files of src/arch share. */
#ifndef QD_ARCH_IMPL_H
#define QD_ARCH_IMPL_H

#include "arch/arch.h"

/* Appends a node and returns its number; text, len: digits of a NUMBER to be copied, or NULL. */
int32_t qd_arch__expr_add(qd_expr_t e, qd_expr_node node, const char *text, size_t len);

#endif
