/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: networks over the rationals.

   net      what a network is; building, copying, comparing, evaluating
   unit     one neuron as a polynomial: of sparse layers as they are, of all others after lowering
   file     JSON, safetensors and ONNX in and out
   random   random networks from a seed
   lower    every kind as one quadratic polynomial per neuron; after it nothing knows the kind
   gradient derivatives of the outputs by the parameters

   A network maps R^input_dim to R^output_dim: z_l = pre_l(a_{l-1}), a_l = act_l(z_l), a_0 = x
   (DEFINITIONS section 1). */
#ifndef QD_NET_H
#define QD_NET_H

#include <stdbool.h>

#include "arch/arch.h"
#include "exact/exact.h"
#include "io/io.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- unit -------------------------------------------------------------------------------- */

/* One term c a_i a_j, i <= j. */
typedef struct {
    slong i, j;
    fmpq_t c;
} qd_term;

/* One neuron, whatever it was: act(z), z = (r.a + r0)(g.a + g0) + sum of terms + w.a + b, absent parts NULL / 0. */
typedef struct {
    qd_activation act;
    int64_t power; /* r of power:r, 2 for square, else 1 */
    fmpq_t slope;  /* of leaky_relu, else 0 */
    fmpq *r, *g;   /* owned, length in; both or neither */
    slong nw;      /* length of w */
    slong *at;     /* owned, length nw, ascending: the inputs that w belongs to; NULL: all of them, nw = in */
    fmpq *w;       /* owned; NULL when nw = 0 */
    slong nterms;
    qd_term *term; /* owned, ascending by i, then j; after lowering non-zero coefficients only */
    fmpq_t r0, g0, b;
} qd_lowered_unit;

/* Identity of 0, without entries. */
void qd_lowered_unit_init(qd_lowered_unit *unit);
void qd_lowered_unit_clear(qd_lowered_unit *unit, slong in);
/* For a unit of a sparse layer: room for so many entries of w and so many terms, all 0. at, i and j are then for the caller to fill. */
void qd_lowered_unit_resize(qd_lowered_unit *unit, slong nw, slong nterms);

/* ---- net --------------------------------------------------------------------------------- */

/* A layer of neurons of one kind and one activation, or, when sparse is not NULL, one of units that have each their own activation and
   only the entries that are stored: skip connections, convolutions. A stored entry is a parameter, also when it is 0. */
typedef struct {
    qd_lowered_unit *sparse;    /* owned, length out, without r and g; NULL: not sparse. What follows but in, out is then without meaning */
    qd_neuron neuron;           /* but for its slope, which is below */
    slong in, out;              /* >= 1 */
    fmpq_t slope;               /* of leaky_relu, else 0: any rational */
    fmpq *param[QD_MAX_PARAMS]; /* owned; param[k]: (out, length) row-major, see qd_kind_get */
} qd_layer_struct;

typedef struct {
    char *name, *comment;   /* owned or NULL */
    slong input_dim, depth; /* depth: number of layers, the readout included */
    qd_layer_struct *layer; /* owned, length depth */
} qd_net_struct;
typedef qd_net_struct qd_net_t[1];

void qd_net_init(qd_net_t net); /* depth 0: not a network yet */
void qd_net_clear(qd_net_t net);
void qd_net_swap(qd_net_t a, qd_net_t b);
void qd_net_set(qd_net_t a, const qd_net_t b);

/* Appends a layer of `out` such neurons with all parameters 0 and returns it; it is the net's, and valid until the next one is appended.
   The first layer's fan-in is `in`; for later layers in must be the width of the layer before. */
qd_layer_struct *qd_net_add_layer(qd_net_t net, qd_neuron neuron, slong in, slong out);
/* The same for a sparse layer: identity units without entries. */
qd_layer_struct *qd_net_add_sparse(qd_net_t net, slong in, slong out);

slong qd_net_output_dim(const qd_net_t net);
/* Number of switching units, over all layers. */
slong qd_net_nswitching(const qd_net_t net);
int64_t qd_net_nparams(const qd_net_t net);
/* Same architecture, slopes and parameters (names and comments do not count). A sparse layer equals no other. */
bool qd_net_equal(const qd_net_t a, const qd_net_t b);

/* Entry j of neuron u in parameter k. */
fmpq *qd_layer_at(const qd_layer_struct *layer, int k, slong u, slong j);
/* The number of the parameter with that key; the key must exist. */
int qd_layer_param(const qd_layer_struct *layer, const char *key);
int64_t qd_layer_nparams(const qd_layer_struct *layer);
slong qd_layer_nswitching(const qd_layer_struct *layer);

/* ---- lower ------------------------------------------------------------------------------- */

typedef struct {
    slong in, out;
    int degree;            /* 1 or 2: largest degree of a pre-activation in the inputs of the layer */
    int64_t power;         /* largest of its units */
    slong nswitching;      /* units with a pattern bit */
    qd_lowered_unit *unit; /* owned, length out */
} qd_lowered_layer;

typedef struct {
    slong input_dim, depth;
    qd_lowered_layer *layer; /* owned */
} qd_lowered_struct;
typedef qd_lowered_struct qd_lowered_t[1];

