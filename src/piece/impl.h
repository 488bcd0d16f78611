/* What the files of src/piece share and nobody else sees. */
#ifndef QD_PIECE_IMPL_H
#define QD_PIECE_IMPL_H

#include "piece/piece.h"

/* ---- patterns ---------------------------------------------------------------------------- */

/* One bit per switching unit, layer by layer, in 64-bit words. A pattern of the layers below l has zeros above. */
typedef uint64_t qd_word;

static inline int qd_pattern__get(const qd_word *p, slong i)
{
    return (int) (p[i >> 6] >> (i & 63) & 1);
}

static inline void qd_pattern__flip(qd_word *p, slong i)
{
    p[i >> 6] ^= (qd_word) 1 << (i & 63);
}

/* ---- model ------------------------------------------------------------------------------- */

/* The weights of a neuron in doubles, modulo the prime, and as integers (path.c). */
typedef struct {
    const double *r, *g, *w; /* length in; NULL when absent */
    double r0, g0, b;
    const double *term; /* length nterms */
} qd_unit_double;

typedef struct {
    const ulong *r, *g, *w, *term;
    ulong r0, g0, b;
} qd_unit_mod;

typedef struct {
    fmpz *r, *g, *w, *term; /* owned; NULL when absent */
    fmpz_t r0, g0, b;
} qd_unit_integer;

/* A lowered network restricted to a line, with everything that all cells share. */
typedef struct {
    qd_lowered_t low; /* owned */
    slong *first;     /* first[l]: index of the first pattern bit of layer l; length depth + 1 */
    slong nswitching, nwords;
    slong *degree;     /* degree[l]: formal degree in t of the inputs of layer l; length depth + 1 */
    fmpq *base, *step; /* a_0 = base + t step; length input_dim */
    /* doubles: nearest to the rationals */
    bool doubles; /* all weights and degrees are in the range of the double filter */
    qd_unit_double **unit_double;
    double *slope_double, *base_double, *step_double;
    /* residues modulo one word-size prime that divides no denominator */
    nmod_t mod;
    ulong t_mod; /* the random point of fingerprints */
    qd_unit_mod **unit_mod;
    ulong *slope_mod, *base_mod, *step_mod;
    /* integers over a fixed denominator per layer */
    fmpz *den; /* inputs of layer l are integer polynomials over den[l] > 0; length depth + 1 */
    qd_unit_integer **unit_integer;
    void **pool; /* blocks to free */
    slong npool;
} qd_model;

/* base and step: the line x(t) = base + t step. */
void qd_model__init(qd_model *m, const qd_net_t net, const fmpq *base, const fmpq *step, uint64_t seed);
void qd_model__clear(qd_model *m);
void qd_model__set_integers(qd_model *m);
void qd_model__clear_integers(qd_model *m);
bool qd_model__switches(const qd_model *m, slong l);
/* Bit of unit u of layer l. */
int qd_model__bit(const qd_model *m, const qd_word *pattern, slong l, slong u);

/* Values of the outputs under a pattern at the random point, modulo the prime; y has length outputs. Different values prove
   different output polynomials. */
void qd_model__fingerprint(ulong *y, const qd_model *m, const qd_word *pattern, ulong *work);
/* Room for the work of fingerprint and leading, in words. */
slong qd_model__work(const qd_model *m);
/* Upper bound of the degree of the outputs under a pattern; *tight when it is proved to be the degree. */
slong qd_model__degree(bool *tight, const qd_model *m, const qd_word *pattern, ulong *work);

/* ---- path: exact polynomials along a pattern ---------------------------------------------- */

/* Pre-activation polynomials in t under one pattern, made when asked for and kept while the pattern's layers below stay the
   same: neighbouring cells share most of them. One path a thread. */
typedef struct {
    fmpz_poly_struct *a, *z, *square; /* inputs of the layer, its pre-activations, squares of the inputs */
    bool *have_a, *have_z, *have_square;
} qd_path_layer;

typedef struct {
    const qd_model *model;
    qd_word *pattern;     /* owned */
    qd_path_layer *layer; /* owned, length depth + 1 */
} qd_path;

void qd_path__init(qd_path *path, const qd_model *m);
void qd_path__clear(qd_path *path);
/* From now on polynomials are those under this pattern (layers below `depth` matter). */
void qd_path__set(qd_path *path, const qd_word *pattern);
/* The pre-activation of unit u of layer l times a positive integer; borrowed until the next qd_path__set. */
const fmpz_poly_struct *qd_path__z(qd_path *path, slong l, slong u);
/* Input u of layer l times model->den[l]; l = depth: output u of the network. */
const fmpz_poly_struct *qd_path__a(qd_path *path, slong l, slong u);

