/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two linear forms that share coordinates, in a box: their values fill a polygon.

   s = G t maps the box onto a zonotope in the plane: the sum of the segments g_j [lo_j, hi_j], g_j the columns of G. Each direction of a g_j is that
   of two of its sides, and there are no others. The interior of the box goes onto the interior of the polygon.

   Back: s beside the image c of the box's middle is on a segment from c to a point of a side, a share lambda < 1 of the way. On a side all t_j are at
   an end of their range but those whose g_j has its direction, and these go from one end to the other together. That point of the box's boundary, drawn
   to the middle by lambda, is inside the box. */
#include "engine/impl.h"

#include <stdlib.h>

/* ---- the polygon --------------------------------------------------------------------------------- */

static const fmpq *entry(const qd_engine__polygon *p, slong i, slong j)
{
    return p->f->g + i * p->f->k + j;
}

/* a.g_j */
static void product(fmpq_t y, const qd_engine__polygon *p, const fmpq *a, slong j)
{
    fmpq_mul(y, a, entry(p, 0, j));
    fmpq_addmul(y, a + 1, entry(p, 1, j));
}

/* a.s >= -b on the polygon, and no larger b. */
static void touch(qd_engine__side *s, const qd_engine__polygon *p)
{
    fmpq_t y;
    fmpq_init(y);
    fmpq_zero(&s->b);
    for (slong j = 0; j < p->f->k; j++) {
        product(y, p, s->a, j);
        fmpq_submul(&s->b, y, fmpq_sgn(y) > 0 ? p->box->lo + j : p->box->hi + j);
    }
    fmpq_clear(y);
}

/* Is there a side in the direction of g_j already? */
static bool known(const qd_engine__polygon *p, slong j)
{
    bool found = false;
    fmpq_t y;
    fmpq_init(y);
    for (slong i = 0; i < p->n && !found; i++) {
        product(y, p, p->e[i].a, j);
        found = fmpq_is_zero(y);
    }
    fmpq_clear(y);
    return found;
}

void qd_engine__polygon_init(qd_engine__polygon *p, const qd_forms_t f, const qd_box_t box)
{
    *p = (qd_engine__polygon){.f = f, .box = box, .e = qd_calloc(2 * (size_t) f->k, sizeof *p->e)};
    fmpq *middle = _fmpq_vec_init(f->k);
    for (slong i = 0; i < 2 * f->k; i++) {
        for (int c = 0; c < 2; c++) fmpq_init(p->e[i].a + c);
        fmpq_init(&p->e[i].b);
    }
    for (slong j = 0; j < f->k; j++) {
        if (known(p, j) || (fmpq_is_zero(entry(p, 0, j)) && fmpq_is_zero(entry(p, 1, j)))) continue;
        for (int turn = 0; turn < 2; turn++) {
            qd_engine__side *s = p->e + p->n + turn;
            fmpq_set(s->a + turn, entry(p, 1 - turn, j));
            fmpq_neg(s->a + 1 - turn, entry(p, turn, j));
            touch(s, p);
        }
        p->n += 2;
    }
    qd_domain_middle(middle, &box->d, box->n);
    for (int c = 0; c < 2; c++) {
        fmpq_init(p->c + c);
        for (slong j = 0; j < f->k; j++) fmpq_addmul(p->c + c, entry(p, c, j), middle + j);
    }
    _fmpq_vec_clear(middle, f->k);
}

void qd_engine__polygon_clear(qd_engine__polygon *p)
{
    for (slong i = 0; i < 2 * p->f->k; i++) {
        for (int c = 0; c < 2; c++) fmpq_clear(p->e[i].a + c);
        fmpq_clear(&p->e[i].b);
    }
    free(p->e);
    for (int c = 0; c < 2; c++) fmpq_clear(p->c + c);
}

/* ---- back ---------------------------------------------------------------------------------------- */

static void value(fmpq_t y, const qd_engine__side *s, const fmpq *at)
{
    fmpq_mul(y, s->a, at);
    fmpq_addmul(y, s->a + 1, at + 1);
    fmpq_add(y, y, &s->b);
}

