/* quadric: architectures. What neuron kinds and activations there are, which parameters each has and
   in which shapes, and how many. Shared by the exact side and the trainer: int64_t, no number type. */
#ifndef QD_ARCH_H
#define QD_ARCH_H

#include <stdbool.h>

#include "base/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Pre-activation of one neuron with n inputs a. QD_QUADRATIC is the neuron of [FLWLW23]. */
typedef enum {
    QD_LINEAR,         /* w.a + b */
    QD_QUADRATIC,      /* (wr.a + br)(wg.a + bg) + wb.(a*a) + c */
    QD_COMPACT,        /* w.a + wb.(a*a) + b */
    QD_PRODUCT,        /* (wr.a + br)(wg.a + bg) */
    QD_PRODUCT_LINEAR, /* (wr.a)(wg.a) + w.a + b */
    QD_FULL,           /* sum_{i<=j} a_ij a_i a_j + w.a + b */
    QD_POWER,          /* w.(a*a) + b */
    QD_KINDS
} qd_kind;

typedef enum {
    QD_IDENTITY,
    QD_RELU,
    QD_LEAKY_RELU,
    QD_ABS,
    QD_SQUARE,
    QD_RAISE, /* QD_RAISE: z^r, "power:r" */
    QD_ACTIVATIONS
} qd_activation;

/* Shape of a parameter of a layer with `out` neurons of n inputs. */
typedef enum {
    QD_MATRIX,   /* (out, n) row-major */
    QD_TRIANGLE, /* (out, n (n+1)/2): per neuron the upper triangle, row by row */
    QD_VECTOR    /* (out) */
} qd_shape;

/* num/den in lowest terms, den >= 1. */
typedef struct {
    int64_t num, den;
} qd_ratio;

/* One neuron: what is computed from its inputs, and what becomes of that. Plain data.
   The slope is one that a person writes into a study, 1/100 or 0.1, so 64 bits hold it, it compares and prints exactly, and the
   trainer, which knows no big numbers, takes the nearest double. A network that was trained or built may have any rational as its
   slope: layers of src/net hold their own. */
typedef struct {
    qd_kind kind;
    qd_activation act;
    int64_t power;  /* r of power:r, 2 for square, else 1: of the activation where it does not switch */
    qd_ratio slope; /* of leaky_relu; without meaning for the others */
} qd_neuron;

/* The neuron with that kind and activation; power:1, and the slope 1/100. */
qd_neuron qd_neuron_make(qd_kind kind, qd_activation act);
/* The neuron with z^r as activation, r >= 1, in the form that families of polynomials use: identity for r = 1, power:r beyond. */
qd_neuron qd_neuron_raise(qd_kind kind, int64_t r);

/* A network whose layers are alike, but perhaps for the last. */
typedef struct {
    int64_t depth;        /* layers, the last included; >= 1 */
    const int64_t *width; /* borrowed; depth + 1 widths >= 1, the inputs first */
    qd_neuron neuron;     /* of the hidden layers */
    bool same;            /* the last layer is like them; else it is linear, with identity: a readout */
    bool biases;          /* false: variety drops all terms but those of the highest degree; random networks have biases 0 */
} qd_arch;

#define QD_MAX_PARAMS 6

typedef struct {
    const char *key; /* name in network files */
    qd_shape shape;
} qd_param;

typedef struct {
    const char *name;
    int degree; /* of the pre-activation in its inputs */
    int nparams;
    qd_param param[QD_MAX_PARAMS]; /* in the order of the network file */
} qd_kind_info;

const qd_kind_info *qd_kind_get(qd_kind kind);
/* The kind of that name, or QD_KINDS when there is none. */
qd_kind qd_kind_from_name(const char *name);

/* Name without the exponent: "power" for QD_RAISE. */
const char *qd_activation_name(qd_activation act);
/* Reads "relu", ..., "power:3" (1 <= r <= QD_MAX_POWER). *power is r for power:r, 2 for square, else 1.
   The sentence of QD_EINPUT names the text and the known activations. */
qd_status qd_activation_from_text(qd_activation *act, int64_t *power, const char *text, qd_ctx_t ctx);
#define QD_MAX_POWER 64
/* relu, leaky_relu and abs: units that have a pattern bit. */
bool qd_activation_switches(qd_activation act);
/* "linear, quadratic, ..." and "identity, relu, ..., power:r", for messages and help. */
const char *qd_kind_names(void);
const char *qd_activation_names(void);

/* Entries of one parameter of one neuron: n, n (n+1)/2 or 1. */
int64_t qd_shape_length(qd_shape shape, int64_t n);
/* Parameters of one layer: out times the sum over its parameters. */
int64_t qd_kind_nparams(qd_kind kind, int64_t n, int64_t out);

#ifdef __cplusplus
}
#endif
#endif
