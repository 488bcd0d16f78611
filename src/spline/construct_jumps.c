/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A spline as one piece and its jumps. Every J_i vanishes at t_i, since the spline is continuous. */
#include "spline/construct.h"

#include <stdlib.h>

void qd_jumps__init(qd_jumps_t J)
{
    J->degree = -1;
    J->nbreaks = J->outputs = J->base = 0;
    fmpq_init(J->origin);
    J->at = NULL;
    J->poly = J->jump = NULL;
}

void qd_jumps__clear(qd_jumps_t J)
{
    for (slong o = 0; o < J->outputs; o++) fmpq_poly_clear(J->poly + o);
    for (slong k = 0; k < J->nbreaks * J->outputs; k++) fmpq_poly_clear(J->jump + k);
    if (J->at != NULL) _fmpq_vec_clear(J->at, J->nbreaks);
    free(J->poly);
    free(J->jump);
    fmpq_clear(J->origin);
}

fmpq_poly_struct *qd_jumps__at(const qd_jumps_t J, slong i, slong output)
{
    return J->jump + i * J->outputs + output;
}

int qd_jumps__side(const qd_jumps_t J, slong i)
{
    return i >= J->base ? 1 : -1;
}

/* q(z) = p(c0 + c1 z) */
static void substitute(fmpq_poly_t q, const fmpq_poly_t p, const fmpq_t c0, slong c1)
{
    fmpq_poly_t line;
    fmpq_poly_init(line);
    fmpq_poly_set_coeff_si(line, 1, c1);
    fmpq_poly_set_coeff_fmpq(line, 0, c0);
    fmpq_poly_compose(q, p, line);
    fmpq_poly_clear(line);
}

void qd_jumps__to_u(fmpq_poly_t q, const qd_jumps_t J, slong i, const fmpq_poly_t p)
{
    substitute(q, p, J->at + i, qd_jumps__side(J, i));
}

void qd_jumps__from_u(fmpq_poly_t q, const qd_jumps_t J, slong i, const fmpq_poly_t p)
{
    fmpq_t c;
    fmpq_init(c);
    if (qd_jumps__side(J, i) > 0) fmpq_neg(c, J->at + i);
    else fmpq_set(c, J->at + i);
    substitute(q, p, c, qd_jumps__side(J, i));
    fmpq_clear(c);
}

void qd_jumps__u(fmpq_poly_t p, const qd_jumps_t J, slong i)
{
    fmpq_poly_zero(p);
    fmpq_poly_set_coeff_si(p, 1, 1);
    qd_jumps__from_u(p, J, i, p);
}

void qd_jumps__set(qd_jumps_t J, const qd_spline_t s, slong base, const fmpq_t origin)
{
    qd_jumps__clear(J);
    qd_jumps__init(J);
    J->degree = qd_spline_degree(s);
    J->nbreaks = s->nbreaks;
    J->outputs = s->outputs;
    J->base = base;
    fmpq_set(J->origin, origin);
    J->at = _fmpq_vec_init(s->nbreaks);
    J->poly = qd_malloc(sizeof *J->poly * (size_t) s->outputs);
    J->jump = qd_malloc(sizeof *J->jump * (size_t) (s->nbreaks * s->outputs + 1));
    for (slong o = 0; o < s->outputs; o++) {
        fmpq_poly_init(J->poly + o);
        substitute(J->poly + o, qd_spline_poly(s, base, o), origin, 1);
    }
    for (slong i = 0; i < s->nbreaks; i++) {
        slong on = qd_jumps__side(J, i) > 0 ? i + 1 : i, off = 2 * i + 1 - on;
        fmpq_sub(J->at + i, s->at[i].lo, origin);
        for (slong o = 0; o < s->outputs; o++) {
            fmpq_poly_struct *jump = qd_jumps__at(J, i, o);
            fmpq_poly_init(jump);
            fmpq_poly_sub(jump, qd_spline_poly(s, on, o), qd_spline_poly(s, off, o));
            substitute(jump, jump, origin, 1);
        }
    }
}
