/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The memory of GMP, MPFR and FLINT. MPFR takes what GMP has; FLINT has functions of its own. Both keep the rule of malloc that a block of
   theirs may be freed with free. */
#include "exact/exact.h"

static void *gmp_realloc(void *p, size_t old, size_t bytes)
{
    (void) old;
    return qd_realloc(p, bytes);
}

static void gmp_free(void *p, size_t bytes)
{
    (void) bytes;
    free(p);
}

void qd_exact_memory(void)
{
    mp_set_memory_functions(qd_malloc, gmp_realloc, gmp_free);
    __flint_set_memory_functions(qd_malloc, qd_calloc, qd_realloc, free);
}
