/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Corners first..last have a line within eps iff every three of them do (Helly's theorem, for the lines within eps of a point are a convex set in the plane
   of slopes and intercepts); three do iff the middle one is no farther than 2 eps from the chord of the others. */
#include "need.h"

#include <stdlib.h>

static int three(mpq_t *x, mpq_t *y, int a, int b, int c, const mpq_t eps)
{
    mpq_t s, t, u;
    mpq_inits(s, t, u, NULL);
    mpq_sub(s, y[c], y[a]); /* chord at b, times x_c - x_a, less y_b times it */
    mpq_sub(t, x[b], x[a]);
    mpq_mul(s, s, t);
    mpq_sub(u, x[c], x[a]);
    mpq_sub(t, y[b], y[a]);
    mpq_mul(t, t, u);
    mpq_sub(s, s, t);
    mpq_abs(s, s);
    mpq_mul(u, u, eps);
    mpq_add(u, u, u);
    int fits = mpq_cmp(s, u) <= 0;
    mpq_clears(s, t, u, NULL);
    return fits;
}

/* The last corner up to which a line fits from `first` on. */
static int longest(int first, int n, mpq_t *x, mpq_t *y, const mpq_t eps)
{
    int last = first;
    for (int c = first + 1; c < n; c++, last++)
        for (int a = first; a < c; a++)
            for (int b = a + 1; b < c; b++)
                if (!three(x, y, a, b, c, eps)) return last;
    return last;
}

/* fewest[i]: groups for the corners from i on. */
static int fewest_groups(const int *reach, int n, int share)
{
    int *fewest = malloc(sizeof *fewest * (size_t) (n + 1));
    fewest[n] = 0;
    fewest[n - 1] = share ? 0 : 1;
    for (int i = n - 2; i >= 0; i--) {
        fewest[i] = n + 1;
        for (int last = i + (share ? 1 : 0); last <= reach[i]; last++) {
            int rest = 1 + fewest[share ? last : last + 1];
            if (rest < fewest[i]) fewest[i] = rest;
        }
    }
    int answer = fewest[0];
    free(fewest);
    return answer;
}

void oracle_need(int *apart, int *joined, int n, mpq_t *x, mpq_t *y, const mpq_t eps)
{
    int *reach = malloc(sizeof *reach * (size_t) n);
    for (int i = 0; i < n; i++) reach[i] = longest(i, n, x, y, eps);
    *apart = fewest_groups(reach, n, 0);
    *joined = fewest_groups(reach, n, 1);
    free(reach);
}