void qd_lowered_init(qd_lowered_t low);
void qd_lowered_clear(qd_lowered_t low);
/* Every unit as what it is: a product with a constant factor becomes an affine form (reduce.c).
   Time and memory: those of the parameters, so for sparse layers those of the entries. */
void qd_net_lower(qd_lowered_t low, const qd_net_t net);
/* The same with every parameter in its part, r and g constant or not: for derivatives by the parameters. */
void qd_net_lower_parameters(qd_lowered_t low, const qd_net_t net);

/* The quadratic polynomial of a neuron, expanded: coefficients of 1, a_1..a_n, then a_i a_j (i <= j) row by row;
   c has room for 1 + n + n (n+1)/2. Two neurons are the same function iff these agree. */
void qd_lowered_expand(fmpq *c, const qd_lowered_unit *unit, slong n);
/* The reverse for a unit of a sparse layer, which gets the entries that are not 0; its activation stays. */
void qd_lowered_unit_set_expanded(qd_lowered_unit *unit, const fmpq *c, slong n);

/* z = pre-activation at a, n inputs. */
void qd_lowered_eval(fmpq_t z, const qd_lowered_unit *unit, const fmpq *a, slong n);
/* y = activation at z: z^power, or c z where the unit switches and z <= 0. */
void qd_lowered_activate(fmpq_t y, const fmpq_t z, const qd_lowered_unit *unit);
/* That c: 0 for relu, the slope, -1 for abs. After this nothing on the exact side needs to know the activation. */
void qd_lowered_off(fmpq_t c, const qd_lowered_unit *unit);

/* ---- evaluation -------------------------------------------------------------------------- */

/* Value of the network at x and its pattern there.
     y        (out) length output_dim
     pattern  (out, or NULL) room for qd_net_nswitching chars: '1' active (pre-activation > 0), '0' not, by
              layers, then '\0': room for one more
     -> QD_OK; QD_EINPUT: x has the wrong length; QD_EUNABLE: the budget ran out, or a number would have more than
        QD_EVAL_MAX_BITS bits (numerator and denominator together). In case of an error y is untouched; pattern is not.
     cost  number of parameters, exact rational arithmetic on numbers of degree times as many bits as x has */
qd_status qd_net_eval(qd_vec_t y, char *pattern, const qd_net_t net, const qd_vec_t x, qd_ctx_t ctx);
#define QD_EVAL_MAX_BITS 0x1p28
/* The same for many points of one network; y may be NULL; *zeros (or NULL): how many switching units have pre-activation 0 at x. */
qd_status qd_lowered_run(qd_vec_t y, char *pattern, slong *zeros, const qd_lowered_t low, const qd_vec_t x, qd_ctx_t ctx);

/* ---- gradient ---------------------------------------------------------------------------- */

/* Exact derivatives of the outputs by the parameters, at one point after the other. One of these a thread. */
typedef struct {
    const qd_net_struct *net; /* borrowed: it must stay as it is */
    qd_lowered_t low;         /* owned, as is all below */
    slong outputs, params;
    fmpq **a, **z, **delta; /* a[l], delta[l]: inputs of layer l and derivatives by them; z[l]: its pre-activations */
} qd_gradient_struct;
typedef qd_gradient_struct qd_gradient_t[1];

void qd_gradient_init(qd_gradient_t g, const qd_net_t net);
void qd_gradient_clear(qd_gradient_t g);
/* Goes to the point x.
     zeros       (out, or NULL) how many switching units have pre-activation 0 there; such a unit counts as inactive in what follows
     unit_zeros  (in, out, or NULL) length qd_net_nswitching: 1 is added for each of these units
     ->          QD_OK; what qd_lowered_run answers, and g may then not be asked for a row
     cost        two evaluations of the network */
qd_status qd_gradient_point(slong *zeros, slong *unit_zeros, qd_gradient_t g, const qd_vec_t x, qd_ctx_t ctx);
/* row = d output / d parameters at that point: length params, layer by layer, the keys of a kind in the order of the network file, each
   row-major; a sparse layer unit by unit, quadratic before linear entries before b; from 0.     cost  number of parameters */
void qd_gradient_row(fmpq *row, qd_gradient_t g, slong output);

/* ---- file -------------------------------------------------------------------------------- */

/* The format of a network file, by the suffix of its path: .onnx, .safetensors, all others JSON. */
typedef enum { QD_NET_JSON, QD_NET_SAFETENSORS, QD_NET_ONNX } qd_net_format;
qd_net_format qd_net_format_of(const char *path);

/* What a reader is told beside the path, and what it tells. */
typedef struct {
    const char *activations; /* of a state dict, see qd_net_from_state_dict; NULL: none were said */
    qd_buf_struct *note;     /* or NULL; what was left away is appended as a sentence */
} qd_net_reading;
/* Reads a network file: DEFINITIONS section 6, an ONNX file, or a state dict. `how` may be NULL.
     ->    QD_OK; QD_EIO: the file cannot be read; QD_EINPUT: names line and column, and the layer where there is one, or the tensor, or
           the node; QD_EUNABLE: the budget ran out
     cost  linear in the file */
