/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Roots of a squarefree polynomial in a bounded interval: Descartes' rule and bisection. The signs at the ends of a node
   are known exactly ("just inside" where the end is itself a root), so the number of variations has a known
   parity, and the ends of the form count with these signs whatever their balls say.

   A node whose variations are not decided is halved all the same while most coefficients have a sign; else it
   is computed again: from the fixed-point form of its parent where there is one, otherwise from p. A node
   computed from p has 64 good bits relative to its largest coefficient, and is then halved. So the search ends:
   near a simple root, and away from roots, the forms of short intervals are close to linear ones and decided. */
#include "exact/impl.h"

typedef struct {
    qd_root_tree tree;
    qd_root_node *stack;
    qd_alg_list_struct *out;
    qd_ctx_struct *ctx;
    slong work; /* since the last look at the budget */
} search;

/* About a millisecond between two looks at the budget. */
#define BUDGET_WORK 1000000
/* The form of the first interval is n + 1 integers of at least n bits, and binomials: so much time for n^2 bits, at least. */
#define LARGE_DEGREE 2000
#define SECONDS 2e-9

enum verdict { NONE, ONE, MANY, OPEN, POOR }; /* OPEN: not decided; POOR: few coefficients have a sign */

static enum verdict judge(qd_root_node *v)
{
    qd_form *f = &v->form;
    slong n = f->degree, lo, hi, open = 0;
    double x = f->mid[0], ex = f->rad[0], y = f->mid[n], ey = f->rad[n];
    f->mid[0] = v->left;
    f->mid[n] = v->right;
    f->rad[0] = f->rad[n] = 0;
    qd_form_variations(&lo, &hi, f);
    f->mid[0] = x;
    f->rad[0] = ex;
    f->mid[n] = y;
    f->rad[n] = ey;
    if (hi == 0) return NONE;
    if (hi == 1) return ONE;
    if (lo >= 2) return MANY;
    for (slong k = 1; k < n; k++) open += qd_form_sign_at(f, k) == 2;
    return v->fresh || 8 * open <= n + 8 ? OPEN : POOR;
}

static void push(search *s, qd_root_node *v)
{
    v->next = s->stack;
    s->stack = v;
}

static void push_root(search *s, const fmpz_t m, slong e)
{
    qd_root_node *v = qd_root_node__new(&s->tree);
    v->is_root = 1;
    fmpz_set(v->m, m);
    v->e = e;
    push(s, v);
}

static void ends(fmpq_t lo, fmpq_t hi, const search *s, const qd_root_node *v)
{
    fmpz_t t;
    fmpz_init(t);
    fmpz_add(t, v->m, s->tree.w);
    qd_dyadic__set(lo, v->m, v->e);
    qd_dyadic__set(hi, t, v->e);
    fmpz_clear(t);
}

static int derivative_sign(const fmpz_poly_t p, const fmpq_t x)
{
    fmpz_poly_t d;
    fmpz_poly_init(d);
    fmpz_poly_derivative(d, p);
    int s = qd_point__sign(d, x);
    fmpz_poly_clear(d);
    return s;
}

/* The only root of v; ends that are roots themselves are moved inwards. */
static void found(search *s, const qd_root_node *v)
{
    qd_alg_struct *a = qd_alg_list_add(s->out, NULL);
    ends(a->lo, a->hi, s, v);
    int root_left = v->root_left, root_right = v->root_right;
    if (!root_left && !root_right) return;
    fmpq_t m;
    fmpq_init(m);
    while (root_left || root_right) {
        fmpq_add(m, a->lo, a->hi);
        fmpq_div_2exp(m, m, 1);
        int t = qd_point__sign(s->tree.p, m);
        if (t == 0) {
            fmpq_set(a->lo, m);
            fmpq_set(a->hi, m);
            break;
        }
        if (t == v->left) {
            fmpq_swap(a->lo, m);
            root_left = 0;
        } else {
            fmpq_swap(a->hi, m);
            root_right = 0;
        }
    }
    fmpq_clear(m);
}

/* Sets the ends of the halves, except their forms: signs at the middle come from the ball there or exactly. */
static void set_middle(search *s, qd_root_node *l, qd_root_node *r)
{
    fmpq_t m;
    int t = qd_form_sign_at(&r->form, 0);
    l->right = r->left = t;
    if (t == 1 || t == -1) return;
    fmpq_init(m);
    qd_dyadic__set(m, r->m, r->e);
    t = qd_point__sign(s->tree.p, m);
    l->right = r->left = t;
    if (t == 0) {
        l->root_right = r->root_left = 1;
        r->left = derivative_sign(s->tree.p, m);
        l->right = -r->left;
    }
    fmpq_clear(m);
}

