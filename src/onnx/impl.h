/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of src/onnx share. */
#ifndef QD_ONNX_IMPL_H
#define QD_ONNX_IMPL_H

#include "onnx/onnx.h"
#include "onnx/onnx.pb-c.h"

#define QD_ONNX_MAX_DIM 8

/* ---- message ------------------------------------------------------------------------------ */

/* ONNX's numbers of types. */
enum {
    QD_ONNX_FLOAT32 = 1,
    QD_ONNX_INT32 = 6,
    QD_ONNX_INT64 = 7,
    QD_ONNX_BOOL = 9,
    QD_ONNX_FLOAT16 = 10,
    QD_ONNX_FLOAT64 = 11,
    QD_ONNX_BFLOAT16 = 16
};
bool qd_onnx__is_float(int type);

/* The message of a file.   -> QD_OK, and *model is to be freed by qdpb__model__free_unpacked; QD_EIO; QD_EINPUT: none, or cut off */
qd_status qd_onnx__load(Qdpb__Model **model, const char *path, qd_ctx_t ctx);

/* Its shape, an open batch axis as 1.   -> QD_EINPUT: no floats, no shape, another open axis, a batch of several */
qd_status qd_onnx__input_shape(slong *shape, int *ndim, const Qdpb__Value *input, qd_ctx_t ctx);

/* ---- forms -------------------------------------------------------------------------------- */

qd_onnx_form *qd_onnx__form_new(void); /* 0 */
qd_onnx_form *qd_onnx__form_variable(slong v, slong level);
qd_onnx_form *qd_onnx__form_ref(qd_onnx_form *f);
bool qd_onnx__form_constant(const qd_onnx_form *f);
int qd_onnx__form_degree(const qd_onnx_form *f);
/* At most one entry beside the constant: as cheap as a variable. */
bool qd_onnx__form_short(const qd_onnx_form *f);
bool qd_onnx__form_monomial(const qd_onnx_form *f); /* c x_i */
/* a b of affine forms, not both constant: a product, but for short squares and products of monomials, which are multiplied out. */
qd_onnx_form *qd_onnx__form_product(qd_onnx_form *a, qd_onnx_form *b);

/* A linear combination on its way: sums over many forms in the time of their entries. */
typedef struct {
    slong room;   /* variables */
    fmpq *w;      /* length room */
    bool *in_use; /* of w */
    slong n, *list;
    slong nterms, terms_room, nproducts;
    qd_onnx_term *term;
    qd_onnx_product *product;
    slong level;
    fmpq_t c;
} qd_onnx__sum;

void qd_onnx__sum_init(qd_onnx__sum *s, slong room);
void qd_onnx__sum_clear(qd_onnx__sum *s);
void qd_onnx__sum_add(qd_onnx__sum *s, const fmpq_t c, const qd_onnx_form *f);
qd_onnx_form *qd_onnx__sum_take(qd_onnx__sum *s); /* s is 0 again */

/* ---- tensors ------------------------------------------------------------------------------ */

/* Constant or computed: value or form, the other NULL. An empty tensor is constant. */
typedef struct {
    bool there, integer;
    int ndim;
    slong shape[QD_ONNX_MAX_DIM], count;
    fmpq *value;
    qd_onnx_form **form; /* references */
    slong uses;          /* by nodes that are still to come, the output of the graph included */
} qd_onnx__tensor;

void qd_onnx__tensor_clear(qd_onnx__tensor *t);
/* A shape, and room: values 0, forms NULL.   -> false: more than 2^26 entries */
bool qd_onnx__tensor_init(qd_onnx__tensor *t, int ndim, const slong *shape, bool constant, bool integer);
void qd_onnx__tensor_form(qd_onnx__tensor *t, slong i, qd_onnx_form *f); /* takes the reference */
/* Entry i as a form: a new reference. */
qd_onnx_form *qd_onnx__tensor_entry(const qd_onnx__tensor *t, slong i);
/* The strides of a row-major shape. */
void qd_onnx__strides(slong *stride, int ndim, const slong *shape);
/* Steps a multi-index; false behind the last one. */
bool qd_onnx__next(slong *index, int ndim, const slong *shape);
/* (2, 3), for messages. */
void qd_onnx__print_shape(qd_buf_t out, int ndim, const slong *shape);

/* ---- nodes -------------------------------------------------------------------------------- */

/* The work: variables and units so far. */
typedef struct {
    qd_onnx_struct *graph;
    slong units_room;
    qd_onnx__sum sum;
} qd_onnx__run;

/* A node with its tensors. */
typedef struct {
    const Qdpb__Node *message;
    slong number; /* from 1 */
    int nin, nout;
    qd_onnx__tensor **in; /* NULL: not given */
    qd_onnx__tensor *out;
    qd_onnx__run *run;
    qd_ctx_struct *ctx;
} qd_onnx__node;

