/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What meets over a critical abscissa a. A height h at which no curve passes over a links the cell to the left of (a, h) with the cell
   to the right; every open piece of the line over a between neighbouring zeros of the curves holds such a height.

   Over a rational a, the zeros are computed. Over an irrational one, heights between the roots of the stacks close to a on both sides are
   tried, ever closer; a link joins cells in which every curve has the same sign, so that the heights that were found are all that
   matters as soon as no other pair of cells that could lie between two of them has equal signs. If that does not come about (two curves
   touch over a), the zeros are among the real roots of the resultants in x of the polynomial of a and the curves. */
#include "impl.h"
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 3, NARROW = 100 /* bits of a round */ };

/* lo < a < hi, both in the neighbouring stacks. */
typedef struct {
    oracle_root a;
    mpq_t lo, hi, below, above; /* the neighbours of lo and hi, if there are */
    int has_below, has_above;
} bracket;

static void bracket_init(bracket *b, const decomposition *d, int i)
{
    root_copy(&b->a, d->at.r[i]);
    mpq_init(b->lo);
    mpq_init(b->hi);
    mpq_init(b->below);
    mpq_init(b->above);
    b->has_below = i > 0 || d->bounded;
    b->has_above = i + 1 < d->at.n || d->bounded;
    if (b->has_below) mpq_set(b->below, i > 0 ? d->at.r[i - 1]->hi : d->lo);
    if (b->has_above) mpq_set(b->above, i + 1 < d->at.n ? d->at.r[i + 1]->lo : d->hi);
    if (root_is_rational(&b->a)) {
        mpq_set_ui(b->lo, 1, 1);
        mpq_sub(b->lo, b->a.lo, b->lo);
    } else mpq_set(b->lo, b->a.lo);
    mpq_set(b->hi, b->a.hi);
}

static void bracket_clear(bracket *b)
{
    root_clear(&b->a);
    mpq_clear(b->lo);
    mpq_clear(b->hi);
    mpq_clear(b->below);
    mpq_clear(b->above);
}

/* Narrower by `bits`, and inside the neighbouring stacks. */
static void bracket_narrow(bracket *b, int bits)
{
    mpq_t width;

    mpq_init(width);
    if (root_is_rational(&b->a)) {
        mpq_sub(width, b->a.lo, b->lo);
        do {
            mpq_div_2exp(width, width, bits);
            mpq_sub(b->lo, b->a.lo, width);
            mpq_add(b->hi, b->a.lo, width);
        } while ((b->has_below && mpq_cmp(b->lo, b->below) <= 0) || (b->has_above && mpq_cmp(b->hi, b->above) >= 0));
    } else {
        for (int i = 0; i < bits; i++) root_refine(&b->a);
        mpq_set(b->lo, b->a.lo);
        mpq_set(b->hi, b->a.hi);
    }
    mpq_clear(width);
}

/* Has p certainly no zero in [lo, hi]? By the mean value theorem: |p(lo)| > (hi - lo) sum i |c_i| R^(i-1). */
static int has_no_zero(const oracle_poly *p, const bracket *b)
{
    mpq_t value, slope, r, power, t;
    int none;

    mpq_init(value);
    mpq_init(slope);
    mpq_init(r);
    mpq_init(power);
    mpq_init(t);
    mpq_abs(r, b->lo);
    mpq_abs(t, b->hi);
    if (mpq_cmp(t, r) > 0) mpq_set(r, t);
    mpq_set_ui(power, 1, 1);
    for (int i = 1; i < p->len; i++) {
        mpq_abs(t, p->c[i]);
        mpq_mul(t, t, power);
        mpq_set_ui(value, i, 1);
        mpq_mul(t, t, value);
        mpq_add(slope, slope, t);
        mpq_mul(power, power, r);
    }
    mpq_sub(t, b->hi, b->lo);
    mpq_mul(slope, slope, t);
    qpoly_eval(value, p, b->lo);
    mpq_abs(value, value);
    none = mpq_cmp(value, slope) > 0;
    mpq_clear(value);
    mpq_clear(slope);
    mpq_clear(r);
    mpq_clear(power);
    mpq_clear(t);
    return none;
}

/* No curve passes height h between lo and hi. */
static int is_free(const curve_list *curves, const bracket *b, const mpq_t h)
{
    oracle_poly p;
    int none = 1;

    qpoly_init(&p);
    for (int i = 0; i < curves->n && none; i++) {
        bpoly_at_y(&p, curves->f + i, h);
        none = has_no_zero(&p, b);
    }
    qpoly_clear(&p);
    return none;
}

/* The stacks at lo and hi; they must be like those of the decomposition. */
static void stack_near(plane_stack *s, const decomposition *d, int i, const mpq_t x)
{
    const plane_stack *like = d->stack + i;

    plane_stack_init(s, &d->curves, x);
    if (s->section.n != like->section.n || memcmp(s->owner, like->owner, s->section.n * sizeof *s->owner) != 0)
        abort(); /* not delineable */
}

static int cell_at(plane_stack *s, const mpq_t h)
{
    int k = 0;

    while (k < s->section.n && root_cmp_rational(s->section.r[k], h) < 0) k++;
    return k;
}

/* Puts the pair into its place; pairs ascend in both. */
static void add_contact(contact **pairs, int *n, int left, int right)
{
    int k = *n;

    while (k > 0 && (*pairs)[k - 1].left + (*pairs)[k - 1].right > left + right) k--;
    if (k > 0 && (*pairs)[k - 1].left == left && (*pairs)[k - 1].right == right) return;
    if ((k > 0 && ((*pairs)[k - 1].left > left || (*pairs)[k - 1].right > right)) ||
        (k < *n && ((*pairs)[k].left < left || (*pairs)[k].right < right)))
        abort(); /* links cross: the oracle is wrong */
    *pairs = realloc(*pairs, (*n + 1) * sizeof **pairs);
    if (*pairs == NULL) abort();
    memmove(*pairs + k + 1, *pairs + k, (*n - k) * sizeof **pairs);
    (*pairs)[k] = (contact){left, right};
    ++*n;
}