static void halve(search *s, qd_root_node *v)
{
    qd_root_tree *t = &s->tree;
    qd_root_node *l = qd_root_node__new(t), *r = qd_root_node__new(t);
    fmpz_mul_2exp(l->m, v->m, 1);
    fmpz_add(r->m, l->m, t->w);
    l->e = r->e = v->e - 1;
    l->left = v->left;
    l->root_left = v->root_left;
    r->right = v->right;
    r->root_right = v->root_right;
    qd_root_node__halve(l, r, v);
    set_middle(s, l, r);
    enum verdict a = judge(l), b = judge(r);
    if ((a == POOR || b == POOR) && v->fixed != NULL) {
        qd_root_node__halve_fixed(l, r, v);
        a = judge(l);
        b = judge(r);
        s->work += 20 * t->n * t->n;
    }
    s->work += t->n * t->n + 100;
    if (b != NONE) push(s, r);
    else qd_root_node__drop(t, r);
    if (l->root_right) push_root(s, r->m, r->e);
    if (a != NONE) push(s, l);
    else qd_root_node__drop(t, l);
}

static qd_status run(search *s)
{
    qd_status st = QD_OK;
    while (s->stack != NULL) {
        qd_root_node *v = s->stack;
        s->stack = v->next;
        if (v->is_root) {
            qd_alg_struct *a = qd_alg_list_add(s->out, NULL);
            qd_dyadic__set(a->lo, v->m, v->e);
            fmpq_set(a->hi, a->lo);
        } else {
            enum verdict verdict = judge(v);
            if (verdict == POOR) {
                qd_root_node__compute(v, &s->tree);
                s->work += 40 * s->tree.n * s->tree.n;
                verdict = judge(v);
            }
            if (verdict == ONE) found(s, v);
            else if (verdict != NONE) halve(s, v);
        }
        qd_root_node__drop(&s->tree, v);
        if (s->work > BUDGET_WORK) {
            s->work = 0;
            if ((st = qd_ctx_budget(s->ctx)) != QD_OK) break;
        }
    }
    return st;
}

/* Pushes the node that is the whole interval, and its ends where they are roots. */
static void start(search *s, const fmpq_t a, const fmpq_t b)
{
    qd_root_tree *t = &s->tree;
    qd_root_node *v = qd_root_node__new(t);
    slong k = (slong) fmpz_val2(fmpq_denref(a)), l = (slong) fmpz_val2(fmpq_denref(b));
    fmpz_t right;
    fmpz_init(right);
    v->e = k > l ? -k : -l;
    fmpz_mul_2exp(v->m, fmpq_numref(a), (ulong) (-v->e - k));
    fmpz_mul_2exp(right, fmpq_numref(b), (ulong) (-v->e - l));
    fmpz_sub(t->w, right, v->m);
    v->left = qd_point__sign(t->p, a);
    v->right = qd_point__sign(t->p, b);
    v->root_left = v->left == 0;
    v->root_right = v->right == 0;
    if (v->root_left) v->left = derivative_sign(t->p, a);
    if (v->root_right) v->right = -derivative_sign(t->p, b);
    qd_root_node__compute(v, t);
    if (v->root_right) push_root(s, right, v->e);
    push(s, v);
    if (v->root_left) push_root(s, v->m, v->e);
    fmpz_clear(right);
}

qd_status qd_root__tree(qd_alg_list_t out, const fmpz_poly_t p, const fmpq_t a, const fmpq_t b, qd_ctx_t ctx)
{
    search s[1];
    slong n = fmpz_poly_degree(p);
    double square = (double) n * (double) n;
    qd_status st =
        qd_ctx_foresee(ctx, square, n < LARGE_DEGREE ? 0 : SECONDS * square, "the roots of a polynomial of degree %ld", (long) n);
    if (st != QD_OK) return st;
    s->tree.p = p;
    s->tree.n = n;
    fmpz_init(s->tree.w);
    s->tree.prec = 128;
    s->tree.spare = s->stack = NULL;
    s->tree.binomial = _fmpz_vec_init(n + 1);
    s->out = out;
    s->ctx = ctx;
    s->work = 0;
    fmpz_one(s->tree.binomial);
    for (slong k = 1; k <= n; k++) {
        fmpz_mul_ui(s->tree.binomial + k, s->tree.binomial + k - 1, (ulong) (n - k + 1));
        fmpz_divexact_ui(s->tree.binomial + k, s->tree.binomial + k, (ulong) k);
    }
    start(s, a, b);
    st = run(s);
    qd_root_node__free(s->stack);
    qd_root_node__free(s->tree.spare);
    _fmpz_vec_clear(s->tree.binomial, n + 1);
    fmpz_clear(s->tree.w);
    return st;
}