/* "node 3 'fc1' (Gemm): <sentence>"; QD_EINPUT. */
qd_status qd_onnx__fail(const qd_onnx__node *n, const char *format, ...) __attribute__((format(printf, 2, 3)));
const Qdpb__Attribute *qd_onnx__attribute(const qd_onnx__node *n, const char *key);
int64_t qd_onnx__int(const qd_onnx__node *n, const char *key, int64_t otherwise);
double qd_onnx__float(const qd_onnx__node *n, const char *key, double otherwise);
bool qd_onnx__text_is(const qd_onnx__node *n, const char *key, const char *text); /* or absent */
/* A list of integers from an attribute, or else from input `input` (-1: none): *list is malloc'ed, NULL when neither is there. */
qd_status qd_onnx__ints(slong **list, slong *n, const qd_onnx__node *node, const char *key, int input);
/* Axis of a tensor of so many dimensions, counted from the end where negative. */
qd_status qd_onnx__axis(int *axis, const qd_onnx__node *n, int64_t value, int ndim);
qd_status qd_onnx__need_constant(const qd_onnx__node *n, int input, const char *what);
/* Output `o` gets a shape; fails when it is too large. */
qd_status qd_onnx__shape(qd_onnx__node *n, int o, int ndim, const slong *shape, bool constant, bool integer);

/* ---- units -------------------------------------------------------------------------------- */

/* A unit with that pre-activation (a new reference is taken); its value as a new form. slope may be NULL. */
qd_onnx_form *qd_onnx__unit(qd_onnx__run *run, qd_activation act, int64_t power, const fmpq_t slope, qd_onnx_form *z, slong level);
/* Largest level of its entries. */
slong qd_onnx__level(const qd_onnx__tensor *t);
/* The entries of a tensor that are not short, and where others still use it those that are no monomials, become variables of identity
 * units. */
void qd_onnx__settle(qd_onnx__run *run, qd_onnx__tensor *t);
/* a f + b g + c h; NULL is 0. */
qd_onnx_form *qd_onnx__combine(qd_onnx__run *run, slong a, const qd_onnx_form *f, slong b, const qd_onnx_form *g, slong c,
                               const qd_onnx_form *h);
/* The product of two computed entries; factors of degree 2 become variables first. */
qd_onnx_form *qd_onnx__multiply(qd_onnx__run *run, qd_onnx_form *f, qd_onnx_form *g);

/* ---- windows ------------------------------------------------------------------------------ */

/* A window that moves over the axes of a tensor behind batch and channels. */
typedef struct {
    int axes;
    slong in[QD_ONNX_MAX_DIM], out[QD_ONNX_MAX_DIM], kernel[QD_ONNX_MAX_DIM];
    slong stride[QD_ONNX_MAX_DIM], dilation[QD_ONNX_MAX_DIM], before[QD_ONNX_MAX_DIM], after[QD_ONNX_MAX_DIM];
} qd_onnx__window;
/* The window of a node over its first input; kernel NULL: it is an attribute. */
qd_status qd_onnx__window_read(qd_onnx__window *w, const qd_onnx__node *n, const slong *kernel);
/* Is the place `offset` of the window at `out` an entry of the input? *at: which, in its channel. *padded: inside the pads at least. */
bool qd_onnx__window_source(slong *at, bool *padded, const qd_onnx__window *w, const slong *out, const slong *offset);
slong qd_onnx__window_count(const slong *v, int axes); /* the product */
/* The shape of the output: batch, channels, and how often the window fits. */
qd_status qd_onnx__window_shape(qd_onnx__node *n, const qd_onnx__window *w, slong channels, bool constant);

/* ---- operators ---------------------------------------------------------------------------- */

/* What each does with its node: the outputs are set, or the sentence is written. */
typedef qd_status (*qd_onnx__operator)(qd_onnx__node *n);
typedef struct {
    const char *name;
    qd_onnx__operator run;
    int min_in, max_in; /* inputs; the first min_in must be given */
} qd_onnx__op;
/* The operators of one file each, ending with name NULL. */
extern const qd_onnx__op qd_onnx__constant_ops[], qd_onnx__shape_ops[], qd_onnx__move_ops[], qd_onnx__arithmetic_ops[],
    qd_onnx__linear_ops[], qd_onnx__window_ops[], qd_onnx__switch_ops[];
/* The operator of that name, or the sentence that says why there is none. */
qd_status qd_onnx__find(const qd_onnx__op **op, const qd_onnx__node *n);

/* A message's tensor becomes a constant. `what`: "the initialiser 'fc1.weight'". */
qd_status qd_onnx__constant(qd_onnx__tensor *t, const Qdpb__Tensor *message, const char *what, qd_ctx_t ctx);

/* out's entry i is entry from[i] of t, or where that is -1 the value `fill` (NULL: 0). The shape of out is set. */
void qd_onnx__take(qd_onnx__tensor *out, const qd_onnx__tensor *t, const slong *from, const fmpq *fill);
/* The shape that n shapes become together; false: they do not fit. */
bool qd_onnx__broadcast(int *ndim, slong *shape, const qd_onnx__tensor *const *t, int n);
/* Where the entry of t that belongs to the index of the larger shape is. */
slong qd_onnx__broadcast_index(const qd_onnx__tensor *t, int ndim, const slong *index);

#endif