/* ---- shadow: the same polynomials as Bernstein forms of double balls ----------------------- */

/* An open interval with double ends; -INFINITY or INFINITY, but not both. */
typedef struct {
    double a, b;
} qd_window;

/* The inputs of one layer: forms of degree model->degree[l], row-major, times 2^e. */
typedef struct {
    double *mid, *rad, *slack;       /* (width, degree + 1); slack: rad enlarged for sums, see shadow.c */
    bool *zero;                      /* the zero polynomial */
    double *square_mid, *square_rad; /* (width, 2 degree + 1), made when needed */
    bool *have_square;
    double *binomial, *binomial2; /* rows degree and 2 degree of Pascal's triangle */
    double e;
} qd_shadow_layer;

#define QD_SHADOW_BUFFERS 4

typedef struct {
    const qd_model *model;
    qd_shadow_layer *layer; /* owned, length depth; NULL when the model is out of the range of doubles */
    slong top;              /* largest degree that is met */
    double *buffer[QD_SHADOW_BUFFERS], *work;
    qd_window window; /* of the last call */
    qd_word *pattern;
    slong ready; /* layers with valid inputs */
} qd_shadow;

void qd_shadow__init(qd_shadow *s, const qd_model *m);
void qd_shadow__clear(qd_shadow *s);
/* Prepares the inputs of layer l under the pattern on the window. */
void qd_shadow__inputs(qd_shadow *s, const qd_window *window, const qd_word *pattern, slong l);
/* The pre-activation of unit u of that layer; borrowed until the next call. */
void qd_shadow__z(qd_form *z, qd_shadow *s, slong l, slong u);

/* Value of the form at x inside the window, up to a positive factor, with a bound of its error. */
double qd_shadow__value(double *error, const qd_form *z, const qd_window *window, double x);

/* ---- cells ------------------------------------------------------------------------------- */

/* A point of the line where some unit of layer `layer` changes sign, or a rational end of the domain. */
typedef struct {
    double lo, hi;          /* lo <= point <= hi */
    slong layer, unit;      /* unit whose pre-activation has a simple sign change there; layer -1: a given rational */
    const qd_word *pattern; /* of the layers below; borrowed from the arena */
    bool have_alg;          /* written under the lock of qd_cut__alg, read anywhere: atomic */
    qd_alg_t alg;
} qd_cut;

/* An open interval on which all layers below `layer` have one pattern. */
typedef struct {
    qd_cut *left, *right; /* NULL: infinite */
    qd_word *pattern;     /* borrowed from the arena */
    slong layer;          /* first layer not yet decided; depth: a region */
    ulong *fingerprint;   /* of a region: length outputs, from the arena */
} qd_cell1;

typedef struct {
    qd_cell1 *e;
    slong n, room;
} qd_cell_list;

/* Memory that lives as long as the result. */
typedef struct {
    char **block;
    slong nblocks;
    size_t used, room;
} qd_arena;

void qd_arena__init(qd_arena *a);
void qd_arena__clear(qd_arena *a);
void *qd_arena__take(qd_arena *a, size_t bytes);

/* What one thread works with. */
typedef struct {
    qd_path path, cut_path;
    qd_shadow shadow;
    qd_arena arena;
    ulong *work;
    qd_cut **cut; /* all cuts this thread made, for qd_alg_clear at the end */
    slong ncuts, cuts_room;
} qd_worker;

struct qd_line_impl {
    qd_model model;
    slong nworkers;
    qd_worker *worker;
    qd_cut *ends[2];    /* of the domain; NULL: infinite */
    qd_cell_list cells; /* in order; after the end of the budget some are not regions */
    slong nregions;     /* finished cells */
    slong *region;      /* region[i]: cell number of region i; length nregions */
    char *changes;      /* per breakpoint */
    qd_count count;
    double start_s; /* on the clock of the context */
    bool out_of_budget;
};

qd_cut *qd_cut__new(qd_worker *w, slong layer, slong unit, const qd_word *pattern);
/* The exact number of a cut, made at the first call. */
const qd_alg_struct *qd_cut__alg(qd_cut *cut, qd_worker *w);

/* Splits one cell along the sign changes of the units of its layer and appends the children, from left to right. Layers without
   switching units are passed over; a cell that has no layer left gets its fingerprint. */
qd_status qd_cell__split(qd_cell_list *children, const qd_cell1 *cell, const qd_model *m, qd_worker *w, qd_ctx_t ctx);
void qd_cell__append(qd_cell_list *list, const qd_cell1 *cell);

#endif
