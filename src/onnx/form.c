/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Polynomials of degree <= 2 in the variables of a graph, and their linear combinations. A product of two long affine forms stays a product:
   expanded it would have the square of their entries, and as it is it shows what neuron it was. */
#include <stdlib.h>
#include <string.h>

#include "onnx/impl.h"

qd_onnx_form *qd_onnx__form_new(void)
{
    qd_onnx_form *f = qd_calloc(1, sizeof *f);
    f->refs = 1;
    f->unit = -1;
    fmpq_init(f->c);
    return f;
}

qd_onnx_form *qd_onnx__form_variable(slong v, slong level)
{
    qd_onnx_form *f = qd_onnx__form_new();
    f->n = 1;
    f->at = qd_malloc(sizeof *f->at);
    f->at[0] = v;
    f->w = _fmpq_vec_init(1);
    fmpq_one(f->w);
    f->level = level;
    return f;
}

qd_onnx_form *qd_onnx__form_ref(qd_onnx_form *f)
{
    f->refs++;
    return f;
}

void qd_onnx_form_unref(qd_onnx_form *f)
{
    if (f == NULL || --f->refs > 0) return;
    for (slong k = 0; k < f->nterms; k++) fmpq_clear(f->term[k].c);
    for (slong k = 0; k < f->nproducts; k++) {
        fmpq_clear(f->product[k].c);
        qd_onnx_form_unref(f->product[k].a);
        qd_onnx_form_unref(f->product[k].b);
    }
    if (f->w != NULL) _fmpq_vec_clear(f->w, f->n);
    fmpq_clear(f->c);
    free(f->at);
    free(f->term);
    free(f->product);
    free(f);
}

bool qd_onnx__form_constant(const qd_onnx_form *f)
{
    return f->n == 0 && f->nterms == 0 && f->nproducts == 0;
}

int qd_onnx__form_degree(const qd_onnx_form *f)
{
    return f->nterms > 0 || f->nproducts > 0 ? 2 : f->n > 0;
}

bool qd_onnx__form_short(const qd_onnx_form *f)
{
    return f->nproducts == 0 && f->n + f->nterms <= 1;
}

static slong larger(slong a, slong b)
{
    return a > b ? a : b;
}

bool qd_onnx__form_monomial(const qd_onnx_form *f)
{
    return f->n == 1 && f->nterms == 0 && f->nproducts == 0 && fmpq_is_zero(f->c);
}

static void add_term(qd_onnx__sum *s, const fmpq_t c, slong i, slong j);

/* Adds c a b, both affine, multiplied out. */
static void add_expanded(qd_onnx__sum *s, const fmpq_t c, const qd_onnx_form *a, const qd_onnx_form *b)
{
    fmpq_t x;
    fmpq_init(x);
    for (slong i = 0; i < a->n; i++)
        for (slong j = 0; j < b->n; j++) {
            fmpq_mul(x, a->w + i, b->w + j);
            fmpq_mul(x, x, c);
            add_term(s, x, a->at[i], b->at[j]);
        }
    fmpq_mul(x, c, b->c);
    qd_onnx__sum_add(s, x, a);
    fmpq_mul(x, c, a->c);
    qd_onnx__sum_add(s, x, b);
    fmpq_mul(x, x, b->c);
    fmpq_sub(s->c, s->c, x); /* c a0 b0 was added twice */
    s->level = larger(s->level, larger(a->level, b->level));
    fmpq_clear(x);
}

/* Variables of a form are below that. */
static slong variables(const qd_onnx_form *f)
{
    slong v = f->n > 0 ? f->at[f->n - 1] + 1 : 1;
    for (slong k = 0; k < f->nproducts; k++) v = larger(v, larger(variables(f->product[k].a), variables(f->product[k].b)));
    return v;
}

qd_onnx_form *qd_onnx_form_expanded(const qd_onnx_form *f)
{
    qd_onnx__sum s;
    fmpq_t one;
    fmpq_init(one);
    fmpq_one(one);
    qd_onnx__sum_init(&s, variables(f));
    qd_onnx_form plain = *f;
    plain.nproducts = 0;
    qd_onnx__sum_add(&s, one, &plain);
    for (slong k = 0; k < f->nproducts; k++) add_expanded(&s, f->product[k].c, f->product[k].a, f->product[k].b);
    qd_onnx_form *y = qd_onnx__sum_take(&s);
    qd_onnx__sum_clear(&s);
    fmpq_clear(one);
    return y;
}

qd_onnx_form *qd_onnx__form_product(qd_onnx_form *a, qd_onnx_form *b)
{
    qd_onnx_form *f = qd_onnx__form_new();
    f->nproducts = 1;
    f->product = qd_malloc(sizeof *f->product);
    fmpq_init(f->product->c);
    fmpq_one(f->product->c);
    f->product->a = qd_onnx__form_ref(a);
    f->product->b = qd_onnx__form_ref(b);
    f->level = larger(a->level, b->level);
    if (!(a == b && qd_onnx__form_short(a)) && !(qd_onnx__form_monomial(a) && qd_onnx__form_monomial(b))) return f;
    qd_onnx_form *y = qd_onnx_form_expanded(f);
    qd_onnx_form_unref(f);
    return y;
}

/* ---- sums ---------------------------------------------------------------------------------- */

void qd_onnx__sum_init(qd_onnx__sum *s, slong room)
{
    memset(s, 0, sizeof *s);
    s->room = room;
    s->w = _fmpq_vec_init(room);
    s->in_use = qd_calloc((size_t) room, sizeof *s->in_use);
    s->list = qd_malloc(sizeof *s->list * (size_t) room);
    fmpq_init(s->c);
}

