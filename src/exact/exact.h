/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: exact numbers.

   rat    rationals from text
   vec    vectors of rationals
   form   polynomials on an interval as Bernstein forms of double balls: the fast filter
   alg    real algebraic numbers
   root   isolation of the real roots of an integer polynomial, inside an interval
   expr   expressions (expr.h) in balls

   Filters decide first (doubles with radii, then Arb), exact integer arithmetic decides last; every
   answer is exact. Foreign libraries: GMP, MPFR, FLINT with Arb (compat.h).
   Nothing here knows networks. */
#ifndef QD_EXACT_H
#define QD_EXACT_H

#include "exact/compat.h"
#include "expr/expr.h"
#include "io/io.h"

#ifdef __cplusplus
extern "C" {
#endif

/* qd_parallel_for for items that compute with the numbers below: what FLINT keeps for a worker thread is freed when the loop
   ends.   -> what qd_parallel_for answers */
qd_status qd_exact_for(int64_t n, qd_body_fn body, void *arg, qd_ctx_t ctx);

/* From now on GMP, MPFR and FLINT allocate with qd_malloc and friends, so that qd_nomem_handler hears of memory that is refused, instead of
   an abort. The handler must not return then. Once, before any number is made, and by the program: these settings belong to the process. */
void qd_exact_memory(void);

/* ---- rat --------------------------------------------------------------------------------- */

/* Largest decimal exponent that is read, as absolute value. */
#define QD_MAX_EXPONENT 100000

/* x from "[+-]digits", "[+-]digits/digits" or a decimal "[+-]digits[.digits][(e|E)[+-]digits]" (one digit at
   least before or after the point), meaning exactly what it says; no blanks.
     -> QD_OK; QD_EINPUT with a sentence that quotes the text (shortened) and says what is wrong:
        not a number, zero denominator, exponent beyond +-QD_MAX_EXPONENT
   The reverse is qd_rat_print. */
qd_status qd_rat_set_str(fmpq_t x, const char *s, size_t len, qd_ctx_t ctx);

/* The number that a node of a document says, by the rules above: a string or a number. `what` names the value in messages, which say
   line and column: QD_EINPUT. */
qd_status qd_rat_from_node(fmpq_t x, const qd_node *node, const char *what, qd_ctx_t ctx);

/* A point "x1,x2,..." of rationals: n numbers or QD_EINPUT. v has room for n. */
qd_status qd_rat_set_list(fmpq *v, slong n, const char *s, qd_ctx_t ctx);

/* x as an integer or a fraction in lowest terms, appended to out. */
void qd_rat_print(qd_buf_t out, const fmpq_t x);
/* As a value of a JSON document: a rational is a string, so that no reader rounds it; a polynomial is the list of its coefficients,
   lowest first, at least one; an integer is a number, whatever its length. */
void qd_rat_json(qd_json_t w, const char *key, const fmpq_t x);
void qd_poly_json(qd_json_t w, const char *key, const fmpq_poly_t p);
void qd_fmpz_json(qd_json_t w, const char *key, const fmpz_t x);

/* Decimal rendering of x to `digits` significant digits (1 when fewer are asked for), rounded to nearest, ties to
   even, appended to out. Zeros at the end are dropped when nothing was rounded: 1/2 is 0.5. Notation as in
   qd_alg_print_decimal. */
void qd_rat_print_decimal(qd_buf_t out, const fmpq_t x, slong digits);

/* Exactly the rational value of a double (finite). */
void qd_rat_set_double(fmpq_t x, double d);

/* A type of floats: significant bits (at most 53), and the exponents of its smallest (subnormal) and its largest numbers as
   2^exponent times a mantissa in [1/2, 1). */
typedef struct {
    int bits, min, max;
} qd_float;
extern const qd_float qd_float16, qd_bfloat16, qd_float32, qd_float64;
/* The nearest number of the type, ties to even; infinite where that is beyond the largest. */
double qd_rat_nearest(const fmpq_t x, const qd_float *type);

/* ---- vec --------------------------------------------------------------------------------- */

typedef struct {
    slong n;
    fmpq *e; /* owned, length n; NULL when n = 0 */
} qd_vec_struct;
typedef qd_vec_struct qd_vec_t[1];

void qd_vec_init(qd_vec_t v); /* length 0 */
void qd_vec_clear(qd_vec_t v);
void qd_vec_swap(qd_vec_t v, qd_vec_t w);
void qd_vec_resize(qd_vec_t v, slong n); /* new entries are 0 */
void qd_vec_set(qd_vec_t v, const qd_vec_t w);
int qd_vec_equal(const qd_vec_t v, const qd_vec_t w);

/* ---- form -------------------------------------------------------------------------------- */

/* A polynomial p of formal degree m on an open interval, as the homogeneous form
       P(u,v) = sum_k c_k u^k v^(m-k),  u, v > 0,
   where (u : v) runs from the left end (0 : 1) to the right end (1 : 0). For [a,b] x = (a v + b u)/(u + v) and
   P = (u+v)^m p(x); for [a,oo) x = (a v + u)/v, P = v^m p(x); for (-oo,b] x = (b u - v)/u, P = u^m p(x). So
   the sign of P is the sign of p, c_k is the k-th Bernstein coefficient times binomial(m,k) (bounded
   interval), the product of two polynomials is the convolution of their coefficients, and by Descartes'
   rule the number of roots in the open interval, with multiplicity, is at most the number of sign variations of
   (c_k), with the same parity [Rou-Zim04].
   Each c_k is a ball: |c_k - mid[k]| <= rad[k]. mid = rad = 0 means exactly zero. A NaN or an
   infinity says nothing: all tests below are written so that it decides nothing. */
typedef struct {
    slong degree;      /* formal degree m >= 0 */
    double *mid, *rad; /* borrowed, length m + 1 each */
} qd_form;

/* Above this formal degree binomials leave the range of a double. */
#define QD_FORM_MAX_DEGREE 500

/* Range [*lo, *hi] of the number of sign variations over all choices inside the balls. */
void qd_form_variations(slong *lo, slong *hi, const qd_form *p);

/* Certified sign of coefficient k: -1, 0 (exactly zero), 1, or 2 when the ball decides nothing. */
int qd_form_sign_at(const qd_form *p, slong k);

/* +1 / -1: certified p > 0 / p < 0 on the whole open interval; 0: p is the zero polynomial; 2: not decided. */
int qd_form_sign(const qd_form *p);

/* P(u,v) / max(u,v)^m, and a bound of its error; u, v > 0 doubles with relative error at most 2^-52 each (one
   of them may be 0). */
double qd_form_eval(double *error, const qd_form *p, double u, double v);

/* r = p * q, degree p->degree + q->degree; r has room, and is neither p nor q. work: room for
   2 * (q->degree + 1) doubles. Values must be below 2^500 and non-zero ones above 2^-500 or flushed
   (qd_form_flush). */
void qd_form_mul(qd_form *r, const qd_form *p, const qd_form *q, double *work);

/* Replaces balls inside (-QD_FORM_TINY, QD_FORM_TINY) that are not exactly zero by 0 +- QD_FORM_TINY. Then a product of two flushed
   numbers, two factors above 2^-100 and a rounding error 2^-53 is still a normal double: no bound underflows. */
#define QD_FORM_TINY 0x1p-360
void qd_form_flush(qd_form *p);

/* ---- alg --------------------------------------------------------------------------------- */

/* A real algebraic number: a rational value, or the only root of a squarefree primitive integer polynomial (positive
   leading coefficient, degree >= 2) in the open interval (lo, hi) with dyadic ends, where the polynomial
   is non-zero at both ends (so it changes sign). A rational number may be stored either way until
   qd_alg_simplify. */
typedef struct {
    fmpz_poly_t poly; /* d x - n for the rational n/d */
    fmpq_t lo, hi;    /* lo = hi: the rational value itself */
} qd_alg_struct;
typedef qd_alg_struct qd_alg_t[1];

void qd_alg_init(qd_alg_t a); /* 0 */
void qd_alg_clear(qd_alg_t a);
void qd_alg_swap(qd_alg_t a, qd_alg_t b);
void qd_alg_set(qd_alg_t a, const qd_alg_t b);
void qd_alg_set_fmpq(qd_alg_t a, const fmpq_t x);

/* The root of p in the open interval (lo, hi), which must hold exactly one distinct root of p and none at its ends; p need not
   be squarefree or primitive, and must not be zero.
     -> QD_OK; QD_EDOMAIN when p does not change sign over the interval after removal of repeated factors */
qd_status qd_alg_set_root(qd_alg_t a, const fmpz_poly_t p, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx);

int qd_alg_is_rational_form(const qd_alg_t a); /* stored as a rational */

/* Makes a rational number rational: after it, qd_alg_is_rational_form says whether the number is rational.
   Cheap when the polynomial has no root modulo some small prime; else the interval is refined until at most
   one candidate n/d with d dividing the leading coefficient is left, which is then tried exactly. */
void qd_alg_simplify(qd_alg_t a);

/* Halves (at least) the isolating interval until hi - lo <= 2^-bits * max(1, |a|), quickly: quadratic
   interval refinement [Abb14] with signs from balls. A rational that is met on the way is stored as such. */
void qd_alg_refine(qd_alg_t a, slong bits);

/* Refines a < b until the interval of a lies to the left of the interval of b (they may share an end). */
void qd_alg_separate(qd_alg_t a, qd_alg_t b);

/* Sign of a - b: -1, 0, 1. Inputs are not changed (copies are refined). Equality is decided by a
   greatest common divisor, never by a tolerance. */
int qd_alg_cmp(const qd_alg_t a, const qd_alg_t b);
int qd_alg_cmp_fmpq(const qd_alg_t a, const fmpq_t x);

/* Sign of f(a), exactly. */
int qd_alg_sign_poly(const fmpz_poly_t f, const qd_alg_t a);

/* Multiplicity of a as a root of f != 0; 0 when f(a) != 0. */
slong qd_alg_multiplicity(const fmpz_poly_t f, const qd_alg_t a);

/* Decimal rendering with `digits` significant digits, all correct (the last may be off by one unit); an exact
   zero prints as 0. Fixed notation while the exponent is between -5 and 20, scientific otherwise. */
void qd_alg_print_decimal(qd_buf_t out, const qd_alg_t a, slong digits);

/* A rational strictly between a and b; a < b. Of small height where that is cheap. */
void qd_alg_between(fmpq_t x, const qd_alg_t a, const qd_alg_t b);

/* ---- root -------------------------------------------------------------------------------- */

typedef struct {
    slong n, room;
    qd_alg_struct *e; /* owned, ascending */
} qd_alg_list_struct;
typedef qd_alg_list_struct qd_alg_list_t[1];

void qd_alg_list_init(qd_alg_list_t l);
void qd_alg_list_clear(qd_alg_list_t l);
void qd_alg_list_swap(qd_alg_list_t l, qd_alg_list_t m);
/* Appends a copy of a, or an uninitialised-to-0 element when a is NULL; returns the element. */
qd_alg_struct *qd_alg_list_add(qd_alg_list_t l, const qd_alg_struct *a);

/* The product of the distinct irreducible factors of p != 0 that occur with odd multiplicity (p changes sign exactly at its real roots) /
   of all of them. Primitive, positive leading coefficient; constant 1 when there is none. */
void qd_root_odd_part(fmpz_poly_t q, const fmpz_poly_t p);
void qd_root_squarefree_part(fmpz_poly_t q, const fmpz_poly_t p);

/* All real roots of the squarefree p != 0 in the closed interval [lo, hi], ascending; NULL means
   -infinity / +infinity. Dyadic rational roots that the subdivision meets come as rationals; others may
   stay in polynomial form although rational (qd_alg_simplify). The isolating intervals are pairwise disjoint and lie
   inside [lo, hi] apart from roots at the ends, which are rational.
   Method: Descartes' rule on Bernstein forms, doubles first, then Arb, then exact integers; bisection.
     -> QD_OK; QD_EUNABLE when the budget of ctx ran out
     cost  about degree^2 word operations a subdivision step when doubles decide */
qd_status qd_root_isolate(qd_alg_list_t roots, const fmpz_poly_t p, const fmpq *lo, const fmpq *hi, qd_ctx_t ctx);

/* ---- expr -------------------------------------------------------------------------------- */

/* A part of an interval, on which all that is known of e is known throughout. */
#define QD_EXPR_OPEN 2
typedef struct {
    qd_alg_t at; /* the point, if it is one */
    signed char
        *sign; /* owned, (e->n): for an operation that a sign decides, that sign here: -1, 0, 1, or QD_EXPR_OPEN. It is the sign of the
                          argument of abs, step, sign and sqrt, of a in a^b (b no integer) and atan2(a,b), of a - b in min(a,b) and
                          max(a,b) */
    bool polynomial; /* e is a polynomial here: */
    fmpq_poly_t poly;
} qd_expr_part;
typedef struct {
    slong n;         /* odd: points at even places, open parts between them */
    qd_expr_part *e; /* owned */
} qd_expr_parts_struct;
typedef qd_expr_parts_struct qd_expr_parts_t[1];

void qd_expr_parts_init(qd_expr_parts_t parts); /* none */
void qd_expr_parts_clear(qd_expr_parts_t parts);

/* Cuts [lo, hi], lo < hi, into points (the first is lo, the last hi) and the open parts between them, so that every sign that decides
   an operation is constant on each part wherever it is the sign of a polynomial there (numbers, x, + - *, division by a constant,
   powers, and operations that are decided). All other signs are QD_EXPR_OPEN, and so are those of degree above 256 or height above
   100,000 bits and, where there would be far too many parts, some more. e->nvariables must be 1.
     -> QD_OK; QD_EUNABLE: the budget ran out */
qd_status qd_expr_split(qd_expr_parts_t parts, const qd_expr_t e, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx);

/* lo <= every value of e on the closed box a <= x <= b (length e->nvariables; a = b: a point) <= hi. Numbers are what their digits
   say, exactly; prec bits, rounded outwards. Where an operation is not defined on all of the box, or a value is not finite, lo
   and hi are NaN. a and b may be lo and hi.
     known  NULL, or the signs of a part: then of what e is on that part, and what it tends to at its ends; beyond them the values mean
            nothing, but they are finite where those on the part are */
void qd_expr_range(arf_t lo, arf_t hi, const qd_expr_t e, const signed char *known, const arf_struct *a, const arf_struct *b, slong prec);
/* The same as a ball, on a box of balls; not finite in place of NaN. The radius of a ball made from two ends is rounded up:
   where the end of the box matters (sqrt or a jump at 0), take qd_expr_range. */
void qd_expr_ball(arb_t y, const qd_expr_t e, const signed char *known, const arb_struct *x, slong prec);

/* y = y_0 + ... + y_(n-1) t^(n-1), n >= 1: y_k contains e^(k)(s) / k! for every s in the ball x. e->nvariables must be 1.
     known  NULL, or the signs of a part, and then e is what it is there, continued beyond the ends of the part
     -> 1; 0 (y untouched) where e is not known to be smooth on all of x: at a kink, a jump or outside the domain */
int qd_expr_taylor(arb_poly_t y, const qd_expr_t e, const signed char *known, const arb_t x, slong n, slong prec);

#ifdef __cplusplus
}
#endif
#endif
