/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums, products and powers, entry by entry with broadcasting; of constants at once. */
#include <string.h>

#include "onnx/impl.h"

/* out = a (op) b of constants or forms; the operator is that of the node. */
typedef struct {
    qd_onnx__node *n;
    const qd_onnx__tensor *a, *b;
    int ndim;
    slong shape[QD_ONNX_MAX_DIM];
} pair;

static qd_status begin(pair *p, qd_onnx__node *n)
{
    const qd_onnx__tensor *in[2] = {n->in[0], n->in[1]};
    *p = (pair){.n = n, .a = in[0], .b = in[1]};
    if (qd_onnx__broadcast(&p->ndim, p->shape, in, 2))
        return qd_onnx__shape(n, 0, p->ndim, p->shape, p->a->form == NULL && p->b->form == NULL, p->a->integer && p->b->integer);
    qd_buf_t a, b;
    qd_buf_init(a);
    qd_buf_init(b);
    qd_onnx__print_shape(a, p->a->ndim, p->a->shape);
    qd_onnx__print_shape(b, p->b->ndim, p->b->shape);
    qd_onnx__fail(n, "found the shapes %s and %s, which do not fit", qd_buf_str(a), qd_buf_str(b));
    qd_buf_clear(a);
    qd_buf_clear(b);
    return QD_EINPUT;
}

/* Entry `to` of the output from entry i of a and entry j of b. */
typedef qd_status (*entry_fn)(const pair *p, slong to, slong i, slong j);

static qd_status each(const pair *p, entry_fn entry)
{
    slong index[QD_ONNX_MAX_DIM] = {0}, to = 0;
    qd_status st = QD_OK;
    if (p->n->out->count == 0) return QD_OK;
    do st = entry(p, to++, qd_onnx__broadcast_index(p->a, p->ndim, index), qd_onnx__broadcast_index(p->b, p->ndim, index));
    while (st == QD_OK && qd_onnx__next(index, p->ndim, p->shape));
    return st;
}

/* ---- sums ----------------------------------------------------------------------------------- */

static qd_status sum_entry(const pair *p, slong to, slong i, slong j, slong sign)
{
    if (p->n->out->form == NULL) {
        fmpq *y = p->n->out->value + to;
        if (sign > 0) fmpq_add(y, p->a->value + i, p->b->value + j);
        else fmpq_sub(y, p->a->value + i, p->b->value + j);
        return QD_OK;
    }
    qd_onnx_form *f = qd_onnx__tensor_entry(p->a, i), *g = qd_onnx__tensor_entry(p->b, j);
    qd_onnx__tensor_form(p->n->out, to, qd_onnx__combine(p->n->run, 1, f, sign, g, 0, NULL));
    qd_onnx_form_unref(f);
    qd_onnx_form_unref(g);
    return QD_OK;
}

static qd_status add_entry(const pair *p, slong to, slong i, slong j)
{
    return sum_entry(p, to, i, j, 1);
}

static qd_status sub_entry(const pair *p, slong to, slong i, slong j)
{
    return sum_entry(p, to, i, j, -1);
}

static qd_status add(qd_onnx__node *n)
{
    pair p;
    qd_status st = begin(&p, n);
    return st == QD_OK ? each(&p, add_entry) : st;
}

static qd_status sub(qd_onnx__node *n)
{
    pair p;
    qd_status st = begin(&p, n);
    return st == QD_OK ? each(&p, sub_entry) : st;
}

/* As a chain of additions. */
static qd_status sum(qd_onnx__node *n)
{
    qd_onnx__tensor zero = {0}, so_far = {0}, result = {0}, *in[2] = {n->in[0], &zero};
    qd_status st = QD_OK;
    qd_onnx__tensor_init(&zero, 0, NULL, true, false);
    for (int k = 0; k < n->nin && st == QD_OK; k++) {
        qd_onnx__node two = *n;
        if (k > 0) in[1] = n->in[k];
        two.in = in;
        two.nin = 2;
        two.out = &result;
        st = add(&two);
        qd_onnx__tensor_clear(&so_far);
        so_far = result;
        result = (qd_onnx__tensor){0};
        in[0] = &so_far;
    }
    qd_onnx__tensor_clear(&zero);
    *n->out = so_far;
    return st;
}

static qd_status neg(qd_onnx__node *n)
{
    const qd_onnx__tensor *t = n->in[0];
    qd_status st = qd_onnx__shape(n, 0, t->ndim, t->shape, t->form == NULL, t->integer);
    for (slong i = 0; i < t->count && st == QD_OK; i++) {
        if (t->form != NULL) qd_onnx__tensor_form(n->out, i, qd_onnx__combine(n->run, -1, t->form[i], 0, NULL, 0, NULL));
        else fmpq_neg(n->out->value + i, t->value + i);
    }
    return st;
}

/* ---- products ------------------------------------------------------------------------------- */

/* Constants longer than that are not multiplied. */
#define MAX_BITS 1e6

static qd_status check_bits(qd_onnx__node *n, const fmpq *x, const fmpq *y, double times)
{
    double bits = times * (double) (fmpz_bits(fmpq_numref(x)) + fmpz_bits(fmpq_denref(x)));
    if (y != NULL) bits += (double) (fmpz_bits(fmpq_numref(y)) + fmpz_bits(fmpq_denref(y)));
    return bits <= MAX_BITS ? QD_OK : qd_onnx__fail(n, "a constant would have %.3g bits, expected at most %.3g", bits, MAX_BITS);
}

