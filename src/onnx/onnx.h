/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: ONNX files.

   read   a file as what its graph computes: units, each a polynomial of earlier ones, and outputs, over the rationals
   write  a graph of a few nodes as a file

   A graph is followed from its inputs with one polynomial of degree <= 2 for each entry of each tensor. Variables are the inputs, then the
   units in the order in which the graph makes them: a relu, leaky_relu or abs of the graph, a power beyond 2, and identity units where a
   degree would pass 2 or a long sum is used again. What of ONNX is read is said in `quadric convert --help`.

   Foreign library: protobuf-c, with the messages of onnx.proto; only this module knows it. */
#ifndef QD_ONNX_H
#define QD_ONNX_H

#include <stdbool.h>

#include "arch/arch.h"
#include "exact/exact.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- forms ------------------------------------------------------------------------------- */

typedef struct qd_onnx_form qd_onnx_form;

/* c x_i x_j, i <= j */
typedef struct {
    slong i, j;
    fmpq_t c;
} qd_onnx_term;

/* c a b with affine forms a and b, one of which may be constant: a neuron that starts as ReLinear does keeps its two factors. */
typedef struct {
    fmpq_t c;
    qd_onnx_form *a, *b; /* owned references */
} qd_onnx_product;

/* c + w.x + terms + products. Shared: a reference is taken and given back, and what is shared does not change. */
struct qd_onnx_form {
    slong refs;
    slong level; /* the largest of its variables; 0 for a constant */
    slong unit;  /* the identity unit that has this value; -1: none */
    fmpq_t c;
    slong n, nterms, nproducts;
    slong *at; /* ascending variables, length n */
    fmpq *w;   /* non-zero, length n */
    qd_onnx_term *term;
    qd_onnx_product *product;
};

void qd_onnx_form_unref(qd_onnx_form *f); /* gives a reference back; NULL is left alone */
/* The same without products: a new reference.   cost  for each product the entries of a times those of b */
qd_onnx_form *qd_onnx_form_expanded(const qd_onnx_form *f);

/* ---- read -------------------------------------------------------------------------------- */

typedef struct {
    qd_activation act; /* identity, relu, leaky_relu, abs, power:r */
    int64_t power;     /* r, else 1 */
    fmpq_t slope;      /* of leaky_relu */
    slong level;       /* inputs have level 0, a unit one more than the largest of its variables and of those beside it in its node */
    qd_onnx_form *z;   /* the pre-activation */
} qd_onnx_unit;

/* Variable v is input v, and from v = inputs on the value of unit v - inputs. */
typedef struct {
    slong inputs, nunits, noutputs;
    qd_onnx_unit *unit;
    qd_onnx_form **output;
    qd_buf_t note; /* "" or a sentence: what was left away */
} qd_onnx_struct;
typedef qd_onnx_struct qd_onnx_t[1];

void qd_onnx_init(qd_onnx_t graph);
void qd_onnx_clear(qd_onnx_t graph);
/* Reads a file, and follows its graph.
     -> QD_OK; QD_EIO; QD_EINPUT: no ONNX file, or damaged; a graph with a fault; what is no polynomial with rational coefficients on
        finitely many pieces, or is not known here: the sentence names the node, its operator and what can be done; QD_EUNABLE: the
        budget ran out
     cost  the entries of the weights times their use, exact rational arithmetic */
qd_status qd_onnx_read(qd_onnx_t graph, const char *path, qd_ctx_t ctx);

/* ---- write ------------------------------------------------------------------------------- */

/* A graph as it is built, with one input `x` and one output `y`; names are copied. */
typedef struct {
    bool single; /* float32, else float64 */
    void *impl;  /* owned */
} qd_onnx_file_struct;
typedef qd_onnx_file_struct qd_onnx_file_t[1];

void qd_onnx_file_init(qd_onnx_file_t file, bool single);
void qd_onnx_file_clear(qd_onnx_file_t file);
/* Constants: floats, rounded to the type, and a list of integers. */
void qd_onnx_file_reals(qd_onnx_file_t file, const char *name, int ndim, const int64_t *shape, const double *entry);
void qd_onnx_file_integers(qd_onnx_file_t file, const char *name, int64_t n, const int64_t *entry);
/* output = op(inputs), and attributes of that node. */
void qd_onnx_file_node(qd_onnx_file_t file, const char *op, const char *output, int n, const char *const *input);
void qd_onnx_file_int(qd_onnx_file_t file, const char *key, int64_t value); /* of the last node */
/* x and y have the shapes (1, inputs) and (1, outputs). Atomic, as qd_file_write.   -> QD_OK; QD_EIO */
qd_status qd_onnx_file_write(const char *path, qd_onnx_file_t file, int64_t inputs, int64_t outputs, qd_ctx_t ctx);

#ifdef __cplusplus
}
#endif
#endif
