/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of neurons again, on polynomials. Written a second time rather than shared with
   oracle_eval, so that the two can be held against each other. */
#include "impl.h"

/* r += w.a */
static void add_dot(oracle_poly *r, const mpq_t *w, const oracle_poly *a, int n)
{
    for (int i = 0; i < n; i++) qpoly_addmul(r, a + i, w[i]);
}

static void add_constant(oracle_poly *r, const mpq_t c)
{
    oracle_poly p;
    mpq_t zero;

    qpoly_init(&p);
    mpq_init(zero);
    qpoly_linear(&p, c, zero);
    qpoly_add(r, r, &p);
    qpoly_clear(&p);
    mpq_clear(zero);
}

/* r += c p q */
static void add_product(oracle_poly *r, const mpq_t c, const oracle_poly *p, const oracle_poly *q)
{
    oracle_poly t;

    if (mpq_sgn(c) == 0) return;
    qpoly_init(&t);
    qpoly_mul(&t, p, q);
    qpoly_addmul(r, &t, c);
    qpoly_clear(&t);
}

/* r += w.(a*a) */
static void add_squares(oracle_poly *r, const mpq_t *w, const oracle_poly *a, int n)
{
    for (int i = 0; i < n; i++) add_product(r, w[i], a + i, a + i);
}

/* r += sum over i <= k of A_ik a_i a_k */
static void add_triangle(oracle_poly *r, const mpq_t *A, const oracle_poly *a, int n)
{
    for (int i = 0; i < n; i++)
        for (int k = i; k < n; k++) add_product(r, *A++, a + i, a + k);
}

/* r += the entries of a sparse unit */
static void add_entries(oracle_poly *r, const sparse_unit *unit, const oracle_poly *a)
{
    for (int k = 0; k < unit->n; k++)
        if (unit->j[k] < 0) qpoly_addmul(r, a + unit->i[k], unit->c[k]);
        else add_product(r, unit->c[k], a + unit->i[k], a + unit->j[k]);
}

void lower_neuron(oracle_poly *r, const oracle_layer *l, int j, const oracle_poly *a)
{
    int n = l->in;
    mpq_t *const *p = l->param;
    oracle_poly z, u, v;

    qpoly_init(&z);
    qpoly_init(&u);
    qpoly_init(&v);
    switch (l->kind) {
    case KIND_LINEAR:
        add_dot(&z, p[0] + j * n, a, n);
        add_constant(&z, p[1][j]);
        break;
    case KIND_QUADRATIC:
    case KIND_PRODUCT:
        add_dot(&u, p[0] + j * n, a, n);
        add_constant(&u, p[1][j]);
        add_dot(&v, p[2] + j * n, a, n);
        add_constant(&v, p[3][j]);
        qpoly_mul(&z, &u, &v);
        if (l->kind == KIND_QUADRATIC) {
            add_squares(&z, p[4] + j * n, a, n);
            add_constant(&z, p[5][j]);
        }
        break;
    case KIND_COMPACT:
        add_dot(&z, p[0] + j * n, a, n);
        add_squares(&z, p[1] + j * n, a, n);
        add_constant(&z, p[2][j]);
        break;
    case KIND_PRODUCT_LINEAR:
        add_dot(&u, p[0] + j * n, a, n);
        add_dot(&v, p[1] + j * n, a, n);
        qpoly_mul(&z, &u, &v);
        add_dot(&z, p[2] + j * n, a, n);
        add_constant(&z, p[3][j]);
        break;
    case KIND_FULL:
        add_triangle(&z, p[0] + j * (n * (n + 1) / 2), a, n);
        add_dot(&z, p[1] + j * n, a, n);
        add_constant(&z, p[2][j]);
        break;
    case KIND_POWER:
        add_squares(&z, p[0] + j * n, a, n);
        add_constant(&z, p[1][j]);
        break;
    case KIND_SPARSE:
        add_entries(&z, l->unit + j, a);
        add_constant(&z, l->unit[j].b);
        break;
    }
    qpoly_set(r, &z);
    qpoly_clear(&z);
    qpoly_clear(&u);
    qpoly_clear(&v);
}

static void set_multiple(oracle_poly *r, const oracle_poly *z, int factor)
{
    mpq_t c;

    mpq_init(c);
    mpq_set_si(c, factor, 1);
    qpoly_scale(r, z, c);
    mpq_clear(c);
}

void lower_activation(oracle_poly *r, const oracle_layer *l, int j, const oracle_poly *z, int active)
{
    const activation_of_unit *act = unit_activation(l, j);

    switch (act->activation) {
    case ACT_IDENTITY:
        qpoly_set(r, z);
        break;
    case ACT_RELU:
        set_multiple(r, z, active ? 1 : 0);
        break;
    case ACT_ABS:
        set_multiple(r, z, active ? 1 : -1);
        break;
    case ACT_LEAKY_RELU:
        if (active) qpoly_set(r, z);
        else qpoly_scale(r, z, act->slope);
        break;
    case ACT_SQUARE:
        qpoly_pow(r, z, 2);
        break;
    case ACT_POWER:
        qpoly_pow(r, z, act->power);
        break;
    }
}
