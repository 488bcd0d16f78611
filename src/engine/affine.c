/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The affine layers at the beginning, as one, and what comes after them as polynomials in the coordinates. */
#include "engine/impl.h"

static bool affine_unit(const qd_lowered_unit *unit)
{
    return !qd_activation_switches(unit->act) && unit->power == 1 && unit->r == NULL && unit->nterms == 0;
}

bool qd_engine__is_affine(const qd_lowered_layer *layer)
{
    for (slong u = 0; u < layer->out; u++)
        if (!affine_unit(layer->unit + u)) return false;
    return true;
}

/* s += c v */
static void addmul(fmpq *s, const fmpq_t c, const fmpq *v, slong n)
{
    for (slong i = 0; i < n && !fmpq_is_zero(c); i++)
        if (!fmpq_is_zero(v + i)) fmpq_addmul(s + i, c, v + i);
}

static void step(qd_engine__affine *a, const qd_lowered_layer *layer)
{
    qd_engine__affine next = {a->l + 1, layer->out, a->k, _fmpq_vec_init(layer->out * a->k), _fmpq_vec_init(layer->out), false};
    for (slong u = 0; u < layer->out; u++) {
        const qd_lowered_unit *unit = layer->unit + u;
        fmpq_set(next.shift + u, unit->b);
        for (slong j = 0; j < unit->nw; j++) {
            slong i = unit->at != NULL ? unit->at[j] : j;
            addmul(next.row + u * a->k, unit->w + j, a->row + i * a->k, a->k);
            addmul(next.shift + u, unit->w + j, a->shift + i, 1);
        }
    }
    qd_engine__affine_clear(a);
    *a = next;
}

void qd_engine__affine_init(qd_engine__affine *a, const qd_lowered_t low, const qd_box_t box)
{
    *a = (qd_engine__affine){0, box->n, box->dim, _fmpq_vec_init(box->n * box->dim), _fmpq_vec_init(box->n), box->n == box->dim};
    for (slong i = 0; i < a->width; i++) {
        fmpq_set(a->shift + i, box->base + i);
        a->plain = a->plain && fmpq_is_zero(a->shift + i);
        for (slong c = 0; c < a->k; c++) {
            fmpq *x = a->row + i * a->k + c;
            fmpq_set(x, box->step + c * box->n + i);
            a->plain = a->plain && (i == c ? fmpq_is_one(x) : fmpq_is_zero(x));
        }
    }
    while (a->l + 1 < low->depth && qd_engine__is_affine(low->layer + a->l)) step(a, low->layer + a->l);
}

void qd_engine__affine_clear(qd_engine__affine *a)
{
    _fmpq_vec_clear(a->row, a->width * a->k);
    _fmpq_vec_clear(a->shift, a->width);
}

/* ---- one unit ------------------------------------------------------------------------------- */

static slong length(const qd_engine__polynomial *p)
{
    slong n = p->from->width;
    return p->quadratic ? 1 + n + n * (n + 1) / 2 : n;
}

void qd_engine__polynomial_init(qd_engine__polynomial *p, const qd_engine__affine *from, const qd_lowered_unit *unit)
{
    p->from = from;
    p->quadratic = unit->r != NULL || unit->nterms > 0;
    p->c = _fmpq_vec_init(length(p));
    p->work = _fmpq_vec_init(2 * from->width);
    if (p->quadratic) qd_lowered_expand(p->c, unit, from->width);
    else
        for (slong j = 0; j < unit->nw; j++) fmpq_set(p->c + (unit->at != NULL ? unit->at[j] : j), unit->w + j);
}

void qd_engine__polynomial_clear(qd_engine__polynomial *p)
{
    _fmpq_vec_clear(p->work, 2 * p->from->width);
    _fmpq_vec_clear(p->c, length(p));
}

/* v_j = sum over i of x_i A_ij, 2 A_ij the second derivative in a; x is 0 but where it is said. */
static void symmetric_times(fmpq *v, const qd_engine__polynomial *p, const fmpq *x)
{
    slong n = p->from->width;
    const fmpq *c = p->c + 1 + n;
    for (slong i = 0; i < n; i++)
        for (slong j = i; j < n; j++, c++) {
            if (fmpq_is_zero(c)) continue;
            fmpq_addmul(v + j, x + i, c);
            fmpq_addmul(v + i, x + j, c);
        }
}

/* Row i of 2 A in a. */
static void symmetric_row(fmpq *v, const qd_engine__polynomial *p, slong i)
{
    slong n = p->from->width;
    for (slong j = 0; j < n; j++) {
        slong lo = i < j ? i : j, hi = i < j ? j : i;
        fmpq_set(v + j, p->c + 1 + n + lo * n - lo * (lo - 1) / 2 + hi - lo);
        if (i == j) fmpq_mul_2exp(v + j, v + j, 1);
    }
}

void qd_engine__polynomial_row(fmpq *v, const qd_engine__polynomial *p, slong i)
{
    const qd_engine__affine *a = p->from;
    const fmpq *linear = p->quadratic ? p->c + 1 : p->c;
    fmpq *x = p->work, *y = p->work + a->width;
    for (slong c = 0; c < a->k; c++) fmpq_zero(v + c);
    if (i < a->k && !p->quadratic) return;
    if (a->plain) {
        if (i < a->k) symmetric_row(v, p, i);
        for (slong c = 0; i == a->k && c < a->k; c++) fmpq_set(v + c, linear + c);
        return;
    }
    for (slong j = 0; j < a->width; j++) {
        fmpq_set(x + j, i < a->k ? a->row + j * a->k + i : a->shift + j);
        if (i < a->k) fmpq_zero(y + j);
        else fmpq_set(y + j, linear + j);
    }
    if (p->quadratic) symmetric_times(y, p, x);
    for (slong j = 0; j < a->width; j++) addmul(v, y + j, a->row + j * a->k, a->k);
}