static qd_status mul_entry(const pair *p, slong to, slong i, slong j)
{
    if (p->n->out->form == NULL) {
        qd_status st = check_bits(p->n, p->a->value + i, p->b->value + j, 1);
        if (st == QD_OK) fmpq_mul(p->n->out->value + to, p->a->value + i, p->b->value + j);
        return st;
    }
    if (p->a->form != NULL && p->b->form != NULL)
        qd_onnx__tensor_form(p->n->out, to, qd_onnx__multiply(p->n->run, p->a->form[i], p->b->form[j]));
    else {
        qd_onnx__sum_add(&p->n->run->sum, p->a->form == NULL ? p->a->value + i : p->b->value + j,
                         p->a->form != NULL ? p->a->form[i] : p->b->form[j]);
        qd_onnx__tensor_form(p->n->out, to, qd_onnx__sum_take(&p->n->run->sum));
    }
    return QD_OK;
}

/* A long tensor that others use too is multiplied as a variable. */
static void settle_shared(qd_onnx__node *n)
{
    for (int k = 0; k < n->nin; k++)
        if (n->in[k] != NULL && n->in[k]->form != NULL && n->in[k]->uses > 0) qd_onnx__settle(n->run, n->in[k]);
}

static qd_status mul(qd_onnx__node *n)
{
    pair p;
    if (n->in[0]->form != NULL && n->in[1]->form != NULL) settle_shared(n);
    qd_status st = begin(&p, n);
    return st == QD_OK ? each(&p, mul_entry) : st;
}

static qd_status div_entry(const pair *p, slong to, slong i, slong j)
{
    const fmpq *d = p->b->value + j;
    fmpq_t inverse;
    if (fmpq_is_zero(d)) return qd_onnx__fail(p->n, "it divides by 0");
    if (p->n->out->form == NULL) {
        fmpq *y = p->n->out->value + to;
        fmpq_div(y, p->a->value + i, d);
        if (p->n->out->integer) {
            fmpz_tdiv_q(fmpq_numref(y), fmpq_numref(y), fmpq_denref(y));
            fmpz_one(fmpq_denref(y));
        }
        return QD_OK;
    }
    fmpq_init(inverse);
    fmpq_inv(inverse, d);
    qd_onnx__sum_add(&p->n->run->sum, inverse, p->a->form[i]);
    qd_onnx__tensor_form(p->n->out, to, qd_onnx__sum_take(&p->n->run->sum));
    fmpq_clear(inverse);
    return QD_OK;
}

static qd_status divide(qd_onnx__node *n)
{
    pair p;
    qd_status st = qd_onnx__need_constant(n, 1, "division by computed values is no polynomial");
    if (st == QD_OK) st = begin(&p, n);
    return st == QD_OK ? each(&p, div_entry) : st;
}

/* ---- powers --------------------------------------------------------------------------------- */

/* f^r, r >= 3, as a unit z^r. */
static qd_onnx_form *to_power(qd_onnx__run *run, qd_onnx_form *f, int64_t r, slong level)
{
    if (!qd_onnx__form_constant(f)) return qd_onnx__unit(run, QD_RAISE, r, NULL, f, level);
    qd_onnx_form *g = qd_onnx__form_new();
    fmpq_pow_si(g->c, f->c, r);
    return g;
}

static qd_status pow_entry(const pair *p, slong to, slong i, slong j)
{
    const fmpq *e = p->b->value + j;
    qd_onnx__tensor *out = p->n->out;
    if (!fmpz_is_one(fmpq_denref(e)) || fmpz_cmp_si(fmpq_numref(e), 1) < 0 || fmpz_cmp_si(fmpq_numref(e), QD_MAX_POWER) > 0) {
        qd_buf_t text;
        qd_buf_init(text);
        qd_rat_print_decimal(text, e, 10);
        qd_onnx__fail(p->n, "found the exponent %s, expected an integer from 1 to %d", qd_buf_str(text), QD_MAX_POWER);
        qd_buf_clear(text);
        return QD_EINPUT;
    }
    int64_t r = fmpz_get_si(fmpq_numref(e));
    if (out->form == NULL) {
        qd_status st = check_bits(p->n, p->a->value + i, NULL, (double) r);
        if (st == QD_OK) fmpq_pow_si(out->value + to, p->a->value + i, r);
        return st;
    }
    if (r == 1) qd_onnx__tensor_form(out, to, qd_onnx__form_ref(p->a->form[i]));
    else if (r == 2) qd_onnx__tensor_form(out, to, qd_onnx__multiply(p->n->run, p->a->form[i], p->a->form[i]));
    else qd_onnx__tensor_form(out, to, to_power(p->n->run, p->a->form[i], r, qd_onnx__level(p->a)));
    return QD_OK;
}

static qd_status power(qd_onnx__node *n)
{
    pair p;
    qd_status st = qd_onnx__need_constant(n, 1, "expected a constant exponent");
    settle_shared(n);
    if (st == QD_OK) st = begin(&p, n);
    return st == QD_OK ? each(&p, pow_entry) : st;
}

const qd_onnx__op qd_onnx__arithmetic_ops[] = {
    {"Add", add, 2, 2}, {"Sub", sub, 2, 2},       {"Mul", mul, 2, 2},   {"Div", divide, 2, 2},
    {"Neg", neg, 1, 1}, {"Sum", sum, 1, 1 << 20}, {"Pow", power, 2, 2}, {NULL, NULL, 0, 0},
};