void qd_onnx__sum_clear(qd_onnx__sum *s)
{
    qd_onnx_form_unref(qd_onnx__sum_take(s));
    _fmpq_vec_clear(s->w, s->room);
    free(s->in_use);
    free(s->list);
    free(s->term);
    free(s->product);
    fmpq_clear(s->c);
}

static void grow(qd_onnx__sum *s, slong room)
{
    s->w = qd_realloc(s->w, sizeof *s->w * (size_t) room);
    s->in_use = qd_realloc(s->in_use, sizeof *s->in_use * (size_t) room);
    s->list = qd_realloc(s->list, sizeof *s->list * (size_t) room);
    for (slong v = s->room; v < room; v++) {
        fmpq_init(s->w + v);
        s->in_use[v] = false;
    }
    s->room = room;
}

static void add_term(qd_onnx__sum *s, const fmpq_t c, slong i, slong j)
{
    if (s->nterms == s->terms_room) {
        s->terms_room = 2 * s->terms_room + 16;
        s->term = qd_realloc(s->term, sizeof *s->term * (size_t) s->terms_room);
    }
    qd_onnx_term *to = s->term + s->nterms++;
    to->i = i < j ? i : j;
    to->j = i < j ? j : i;
    fmpq_init(to->c);
    fmpq_set(to->c, c);
}

static void add_product(qd_onnx__sum *s, const fmpq_t c, const qd_onnx_product *p)
{
    s->product = qd_realloc(s->product, sizeof *s->product * (size_t) (s->nproducts + 1));
    qd_onnx_product *to = s->product + s->nproducts++;
    fmpq_init(to->c);
    fmpq_mul(to->c, c, p->c);
    to->a = qd_onnx__form_ref(p->a);
    to->b = qd_onnx__form_ref(p->b);
}

void qd_onnx__sum_add(qd_onnx__sum *s, const fmpq_t c, const qd_onnx_form *f)
{
    if (fmpq_is_zero(c)) return;
    if (!fmpq_is_zero(f->c)) fmpq_addmul(s->c, c, f->c);
    if (f->n > 0 && f->at[f->n - 1] >= s->room) grow(s, 2 * f->at[f->n - 1] + 1);
    for (slong k = 0; k < f->n; k++) {
        slong v = f->at[k];
        if (!s->in_use[v]) {
            s->in_use[v] = true;
            s->list[s->n++] = v;
            if (fmpq_is_one(f->w + k)) fmpq_set(s->w + v, c);
            else fmpq_mul(s->w + v, c, f->w + k);
        } else fmpq_addmul(s->w + v, c, f->w + k);
    }
    fmpq_t x;
    fmpq_init(x);
    for (slong k = 0; k < f->nterms; k++) {
        fmpq_mul(x, c, f->term[k].c);
        add_term(s, x, f->term[k].i, f->term[k].j);
    }
    fmpq_clear(x);
    for (slong k = 0; k < f->nproducts; k++) add_product(s, c, f->product + k);
    if (f->level > s->level) s->level = f->level;
}

static int by_number(const void *x, const void *y)
{
    slong a = *(const slong *) x, b = *(const slong *) y;
    return (a > b) - (a < b);
}

static int by_place(const void *x, const void *y)
{
    const qd_onnx_term *a = x, *b = y;
    if (a->i != b->i) return a->i < b->i ? -1 : 1;
    return (a->j > b->j) - (a->j < b->j);
}

static void take_linear(qd_onnx_form *f, qd_onnx__sum *s)
{
    bool sorted = true;
    for (slong k = 1; k < s->n && sorted; k++) sorted = s->list[k - 1] < s->list[k];
    if (!sorted) qsort(s->list, (size_t) s->n, sizeof *s->list, by_number);
    f->at = qd_malloc(sizeof *f->at * (size_t) (s->n + 1));
    f->w = s->n > 0 ? qd_malloc(sizeof *f->w * (size_t) s->n) : NULL;
    for (slong k = 0; k < s->n; k++) {
        slong v = s->list[k];
        s->in_use[v] = false;
        if (fmpq_is_zero(s->w + v)) continue;
        f->at[f->n] = v;
        fmpq_init(f->w + f->n);
        fmpq_swap(f->w + f->n++, s->w + v);
    }
    if (f->n == 0) {
        free(f->w);
        f->w = NULL;
    }
    s->n = 0;
}

/* The terms in order, equal places as one, without those that are 0. */
static void take_terms(qd_onnx_form *f, qd_onnx__sum *s)
{
    if (s->nterms == 0) return;
    qsort(s->term, (size_t) s->nterms, sizeof *s->term, by_place);
    f->term = qd_malloc(sizeof *f->term * (size_t) s->nterms);
    for (slong k = 0; k < s->nterms; k++) {
        qd_onnx_term *last = f->nterms > 0 ? f->term + f->nterms - 1 : NULL, *t = s->term + k;
        if (last != NULL && last->i == t->i && last->j == t->j) {
            fmpq_add(last->c, last->c, t->c);
            fmpq_clear(t->c);
        } else f->term[f->nterms++] = *t;
    }
    slong n = 0;
    for (slong k = 0; k < f->nterms; k++) {
        if (fmpq_is_zero(f->term[k].c)) fmpq_clear(f->term[k].c);
        else f->term[n++] = f->term[k];
    }
    f->nterms = n;
    s->nterms = 0;
}

qd_onnx_form *qd_onnx__sum_take(qd_onnx__sum *s)
{
    qd_onnx_form *f = qd_onnx__form_new();
    fmpq_swap(f->c, s->c);
    take_linear(f, s);
    take_terms(f, s);
    f->nproducts = s->nproducts;
    f->product = s->product;
    f->level = qd_onnx__form_constant(f) ? 0 : s->level;
    s->product = NULL;
    s->nproducts = 0;
    s->level = 0;
    return f;
}