/* The link at height h, if it is one. */
static void try_height(contact **pairs, int *n, const decomposition *d, const bracket *b, plane_stack *left, plane_stack *right,
                       const mpq_t h)
{
    if (is_free(&d->curves, b, h)) add_contact(pairs, n, cell_at(left, h), cell_at(right, h));
}

/* May pairs of cells that are not there lie between two that follow each other? */
static int is_open(const contact *pairs, int n, const plane_stack *left, const plane_stack *right)
{
    for (int k = 0; k <= n; k++) {
        contact from = k > 0 ? pairs[k - 1] : (contact){0, 0};
        contact to = k < n ? pairs[k] : (contact){left->section.n, right->section.n};
        for (int i = from.left; i <= to.left; i++)
            for (int j = from.right; j <= to.right; j++) {
                if (k > 0 && i == from.left && j == from.right) continue;
                if (k < n && i == to.left && j == to.right) continue;
                if (strcmp(left->sign[i], right->sign[j]) == 0) return 1;
            }
    }
    return 0;
}

/* All heights between the numbers of the list, which are all zeros over a and perhaps others. */
static int from_zeros(contact **pairs, decomposition *d, int i, bracket *b, root_list *zeros)
{
    mpq_t *h = oracle_alloc(zeros->n + 1, sizeof(mpq_t));
    plane_stack left, right;
    int n = 0;

    for (int k = 0; k <= zeros->n; k++) mpq_init(h[k]);
    heights_between(h, zeros);
    bracket_narrow(b, 1);
    for (int k = 0; k <= zeros->n; k++)
        while (!is_free(&d->curves, b, h[k])) bracket_narrow(b, 10);
    stack_near(&left, d, i, b->lo);
    stack_near(&right, d, i + 1, b->hi);
    for (int k = 0; k <= zeros->n; k++) {
        add_contact(pairs, &n, cell_at(&left, h[k]), cell_at(&right, h[k]));
        mpq_clear(h[k]);
    }
    plane_stack_clear(&left);
    plane_stack_clear(&right);
    free(h);
    return n;
}

static int over_rational(contact **pairs, decomposition *d, int i, bracket *b)
{
    root_list zeros = {0};
    oracle_poly p;
    oracle_zpoly z;
    int n;

    qpoly_init(&p);
    zpoly_init(&z);
    for (int k = 0; k < d->curves.n; k++) {
        bpoly_at_x(&p, d->curves.f + k, b->a.lo);
        zpoly_set_qpoly(&z, &p);
        zpoly_radical(&z, &z);
        roots_merge(&zeros, &z, 1);
    }
    n = from_zeros(pairs, d, i, b, &zeros);
    for (int k = 0; k < zeros.n; k++) root_free(zeros.r[k]);
    free(zeros.r);
    qpoly_clear(&p);
    zpoly_clear(&z);
    return n;
}

static int over_irrational(contact **pairs, decomposition *d, int i, bracket *b)
{
    root_list zeros = {0};
    oracle_poly p;
    oracle_zpoly z;
    bpoly m, f;
    int n;

    qpoly_init(&p);
    zpoly_init(&z);
    bpoly_init(&m);
    bpoly_init(&f);
    qpoly_set_zpoly(&p, &b->a.poly);
    bpoly_set_kronecker(&m, &p, 1);
    for (int k = 0; k < d->curves.n; k++) {
        bpoly_transpose(&f, d->curves.f + k);
        bpoly_resultant(&p, &f, &m);
        zpoly_set_qpoly(&z, &p);
        zpoly_radical(&z, &z);
        roots_merge(&zeros, &z, 1);
    }
    n = from_zeros(pairs, d, i, b, &zeros);
    for (int k = 0; k < zeros.n; k++) root_free(zeros.r[k]);
    free(zeros.r);
    qpoly_clear(&p);
    zpoly_clear(&z);
    bpoly_clear(&m);
    bpoly_clear(&f);
    return n;
}

/* One round; the pairs of earlier rounds stay. Done? */
static int try_round(contact **pairs, int *n, decomposition *d, int i, bracket *b)
{
    plane_stack left, right;
    int open;

    stack_near(&left, d, i, b->lo);
    stack_near(&right, d, i + 1, b->hi);
    for (int k = 0; k <= left.section.n; k++) try_height(pairs, n, d, b, &left, &right, left.y[k]);
    for (int k = 0; k <= right.section.n; k++) try_height(pairs, n, d, b, &left, &right, right.y[k]);
    open = is_open(*pairs, *n, &left, &right);
    plane_stack_clear(&left);
    plane_stack_clear(&right);
    return !open;
}

int contacts_find(contact **pairs, decomposition *d, int i)
{
    bracket b;
    int n = 0;

    *pairs = NULL;
    bracket_init(&b, d, i);
    if (root_is_rational(&b.a)) n = over_rational(pairs, d, i, &b);
    else {
        int done = 0;
        for (int round = 0; round < ROUNDS && !(done = try_round(pairs, &n, d, i, &b)); round++) bracket_narrow(&b, NARROW);
        if (!done) {
            free(*pairs);
            *pairs = NULL;
            n = over_irrational(pairs, d, i, &b);
        }
    }
    bracket_clear(&b);
    return n;
}
