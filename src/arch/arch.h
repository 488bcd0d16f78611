/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: architectures. What neuron kinds and activations there are, which parameters each has and in which shapes, and how many;
   neurons and networks made of them, as text and back. Shared by the exact side and the trainer: int64_t, no number type.
   CONTRIBUTING.md lists what a new kind or activation touches. */
#ifndef QD_ARCH_H
#define QD_ARCH_H

#include <stdbool.h>

#include "base/base.h"
#include "io/io.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- kinds and activations --------------------------------------------------------------- */

/* Pre-activation of one neuron with n inputs a. QD_QUADRATIC is the neuron of [FLWLW23]. */
typedef enum {
    QD_LINEAR,         /* w.a + b */
    QD_QUADRATIC,      /* (wr.a + br)(wg.a + bg) + wb.(a*a) + c */
    QD_COMPACT,        /* w.a + wb.(a*a) + b */
    QD_PRODUCT,        /* (wr.a + br)(wg.a + bg) */
    QD_PRODUCT_LINEAR, /* (wr.a)(wg.a) + w.a + b */
    QD_FULL,           /* sum_{i<=j} a_ij a_i a_j + w.a + b */
    QD_POWER           /* w.(a*a) + b */
} qd_kind;
enum { QD_KINDS = QD_POWER + 1 };

/* For messages and help: the names, and what each computes, with the keys of its parameters. */
#define QD_KIND_NAMES "linear, quadratic, compact, product, product_linear, full, power"
#define QD_KIND_FORMULAS                                                                                                                   \
    "linear w.a + b; quadratic (wr.a + br)(wg.a + bg) + wb.(a*a) + c; compact w.a + wb.(a*a)\n"                                            \
    "+ b; product (wr.a + br)(wg.a + bg); product_linear (wr.a)(wg.a) + w.a + b; full, every\n"                                            \
    "a_i a_j (i <= j, coefficients a row by row) and w.a + b; power w.(a*a) + b"

typedef enum {
    QD_IDENTITY,
    QD_RELU,
    QD_LEAKY_RELU,
    QD_ABS,
    QD_SQUARE,
    QD_RAISE /* z^r, "power:r" */
} qd_activation;
enum { QD_ACTIVATIONS = QD_RAISE + 1 };

/* What a parameter does in the polynomial of which every kind is a part, with n inputs a:
       z = (r.a + r0)(g.a + g0) + s.(a*a) + sum_{i<=j} t_ij a_i a_j + w.a + b */
typedef enum { QD_ROLE_R, QD_ROLE_R0, QD_ROLE_G, QD_ROLE_G0, QD_ROLE_S, QD_ROLE_T, QD_ROLE_W, QD_ROLE_B } qd_role;

/* Shape of a parameter of a layer with `out` neurons of n inputs. */
typedef enum {
    QD_MATRIX,   /* (out, n) row-major */
    QD_TRIANGLE, /* (out, n (n+1)/2): per neuron the upper triangle, row by row */
    QD_VECTOR    /* (out) */
} qd_shape;

#define QD_MAX_PARAMS 6

typedef struct {
    const char *key; /* name in network files */
    qd_role role;    /* no two of a kind have the same one */
    qd_shape shape;
} qd_param;

typedef struct {
    const char *name;
    int degree; /* of the pre-activation in its inputs */
    int nparams;
    qd_param param[QD_MAX_PARAMS]; /* in the order of the network file */
} qd_kind_info;

const qd_kind_info *qd_kind_get(qd_kind kind);
/* The number of the parameter with that role; -1: the kind has none. */
int qd_kind_find(qd_kind kind, qd_role role);
/* Does parameter k belong to the terms of the highest degree in a? */
bool qd_kind_leads(qd_kind kind, int k);

/* The conventional neuron inside a kind is its linear part; without one the first factor of its product; without that too its squares. Its
   parameters are the part R; then come the factors that are left, G, and what else there is, B. */
typedef enum { QD_PART_R, QD_PART_G, QD_PART_B } qd_part;
qd_part qd_kind_part(qd_kind kind, qd_role role);
/* Is the kind the conventional neuron where the parts G and B have their origins, g0 = 1 and all else 0? Not power. */
bool qd_kind_conventional(qd_kind kind);
/* The origin of the parameters with that role. */
double qd_role_origin(qd_role role);

/* Every activation is z^power, or where it switches z where z > 0 and a multiple of z elsewhere. */
typedef struct {
    const char *name; /* without the exponent: "power" for QD_RAISE */
    bool switches;    /* its units have a pattern bit */
    int64_t power;    /* 0: it is said beside the name, "power:r" */
} qd_activation_info;

const qd_activation_info *qd_activation_get(qd_activation act);
const char *qd_activation_name(qd_activation act);
bool qd_activation_switches(qd_activation act);
/* "linear, quadratic, ..." and "identity, relu, ..., power:r", for messages and help. */
const char *qd_kind_names(void);
const char *qd_activation_names(void);

/* Entries of one parameter of one neuron: n, n (n+1)/2 or 1. */
int64_t qd_shape_length(qd_shape shape, int64_t n);
/* Parameters of one layer: out times the sum over its parameters. */
int64_t qd_kind_nparams(qd_kind kind, int64_t n, int64_t out);

/* ---- neurons ----------------------------------------------------------------------------- */

#define QD_MAX_POWER 64

/* num/den in lowest terms, den >= 1. */
typedef struct {
    int64_t num, den;
} qd_ratio;

/* One neuron: what is computed from its inputs, and what becomes of that. Plain data.
   The slope is one that a person writes into a study, 1/100 or 0.1, so 64 bits hold it, it compares and prints exactly, and the
   trainer, which knows no big numbers, takes the nearest float. A network that was trained or built may have any rational as its
   slope: layers of src/net hold their own. */