/* The side that the ray from c through s meets first, and the share of the way to it at which s is; -1: s = c. */
static slong first_side(fmpq_t share, const qd_engine__polygon *p, const fmpq *s)
{
    slong first = -1;
    fmpq_t from, to;
    fmpq_init(from);
    fmpq_init(to);
    fmpq_zero(share);
    for (slong i = 0; i < p->n; i++) { /* the value goes from `from` > 0 at c to 0 at 1 / share */
        value(from, p->e + i, p->c);
        value(to, p->e + i, s);
        fmpq_sub(to, from, to);
        fmpq_div(to, to, from);
        if (fmpq_cmp(to, share) <= 0) continue;
        fmpq_set(share, to);
        first = i;
    }
    fmpq_clear(from);
    fmpq_clear(to);
    return first;
}

/* An end of a side, d its direction: the t in the box with least a.G t, and among these with the least d.G t, or the largest. y = d.G t */
static void corner(fmpq *t, fmpq_t y, const qd_engine__polygon *p, const qd_engine__side *s, const fmpq *d, bool largest)
{
    fmpq_t z;
    fmpq_init(z);
    fmpq_zero(y);
    for (slong j = 0; j < p->f->k; j++) {
        product(z, p, s->a, j);
        if (fmpq_is_zero(z)) {
            product(z, p, d, j);
            if (largest) fmpq_neg(z, z);
        }
        fmpq_set(t + j, fmpq_sgn(z) > 0 ? p->box->lo + j : p->box->hi + j);
        product(z, p, d, j);
        fmpq_addmul(y, z, t + j);
    }
    fmpq_clear(z);
}

/* to += c (to - from), so that c = -1 gives from */
static void extend(fmpq *to, const fmpq *from, const fmpq_t c, slong n)
{
    fmpq_t d;
    fmpq_init(d);
    for (slong j = 0; j < n; j++) {
        fmpq_sub(d, to + j, from + j);
        fmpq_addmul(to + j, c, d);
    }
    fmpq_clear(d);
}

/* t in the box with G t = c + (s - c) / share, on side i. */
static void lift_to_side(fmpq *t, const qd_engine__polygon *p, slong i, const fmpq *s, const fmpq_t share)
{
    const qd_engine__side *e = p->e + i;
    fmpq *start = _fmpq_vec_init(p->f->k), *d = _fmpq_vec_init(2), *v = _fmpq_vec_init(4);
    fmpq_neg(d, e->a + 1);
    fmpq_set(d + 1, e->a);
    for (int c = 0; c < 2; c++) { /* v[2] = d.(c + (s - c) / share) */
        fmpq_sub(v + 3, s + c, p->c + c);
        fmpq_div(v + 3, v + 3, share);
        fmpq_add(v + 3, v + 3, p->c + c);
        fmpq_addmul(v + 2, d + c, v + 3);
    }
    corner(start, v, p, e, d, false);
    corner(t, v + 1, p, e, d, true);
    fmpq_sub(v + 2, v + 2, v + 1);
    fmpq_sub(v + 3, v + 1, v);
    fmpq_div(v + 2, v + 2, v + 3);
    extend(t, start, v + 2, p->f->k);
    _fmpq_vec_clear(start, p->f->k);
    _fmpq_vec_clear(d, 2);
    _fmpq_vec_clear(v, 4);
}

/* t inside the box with G t = s, s inside the polygon. */
void qd_engine__polygon_lift(fmpq *t, const qd_engine__polygon *p, const fmpq *s)
{
    fmpq_t share;
    fmpq *middle = _fmpq_vec_init(p->f->k);
    fmpq_init(share);
    slong i = first_side(share, p, s);
    qd_domain_middle(middle, &p->box->d, p->box->n);
    if (i >= 0) lift_to_side(t, p, i, s, share);
    fmpq_sub_si(share, share, 1); /* -1: the middle */
    extend(t, middle, share, p->f->k);
    fmpq_clear(share);
    _fmpq_vec_clear(middle, p->f->k);
}
