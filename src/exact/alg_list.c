/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of algebraic numbers. */
#include "exact/exact.h"

#include <stdlib.h>

void qd_alg_list_init(qd_alg_list_t l)
{
    l->n = l->room = 0;
    l->e = NULL;
}

void qd_alg_list_clear(qd_alg_list_t l)
{
    for (slong i = 0; i < l->n; i++) qd_alg_clear(l->e + i);
    free(l->e);
    qd_alg_list_init(l);
}

void qd_alg_list_swap(qd_alg_list_t l, qd_alg_list_t m)
{
    qd_alg_list_struct t = *l;
    *l = *m;
    *m = t;
}

qd_alg_struct *qd_alg_list_add(qd_alg_list_t l, const qd_alg_struct *a)
{
    qd_alg_t b; /* a may lie in the list that moves */
    qd_alg_init(b);
    if (a != NULL) qd_alg_set(b, a);
    if (l->n == l->room) {
        l->room = l->room == 0 ? 4 : 2 * l->room;
        l->e = qd_realloc(l->e, sizeof *l->e * (size_t) l->room);
    }
    l->e[l->n] = *b;
    return l->e + l->n++;
}
