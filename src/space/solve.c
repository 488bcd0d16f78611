/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The solution of a small linear system with a proved error; the proof is in vertex.c. Everything is transposed, so that the rows of A lie side by
   side: t[k] holds column k of A, s[j] column j of its approximate inverse Y. Lanes from dim on are those of the identity. */
#include "space/impl.h"

#include <math.h>

#include "space/lanes.h"

/* The inverse of t, which is destroyed. */
ALWAYS bool invert(lanes *s, lanes *t, const int dim)
{
    for (int i = 0; i < dim; i++) {
        s[i] = (lanes){0};
        ((double *) (s + i))[i] = 1;
    }
    for (int p = 0; p < dim; p++) {
        const double *column = (const double *) t + p;
        int best = p;
        for (int i = p + 1; i < dim; i++)
            if (fabs(column[8 * i]) > fabs(column[8 * best])) best = i;
        double pivot = column[8 * best];
        if (!(fabs(pivot) > 0)) return false;
        lanes a = t[best] * (1 / pivot), b = s[best] * (1 / pivot);
        t[best] = t[p];
        s[best] = s[p];
        t[p] = a;
        s[p] = b;
        for (int i = 0; i < dim; i++) {
            if (i == p) continue;
            double f = ((const double *) (t + i))[p];
            t[i] -= f * a;
            s[i] -= f * b;
        }
    }
    return true;
}

ALWAYS double largest(const lanes *v, const int dim)
{
    const double *x = (const double *) v;
    double most = 0;
    for (int i = 0; i < dim; i++)
        if (!(x[i] <= most)) most = x[i];
    return most;
}

ALWAYS double solve(double *x, const qd_space_equations *q, const int dim)
{
    lanes t[QD_SPACE_MAX], s[QD_SPACE_MAX], v = {0}, row = {0}, radius = {0}, error = {0};
    const lanes y = READ(q->y), r = READ(q->r);
    const double slack = (dim + 2) * QD_SPACE_EPS;
    double size = 1;
    for (int k = 0; k < dim; k++) t[k] = READ(q->column[k]);
    if (!invert(s, t, dim)) return INFINITY;
    for (int j = 0; j < dim; j++) {
        v += s[j] * q->y[j];
        radius += ABSOLUTE(s[j]) * q->r[j];
    }
    for (int k = 0; k < dim; k++) {
        x[k] = ((const double *) &v)[k];
        size += fabs(x[k]);
        lanes d = {0};
        ((double *) &d)[k] = -1;
        lanes terms = -d;
        for (int j = 0; j < dim; j++) {
            lanes p = s[j] * q->column[k][j];
            d += p;
            terms += ABSOLUTE(p);
        }
        row += ABSOLUTE(d) + slack * terms;
    }
    row += radius * (double) dim;
    double n = largest(&row, dim) * QD_SPACE_SAFE;
    if (!(n < 0.5)) return INFINITY;
    lanes residual = -y, terms = ABSOLUTE(y);
    for (int k = 0; k < dim; k++) {
        lanes p = READ(q->column[k]) * x[k];
        residual += p;
        terms += ABSOLUTE(p);
    }
    residual = ABSOLUTE(residual) + slack * terms + r * (size * QD_SPACE_SAFE);
    for (int j = 0; j < dim; j++) error += ABSOLUTE(s[j]) * ((const double *) &residual)[j];
    double e = largest(&error, dim) / (1 - n) * QD_SPACE_SAFE * QD_SPACE_SAFE + 0x1p-900;
    return e < QD_SPACE_HUGE ? e : INFINITY;
}

QD_CLONES double qd_space__solve(double *x, const qd_space_equations *q, int dim)
{
#define SOLVE(d) return solve(x, q, d)
    EACH_DIM(SOLVE)
    return INFINITY;
}
