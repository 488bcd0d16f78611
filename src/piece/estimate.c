/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is expected of the number of regions, without a proof for the network at hand. */
#include "piece/impl.h"

#include <math.h>

bool qd_estimate_hanin_rolnick(double *value, const qd_bound_shape_t s)
{
    slong n = 0, relu = 0;
    for (slong l = 0; l < s->depth; l++) {
        n += s->layer[l].switching;
        relu += s->layer[l].relu;
    }
    if (n == 0 || relu < n || !qd_piece__conventional(s, s->depth)) return false;
    double d = (double) s->dim;
    *value = n < s->dim ? exp2((double) n) : exp(d * log((double) n) - lgamma(d + 1));
    return true;
}
