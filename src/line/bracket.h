/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Narrowing a root between two points of certified signs. */
#ifndef QD_LINE_BRACKET_H
#define QD_LINE_BRACKET_H

#include <stdbool.h>

typedef struct {
    double (*value)(double *error, const void *what, double x); /* a value at x up to a positive factor, and a bound of its error */
    const void *what;
    int sign;                /* left of the root: -1, 1 */
    double lo, hi, flo, fhi; /* certified signs there, and values */
} qd_bracket;

/* The bracket becomes finite and as narrow as doubles near the root allow, while signs can be certified.     -> false: no finite one was found */
bool qd_bracket__narrow(qd_bracket *k);

/* A point inside the window (a, b), not near its ends on a scale on which 1e-3, 1, 1e3 and 1e150 are a few steps apart, and off the round
   numbers at which hand-made networks have their roots. */
double qd_bracket__middle(double a, double b);

#endif