qd_status qd_net_read_as(qd_net_t net, const qd_net_reading *how, const char *path, qd_ctx_t ctx);
qd_status qd_net_read(qd_net_t net, const char *path, qd_ctx_t ctx); /* without how */
qd_status qd_net_parse(qd_net_t net, const char *text, size_t len, qd_ctx_t ctx);
qd_status qd_net_from_node(qd_net_t net, const qd_node *node, qd_ctx_t ctx);

/* The file of a network: qd_net_parse gives it back, and printing that again gives the same bytes. */
void qd_net_print(qd_buf_t out, const qd_net_t net);
/* By the suffix of path; safetensors and ONNX in float64, without rounding.
     -> QD_OK; QD_EIO: names the path; QD_EINPUT: safetensors cannot hold it, see qd_net_to_safetensors */
qd_status qd_net_write(const char *path, const qd_net_t net, qd_ctx_t ctx);
/* An ONNX file (opset 13) of the same function, with weights of that type: QD_ST_F32 or QD_ST_F64.
     round    as in qd_net_to_safetensors
     changed  (out) how many numbers were rounded
     ->       QD_OK; QD_EIO; QD_EINPUT: a number that is none of the type */
qd_status qd_net_write_onnx(int64_t *changed, const char *path, const qd_net_t net, qd_st_type type, bool round, qd_ctx_t ctx);

/* A network from its tensors: `layers.<i>.<key>` with i from 0 and the keys of the kind, matrices (out, in), vectors (out), the a of
   `full` (out, n (n + 1) / 2), all floats of 16, 32 or 64 bits and each entry exactly the rational that it is. The metadata `architecture` is the
   head of a network file, {"input_dim": 1, "layers": [{"kind": "quadratic", "activation": "relu"}, ...]}; `name` and `comment` may be
   there. Tensors whose name does not begin with `layers.` are left alone.
     -> QD_EINPUT: no architecture, or not that of a network of dense layers; a tensor that is missing, is not expected, or has another
        shape or type; an entry that is NaN or infinite: the sentence names it, layers.0.w[2, 1], from 0 */
qd_status qd_net_from_safetensors(qd_net_t net, const qd_st_t tensors, qd_ctx_t ctx);
/* A network of dense layers from the state dict of a PyTorch module: a matrix (out, in) is a linear layer, with the vector (out) whose
   name differs only in its last part as its bias; the other tensors are left alone where they have no floats. Layers stand in the order of the numbers in their names, or else in
   the only one in which their shapes fit.
     activations  "relu": of all layers but the last, which has identity; "relu,abs,identity": one a layer; leaky_relu:1/10 has a slope,
                  leaky_relu alone 1/100
     ->           QD_EINPUT: the order or the activations are not clear, and the sentence lists the tensors found; batch normalisation,
                  convolutions; NaN or infinity */
qd_status qd_net_from_state_dict(qd_net_t net, const qd_st_t tensors, const char *activations, qd_ctx_t ctx);
/* The reverse of qd_net_from_safetensors; `tensors` is replaced. type: QD_ST_F32 or QD_ST_F64. A sparse layer is an error: only JSON holds those. An entry that is no number of that type is an error that names
   it, unless round is set: then the nearest one is taken (ties to even), and only entries beyond the largest are errors. */
qd_status qd_net_to_safetensors(qd_st_t tensors, const qd_net_t net, qd_st_type type, bool round, qd_ctx_t ctx);
qd_status qd_net_write_safetensors(const char *path, const qd_net_t net, qd_st_type type, bool round, qd_ctx_t ctx);

/* ---- random ------------------------------------------------------------------------------ */

typedef enum {
    QD_WEIGHTS_GRID, /* k / denominator, k uniform in -range..range */
    QD_WEIGHTS_GAUSS /* Gaussian, mean 0, standard deviation sqrt(2 / fan-in) (He), rounded to 24 significant bits */
} qd_weights;

typedef struct {
    qd_weights type;
    slong range, denominator; /* of QD_WEIGHTS_GRID, >= 1 */
} qd_random_weights;

/* A random network of an architecture; a function of (arch, weights, seed, stream) alone. Without biases all vectors are 0. */
void qd_net_random(qd_net_t net, const qd_arch *arch, const qd_random_weights *weights, uint64_t seed, uint64_t stream);
/* A random network at a distance >= 0 from a conventional one: the conventional part of every neuron as QD_WEIGHTS_GAUSS, every other parameter
   at its origin (qd_role_origin) plus distance times such a number. At distance 0 it is a conventional network as a function, at 1 all parts vary
   alike. The first factor of product_linear, which matters only beside the second, is drawn at any distance. The conventional parts of
   all kinds are the same numbers for equal seeds and streams. For kinds with qd_kind_conventional. */
void qd_net_random_near(qd_net_t net, const qd_arch *arch, double distance, uint64_t seed, uint64_t stream);
/* A stream for the networks of this architecture: a function of its kind, activation and hidden widths, so that a row of a table does not
   depend on the others. */
uint64_t qd_net_random_stream(const qd_arch *arch);

#ifdef __cplusplus
}
#endif
#endif