typedef struct {
    qd_kind kind;
    qd_activation act;
    int64_t power;  /* r of power:r, 2 for square, else 1: the activation is z^power where it does not switch */
    qd_ratio slope; /* of leaky_relu; without meaning for the others */
} qd_neuron;

/* The neuron with that kind and activation; power:1, and the slope 1/100. */
qd_neuron qd_neuron_make(qd_kind kind, qd_activation act);
/* The neuron with z^r as activation, r >= 1, in the form that families of polynomials use: identity for r = 1, power:r beyond. */
qd_neuron qd_neuron_raise(qd_kind kind, int64_t r);
/* The same kind and function of the pre-activation? */
bool qd_neuron_equal(const qd_neuron *a, const qd_neuron *b);

/* Readers change what they read and leave the rest of *neuron; after QD_EINPUT all of it is as it was. Their sentences name what was
   found and what is known. */
qd_status qd_neuron_set_kind(qd_neuron *neuron, const char *text, qd_ctx_t ctx);
/* "relu", ..., "power:3" with an exponent from 1 to QD_MAX_POWER. */
qd_status qd_neuron_set_activation(qd_neuron *neuron, const char *text, qd_ctx_t ctx);
/* "-3/7", "0.01", "1e-3", exactly; numerator and denominator within 63 bits. */
qd_status qd_neuron_set_slope(qd_neuron *neuron, const char *text, qd_ctx_t ctx);
/* A word for a neuron: conventional (linear, relu), square and power:r (linear with that activation), or a kind, which then has the
   activation `usual`. */
qd_status qd_neuron_set_name(qd_neuron *neuron, const char *text, qd_activation usual, qd_ctx_t ctx);

/* The same from the value of 'kind', 'activation', 'slope' in a document: QD_OK or QD_EINPUT. Messages name line and column, and begin
   with `what`, such as "layer 2", unless it is "". */
qd_status qd_neuron_read_kind(qd_neuron *neuron, const qd_node *value, const char *what, qd_ctx_t ctx);
qd_status qd_neuron_read_activation(qd_neuron *neuron, const qd_node *value, const char *what, qd_ctx_t ctx);
qd_status qd_neuron_read_slope(qd_neuron *neuron, const qd_node *value, const char *what, qd_ctx_t ctx);
/* A neuron in a list: a word as above, or {kind: quadratic, activation: leaky_relu, slope: 1/10}, where the activation is `usual`
   unless given, and the slope 1/100.   -> QD_OK; QD_EINPUT: an unknown word or key, a slope without leaky_relu */
qd_status qd_neuron_read(qd_neuron *neuron, const qd_node *node, qd_activation usual, const char *what, qd_ctx_t ctx);

double qd_ratio_double(qd_ratio x);            /* the nearest double */
void qd_ratio_print(qd_buf_t out, qd_ratio x); /* -3/7, 2 */

/* "relu", "power:3"; the slope apart. */
void qd_neuron_print_activation(qd_buf_t out, const qd_neuron *neuron);
/* The same, and the slope: "relu", "leaky_relu 1/10". */
void qd_neuron_print_function(qd_buf_t out, const qd_neuron *neuron);
/* The word that qd_neuron_set_name(.., usual) reads; for a neuron that has none kind and function: "quadratic abs". */
void qd_neuron_print_name(qd_buf_t out, const qd_neuron *neuron, qd_activation usual);
/* activation, and kind before it, as members of an object. */
void qd_activation_json(qd_json_t w, qd_activation act, int64_t power);
void qd_neuron_json(qd_json_t w, const qd_neuron *neuron);

/* ---- architectures ----------------------------------------------------------------------- */

#define QD_ARCH_MAX_WIDTH 100000

/* A network whose layers are alike, but perhaps for the last. */
typedef struct {
    int64_t depth;        /* layers, the last included; >= 1 */
    const int64_t *width; /* borrowed; depth + 1 widths >= 1, the inputs first */
    qd_neuron neuron;     /* of the hidden layers */
    bool same;            /* the last layer is like them; else it is linear, with identity: a readout */
    bool biases;          /* false: variety drops all terms but those of the highest degree; random networks have biases 0 */
} qd_arch;

/* The neurons of layer l, from 0. */
qd_neuron qd_arch_neuron(const qd_arch *arch, int64_t l);

/* "2,3,1": 2 to room integers from 1 to QD_ARCH_MAX_WIDTH into width, which has that room. QD_EINPUT leaves it and *depth. */
qd_status qd_arch_set_widths(int64_t *width, int64_t *depth, int64_t room, const char *text, qd_ctx_t ctx);
/* "linear" or "same" */
qd_status qd_arch_set_last(qd_arch *arch, const char *text, qd_ctx_t ctx);
qd_status qd_arch_read_last(qd_arch *arch, const qd_node *value, const char *what, qd_ctx_t ctx);
/* The members widths, kind, activation, last and biases of an object, all of them, as qd_arch_json writes them. arch borrows
   width. Messages name line and column. */
qd_status qd_arch_read(qd_arch *arch, int64_t *width, int64_t room, const qd_node *object, const char *what, qd_ctx_t ctx);

/* 2,3,1 with "," between the widths */
void qd_arch_print_widths(qd_buf_t out, const qd_arch *arch, const char *between);
const char *qd_arch_last_name(const qd_arch *arch);
/* widths, kind, activation, last and biases as members of an object. */
void qd_arch_json(qd_json_t w, const qd_arch *arch);

#ifdef __cplusplus
}
#endif
#endif
