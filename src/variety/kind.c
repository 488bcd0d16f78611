/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the bounds know of each kind. A new kind needs its case here, and a proof: the numbers are certified. The table and the
   symmetries are in symmetry.c, the ranks in bound.c, the embeddings in embed.c. */
#include "variety/impl.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

qd_variety_kind qd_variety__kind(qd_kind kind, int64_t power, int64_t n, bool biases)
{
    int64_t b = biases, squares = n * (n + 1) / 2, space = qd_variety__binomial(2, n - 1 + b);
    qd_variety_kind x = {.dim = n + b, .span = space, .form = QD_VARIETY_HUGE};
    switch (kind) {
    case QD_LINEAR:
        x.span = qd_variety__binomial(power, n - 1 + b);
        x.linear = x.translation = true;
        x.forms = 1;
        x.form = 0;
        if (power == 2) x.rank = 1, x.variables = n + b, x.rest = b;
        break;
    case QD_QUADRATIC:
        x.dim = b ? 3 * n + 2 : 3 * n - 1;
        x.constants = true;
        x.summand = n + b;
        x.linear = x.translation = x.dim >= x.span; /* when it is all of the space */
        x.rank = 2, x.variables = n + b, x.rest = n + b;
        x.square = QD_SQUARE_BY_FACTORS;
        break;
    case QD_COMPACT:
        x.dim = x.span = b ? 2 * n + 1 : n;
        x.constants = x.translation = true;
        break;
    case QD_PRODUCT:
        x.dim = b ? 2 * n + 1 : 2 * n - 1;
        x.linear = x.translation = true;
        x.forms = x.form = 2;
        x.rank = 2, x.variables = n + b, x.rest = b;
        x.square = QD_SQUARE_BY_FACTORS;
        break;
    case QD_PRODUCT_LINEAR:
        x.dim = least(2 * n - 1, squares) + (b ? n + 1 : 0);
        x.summand = b ? n + 1 : 0;
        x.constants = x.linear = x.translation = true;
        x.forms = b ? 3 : 2;
        x.form = 2;
        x.form_rest = true;
        x.rank = 2, x.variables = n, x.rest = b ? n + 1 : 0;
        x.square = QD_SQUARE_BY_FACTORS_AND_REST;
        break;
    case QD_FULL:
        x.dim = b ? squares + n + 1 : squares;
        x.constants = x.linear = x.translation = true;
        x.square = QD_SQUARE_BY_TRIANGLE;
        break;
    case QD_POWER:
        x.span = n + b;
        x.constants = true;
        break;
    }
    x.dim = least(x.dim, x.span);
    if (x.dim == x.span) x.summand = x.span;
    return x;
}
