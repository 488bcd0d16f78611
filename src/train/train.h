/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric: training networks of conventional and quadratic neurons, with ReLinear.

   data      samples: from functions, IDX, CIFAR-10 and CSV files; batches, shuffling, augmentation
   model     what is trained: dense networks of every kind, residual convolutional networks; losses; gradients
   start     initial values, ReLinear's among them
   optim     SGD, Adam, AdamW, RMSProp; schedules; shrinking
   run       the training loop, its record, checkpoints, collapse

   Every result is a function of configuration and seed: random numbers are counter-based, a batch is cut into shards of a
   fixed size and sums over shards are taken in their order, so the number of threads changes no bit (on one processor type
   and build). Arithmetic is in float32, or in float64 where the configuration says so; nothing here is exact.

   Foreign libraries: oneDNN (large float32 matrix products, convolutions) and OpenBLAS (small ones, and float64), each called on one
   thread from inside qd_parallel_for. */
#ifndef QD_TRAIN_H
#define QD_TRAIN_H

#include <stdbool.h>

#include "arch/arch.h"
#include "base/base.h"
#include "expr/expr.h"
#include "io/io.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { QD_F32, QD_F64 } qd_dtype;

/* ---- data -------------------------------------------------------------------------------- */

/* n samples. Features of a sample are channels x height x width numbers in that order (a plain vector of d numbers is
   (d, 1, 1)); either bytes (pixels) or doubles are set. */
typedef struct {
    int64_t n;
    int64_t channels, height, width;
    uint8_t *pixel;          /* owned: (n, channels, height0, width0), or NULL */
    int64_t height0, width0; /* of the stored pixels; the difference to height, width is zero padding, shared evenly */
    double mean[4], std[4];  /* by channel: a feature is (pixel / 255 - mean) / std; padding is pixel 0; channels <= 4 */
    double *x;               /* owned: (n, channels * height * width), or NULL */
    char **name;             /* owned, with its texts: (channels) names of the features of a table, or NULL */
    int64_t outputs;         /* length of a target vector, or number of classes */
    int32_t *label;          /* owned: (n), 0..outputs-1; NULL for regression */
    double *y;               /* owned: (n, outputs); NULL for classification */
} qd_data_struct;
typedef qd_data_struct qd_data_t[1];

void qd_data_init(qd_data_t data);
void qd_data_clear(qd_data_t data);
void qd_data_swap(qd_data_t a, qd_data_t b);

/* How IDX files are read. */
typedef struct {
    int64_t classes;       /* labels are 0..classes-1 */
    int64_t height, width; /* the pictures are centred in so much (0: as stored) */
    int64_t limit;         /* at most so many samples, from the front; 0: all */
    bool transpose;        /* rows and columns of the stored pictures change places (EMNIST is stored so) */
} qd_idx_plan;
/* IDX files (MNIST, Fashion-MNIST, EMNIST), plain or gzip: images (n, h, w) and labels (n) of unsigned bytes. Mean and std are set to mean
   0, std 1; qd_data_standardise sets them from the data.
     -> QD_EIO; QD_EINPUT: wrong magic, wrong size, different counts, a label >= classes: found and expected are named */
qd_status qd_data_idx(qd_data_t data, const char *images, const char *labels, const qd_idx_plan *plan, qd_ctx_t ctx);

/* The files of a folder, as published: PREFIX train-images-idx3-ubyte and train-labels-idx1-ubyte; t10k- or test- for the test samples; a dot
   before idx, or .gz behind, as they come. */
typedef struct {
    qd_buf_t images[2], labels[2]; /* training, test */
} qd_idx_files;
void qd_idx_files_init(qd_idx_files *files);
void qd_idx_files_clear(qd_idx_files *files);
/* *folder "fashion-mnist" becomes where Debian's package has it; any other stays.   -> QD_EIO: the package is not there */
qd_status qd_idx_folder(const char **folder, qd_ctx_t ctx);
/* prefix NULL: none where there are files without one, else the only one that there is ("emnist-letters-").
     -> QD_EINPUT: several prefixes (names them); QD_EIO: a file is missing (names the first) */
qd_status qd_idx_find(qd_idx_files *files, const char *folder, const char *prefix, qd_ctx_t ctx);

/* CIFAR-10 binary version from a folder: data_batch_1.bin .. data_batch_5.bin (train), test_batch.bin.
     -> QD_EIO: a file is missing (named); QD_EINPUT: wrong size, or a label above 9 */
qd_status qd_data_cifar10(qd_data_t data, const char *folder, bool train, int64_t limit, qd_ctx_t ctx);
/* How a CSV table is read. */
typedef struct {
    const char *target;      /* the name of the column to be learnt */
    int64_t classes;         /* > 0: it holds labels 0..classes-1 */
    char separator, decimal; /* of fields and of fractions: ',' and '.', or ';' and ',' */
    /* The features, in this order, by the names of their columns; NULL: all columns but the target, as they come. */
    const char *const *column;
    int64_t ncolumns;
    bool others; /* columns beside these are passed over, whatever they hold; otherwise they are an error */
} qd_csv_plan;
/* A CSV table with a header line; features and target are numbers; RFC 4180 quotes are understood. A first column without a name is an index
   (pandas writes one) and passed over. data->name are the features, so that a second table can be read by them. Messages name line and
   column. */
qd_status qd_data_csv(qd_data_t data, const char *path, const qd_csv_plan *plan, qd_ctx_t ctx);

/* Are test data of the kind of the training data: sizes of samples, classes or targets, names of features?
     -> QD_OK; QD_EINPUT: names what was found and what was expected */
qd_status qd_data_match(const qd_data_t test, const qd_data_t train, qd_ctx_t ctx);

/* Where samples of a function lie. */
typedef enum { QD_SAMPLE_GRID, QD_SAMPLE_RANDOM } qd_sampling;

/* A function to be learnt; value must be callable from several threads. */
typedef struct {
    int64_t inputs, outputs;
    void (*value)(double *y, const double *x, const void *arg);
    const void *arg;
} qd_sample_fn;

/* Samples of a function in the box lo..hi (length inputs): a grid with both ends (for two and more inputs
   floor(n^(1/inputs)) points a side) or uniform random points; noise: standard deviation of Gaussian noise
   added to the targets. classes > 0: the value is a label. Random numbers: stream `stream` of ctx->seed.
     -> QD_EINPUT: the function is not finite at a sample (named), or no label 0..classes-1; QD_EUNABLE: the samples exceed
        ctx->max_bytes */
qd_status qd_data_function(qd_data_t data, const qd_sample_fn *target, qd_sampling sampling, int64_t n, const double *lo, const double *hi,
                           double noise, int64_t classes, uint64_t stream, qd_ctx_t ctx);

/* Sets mean and std by channel from `from` (pixels); a channel that does not vary gets std 1. */
void qd_data_standardise(qd_data_t data, const qd_data_t from);

/* Error of the best constant predictor: mean over samples and outputs of the squared distance to the mean target; for
   classification the error rate of always answering the most frequent class. */
double qd_data_constant_error(const qd_data_t data);

/* Random changes of pictures, drawn anew for each (epoch, sample). */
typedef struct {
    bool flip;    /* left-right, with probability 1/2 */
    int64_t crop; /* pad by so many zero pixels on each side and cut out at random; 0: none */
} qd_augment;

/* The order of an epoch: a permutation of 0..n-1, a function of (seed, epoch, n) alone (Fisher-Yates). */
void qd_data_shuffle(int64_t *order, int64_t n, uint64_t seed, uint64_t epoch);

/* A batch: samples index[0..n-1] of data. */
typedef struct {
    const qd_data_struct *data; /* borrowed, like the rest */
    const int64_t *index;
    int64_t n;
    const qd_augment *augment; /* NULL: none */
    uint64_t seed, epoch;      /* of the augmentation */
} qd_batch;

/* Copies samples first..first+n-1 of the batch. feature_major: dst is (features, ld) with sample s in column s, ld >= n;
   otherwise (n, features). */
void qd_batch_fill_f32(float *dst, const qd_batch *batch, int64_t first, int64_t n, bool feature_major, int64_t ld);
void qd_batch_fill_f64(double *dst, const qd_batch *batch, int64_t first, int64_t n, bool feature_major, int64_t ld);

/* ---- model: what it is ------------------------------------------------------------------- */

/* Parameters by the rate they learn at. QD_GROUP_R: wr, br, and all of a conventional neuron; QD_GROUP_G: wg, bg;
   QD_GROUP_B: wb, c (compact: wb; full: a). product_linear: w, b are in R; wr, wg in G. power: w, b in R.
   QD_GROUP_NORM: scale and shift of batch normalisation; QD_GROUP_GATE: the ReZero scalars; both learn at the base rate. */
typedef enum { QD_GROUP_R, QD_GROUP_G, QD_GROUP_B, QD_GROUP_NORM, QD_GROUP_GATE, QD_GROUPS } qd_group;

typedef enum { QD_UNIT_DENSE, QD_UNIT_CONV } qd_unit_type;

/* One layer. Convolutions come before dense layers; between the last convolution and the first dense layer stands the mean over
   all positions (global average pooling).
   convolution: z = conv_w(x) [linear], conv_wr(x) * conv_wg(x) + conv_wb(x * x) with biases [quadratic],
   conv_w(x) + conv_wb(x * x) with biases [compact]; then, where asked for, batch normalisation, the gate, the shortcut, and the
   activation: a = act(gate * norm(z) + shortcut). */
typedef struct {
    qd_unit_type type;
    qd_neuron neuron; /* convolution: linear, quadratic or compact; the slope is computed with as the nearest number of the dtype */
    int64_t out;      /* neurons, or channels */
    /* convolution only */
    int64_t size, stride, pad; /* size 1 or 3 (odd), square */
    int64_t biases;            /* per filter: linear 0 or 1; quadratic 0 or 3 (br, bg, c); compact 0, 1 (b) or 2 (b, c) */
    bool norm;
    int64_t shortcut; /* number of an earlier unit whose input is added; -1: none. Where shapes differ, every
                                            stride-th position is taken and new channels are 0, half of them in front [HZRS16, option A] */
    bool gate;        /* one learnt scalar, initially 0 (ReZero), multiplies the residual branch */
} qd_unit;

typedef struct {
    char name[64];                   /* "resnet20", or "" */
    int64_t channels, height, width; /* of the input */
    int64_t nunits;
    qd_unit *unit; /* owned */
} qd_spec_struct;
typedef qd_spec_struct qd_spec_t[1];

void qd_spec_init(qd_spec_t spec);
void qd_spec_clear(qd_spec_t spec);
void qd_spec_set(qd_spec_t a, const qd_spec_t b);

/* Dense network: widths[0] inputs, ..., widths[depth] outputs; the last layer is conventional with identity. */
void qd_spec_dense(qd_spec_t spec, const int64_t *widths, int64_t depth, qd_neuron neuron);

/* "resnet20" .. "resnet110" (6n + 2 layers [HZRS16]), "qresnet20", "cresnet20" (compact, two biases a filter), "cresnet20-b1"
   (one bias); rezero: a gate for each block. Three input channels in the published counts; here `channels`.
     -> QD_EINPUT names the unknown name and the known ones */
qd_status qd_spec_named(qd_spec_t spec, const char *name, int64_t channels, int64_t height, int64_t width, int64_t classes, bool rezero,
                        qd_ctx_t ctx);

/* What a checkpoint says of its architecture, as JSON: {"input": [3, 32, 32], "layers": [{"type": "conv", ...}, ...]}; for a dense network
   the head of a network file, {"input_dim": 1, "layers": [{"kind": "quadratic", "activation": "relu"}, ...]}, the widths being
   those of the tensors. A slope is the number that is computed with, every digit of it. */
void qd_spec_print(qd_buf_t out, const qd_spec_t spec, qd_dtype dtype);
/* Layers of a configuration: an array of {"type": "conv"|"dense", "kind", "activation", "out", "size", "stride", "pad", "biases", "norm",
   "shortcut", "gate"}; absent: dense, linear, identity (the last layer) or relu, size 3, stride 1, pad (size - 1) / 2, all biases
   (conventional convolutions before a norm: none), no norm, no shortcut, no gate.
     -> QD_EINPUT: names line and column; what qd_spec_check refuses too */
qd_status qd_spec_from_node(qd_spec_t spec, const qd_node *layers, int64_t channels, int64_t height, int64_t width, qd_ctx_t ctx);
/* Can the spec be meant? QD_EINPUT names the layer. qd_model_create asks it. */
qd_status qd_spec_check(const qd_spec_t spec, qd_ctx_t ctx);

/* ---- model: parameters and gradients ------------------------------------------------------ */

typedef struct {
    char name[48]; /* "layers.3.wr": key of the checkpoint */
    qd_group group;
    qd_role role; /* in a dense layer */
    int64_t unit; /* layer number */
    bool bias;    /* a vector: br, bg, b, c, norm's scale and shift */
    int ndim;
    int64_t shape[4];        /* dense (out, in); convolution (out, in, size, size) */
    int64_t offset, count;   /* in the flat arrays, in numbers; offset is a multiple of 16 */
    int64_t fan_in, fan_out; /* inputs of one neuron; outputs that one input reaches */
    double origin;           /* value in the conventional network: 1 for bg and norm's scale, else 0 */
} qd_tensor;

typedef enum { QD_LOSS_SQUARED, QD_LOSS_HUBER, QD_LOSS_CROSS_ENTROPY } qd_loss_type;
typedef struct {
    /* Mean over the outputs of, with d = y - t: squared d^2; huber d^2 / 2 up to |d| = delta, delta (|d| - delta / 2) beyond [Hub64], which is
       half of squared where no residual is large. */
    qd_loss_type type;
    double delta;     /* huber: > 0, default 1 */
    double smoothing; /* of labels, 0 <= s < 1: target 1 - s + s/classes, else s/classes */
} qd_loss;

/* What a pass over a batch tells. */
typedef struct {
    int64_t n;      /* samples */
    double loss;    /* sum over samples */
    double squared; /* regression: sum over samples of mean over outputs of (y - t)^2 */
    double largest; /* regression: largest |y - t| */
    int64_t wrong;  /* classification: samples whose largest output is not the label's (ties and NaN are wrong) */
} qd_result;

typedef struct {
    qd_dtype dtype;
    qd_spec_t spec;
    int64_t ntensors;
    qd_tensor *tensor;  /* owned, in the order of the layers */
    int64_t nparams;    /* sum of counts */
    int64_t length;     /* of the arrays below; padding between tensors is 0 and stays 0 */
    void *theta, *grad; /* owned, of dtype, length numbers, 64-byte aligned */
    /* Running mean and variance of each batch normalisation, in the order of the units: (2, channels) each; not trained. */
    int64_t nstats;
    double *stats; /* owned */
    int64_t max_batch;
    double *rms;  /* owned, nunits: RMS of the pre-activations z of each unit in the last pass (not finite when one
                                            of them was not) */
    void *engine; /* owned: buffers, see impl.h */
} qd_model_struct;
typedef qd_model_struct qd_model_t[1];

void qd_model_init(qd_model_t model); /* empty; may be cleared */
void qd_model_clear(qd_model_t model);

/* A model with all parameters 0 and the buffers for batches of up to max_batch samples.
     -> QD_EINPUT: the spec cannot be meant (names the unit); QD_EUNABLE: the buffers exceed ctx->max_bytes
     cost   bytes are said by qd_model_bytes */
qd_status qd_model_create(qd_model_t model, const qd_spec_t spec, qd_dtype dtype, int64_t max_batch, qd_ctx_t ctx);
/* Parameters of a spec (published counts are of this number). */
int64_t qd_spec_nparams(const qd_spec_t spec);

/* Called on some thread, for each range of the flat arrays once, as soon as the gradient there is final; ranges are
   whole multiples of 16 numbers and do not depend on the number of threads. */
typedef void (*qd_ready_fn)(void *arg, int64_t offset, int64_t count);

/* Loss of the batch, and grad = gradient of its mean (sum / n). Batch normalisation uses the batch's statistics and updates the
   running ones (momentum 0.1, unbiased variance) like PyTorch.
     ready  NULL, or where an optimiser may already change theta in that range
     -> QD_OK whatever the numbers are (NaN is seen in result->loss and in rms); QD_EINPUT: n > max_batch, or the data do not fit */
qd_status qd_model_gradient(qd_model_t model, qd_result *result, const qd_batch *batch, const qd_loss *loss, qd_ready_fn ready, void *arg,
                            qd_ctx_t ctx);
/* The same without gradient; batch normalisation uses the running statistics. Adds to *result. out: NULL, or (n, outputs) doubles. */
qd_status qd_model_evaluate(qd_model_t model, qd_result *result, double *out, const qd_batch *batch, const qd_loss *loss, qd_ctx_t ctx);

/* Entry i of theta or grad as a double (exact for both types). */
double qd_model_theta(const qd_model_t model, int64_t i);
double qd_model_grad(const qd_model_t model, int64_t i);
void qd_model_set_theta(qd_model_t model, int64_t i, double value);

/* ---- start ------------------------------------------------------------------------------- */

typedef enum { QD_WEIGHTS_HE, QD_WEIGHTS_UNIFORM } qd_init_weights; /* see qd_start */

typedef struct {
    /* ReLinear: g and b groups at their origin (wg = 0, bg = 1, wb = 0, c = 0), r drawn. Otherwise all groups are drawn alike. */
    bool relinear;
    /* he: weights Gaussian with variance 2 / fan_in, biases 0; uniform: weights and biases uniform in +-1/sqrt(fan_in), PyTorch's
       default for a layer. Scale of batch normalisation 1, shift 0, gates 0, whatever is chosen. */
    qd_init_weights weights;
    /* product_linear has its origin at wr = wg = 0, where neither would ever move: there wr is drawn and wg = 0. power and quadratic
       filters without biases have no conventional point: relinear is QD_EINPUT for them. */
    const char *from; /* NULL, or a checkpoint of the conventional network of the same shape, whose w and b become
                                            wr, br (norm, gates, running statistics and the dense layers too) */
} qd_start;

/* Sets theta, and the running statistics to mean 0, variance 1. A tensor draws from a stream of its layer and role; w and wr have the
   same role, as have b and br: a ReLinear network starts with the weights of the conventional network of its seed.
     -> QD_EINPUT: no conventional point (names the layer); `from` is no such network; QD_EIO: it cannot be read. Then theta may hold
        anything */
qd_status qd_model_start(qd_model_t model, const qd_start *start, uint64_t seed, qd_ctx_t ctx);

/* ---- optim ------------------------------------------------------------------------------- */

typedef enum { QD_SGD, QD_ADAM, QD_ADAMW, QD_RMSPROP } qd_optim_type;
typedef enum { QD_SCHEDULE_CONSTANT, QD_SCHEDULE_STEP, QD_SCHEDULE_COSINE } qd_schedule_type;

#define QD_MAX_MILESTONES 16

/* The rate of step k (from 0): warm-up k < warmup: rate (k + 1) / warmup; then constant; or times factor at each milestone (a step
   number); or cosine from rate to `final` over the steps warmup..total. */
typedef struct {
    qd_schedule_type type;
    int64_t warmup, total; /* steps */
    int64_t nmilestones, milestone[QD_MAX_MILESTONES];
    double factor, final;
} qd_schedule;

/* Formulas of PyTorch's optimisers of the same names. */
typedef struct {
    qd_optim_type type;
    double rate;         /* base rate, > 0 */
    double momentum;     /* SGD, RMSProp */
    bool nesterov;       /* SGD, momentum > 0 */
    double beta1, beta2; /* Adam, AdamW */
    double alpha;        /* RMSProp's smoothing */
    double eps;          /* Adam, AdamW, RMSProp */
    double decay;        /* weight decay; AdamW: decoupled, else added to the gradient */
    bool decay_to_zero;  /* where it leads bg: to 0 like all other weights; otherwise to its origin 1, the conventional network (default) */
    double clip;         /* largest 2-norm of the whole gradient; 0: none */
    /* ReLinear, DEFINITIONS section 7. sg: ratios of the rates of the groups g and b to the base rate. A group with ratio 0 does not
       move, and counts neither for clip nor for decay. */
    double gamma_g, gamma_b; /* default 1 */
    /* sw_l1, sw_l2: after each step with rate h, each parameter p of the group with origin o moves by the proximal step of
       alpha |p - o| + beta/2 (p - o)^2: with d = p - o, d = sign(d) max(|d| - h alpha, 0) / (1 + h beta), where h is the group's rate. */
    double alpha_g, alpha_b, beta_g, beta_b; /* default 0 */
    qd_schedule schedule;
} qd_optim_spec;

/* PyTorch's defaults, and for SGD the rate 1e-2. */
void qd_optim_defaults(qd_optim_spec *spec, qd_optim_type type);
double qd_schedule_rate(const qd_optim_spec *spec, int64_t step);

typedef struct {
    qd_optim_spec spec;
    int64_t step; /* steps done */
    int64_t length;
    qd_dtype dtype;
    void *m, *v; /* owned: (length) of dtype or NULL: momentum; second moments */
} qd_optim_struct;
typedef qd_optim_struct qd_optim_t[1];

void qd_optim_init(qd_optim_t opt);
void qd_optim_clear(qd_optim_t opt);
void qd_optim_start(qd_optim_t opt, const qd_optim_spec *spec, const qd_model_t model); /* state 0 */

/* One step of training: gradient of the batch, clipping, update, shrinking. Bitwise the same for every number of threads.
     ->    what qd_model_gradient answers
     cost  the gradient, and a few operations a parameter */
qd_status qd_optim_step(qd_optim_t opt, qd_model_t model, qd_result *result, const qd_batch *batch, const qd_loss *loss, qd_ctx_t ctx);

/* ---- run --------------------------------------------------------------------------------- */

/* One training run but its data. */
typedef struct {
    qd_spec_t model;
    qd_dtype dtype;
    qd_start start; /* start.from: owned, may be NULL */
    qd_optim_spec optim;
    qd_loss loss;
    qd_augment augment;
    int64_t batch;        /* samples a step, the last of an epoch may be smaller; 0: all */
    int64_t steps;        /* in all */
    int64_t record_every; /* steps between records; the last step has one too */
    int64_t patience;     /* stop after so many records without a smaller test error; 0: never */
    double threshold;     /* the run notes the first record whose test error is at most this; 0: none */
    double largest_rms;   /* of the pre-activations of a layer; beyond it the run has collapsed; default 1e6 */
} qd_run_spec_struct;
typedef qd_run_spec_struct qd_run_spec_t[1];

void qd_run_spec_init(qd_run_spec_t spec); /* defaults: Adam, batch 64, 2000 steps, ReLinear from He with gamma 0.1 */
void qd_run_spec_clear(qd_run_spec_t spec);
/* Samples of a whole batch when there are n, and steps of an epoch. */
int64_t qd_run_batch(const qd_run_spec_struct *spec, int64_t n);
int64_t qd_run_epoch(const qd_run_spec_struct *spec, int64_t n);

/* A configuration in layers, most specific first: each is an object with some of the blocks "model", "strategy" and "training" (and others,
   which are not looked at). A key is taken from the first layer that has it; null there takes it back: it is as if nobody said it. A block
   with replace: true stands for itself, and a block that is null takes all its keys back. */
#define QD_MAX_LAYERS 8
typedef struct {
    int n;
    const qd_node *layer[QD_MAX_LAYERS]; /* borrowed */
} qd_config;
/* The block that has the key, in the first layer that says it, and the value of the key there; or NULL. */
const qd_node *qd_config_block(const qd_config *config, const char *block, const char *key);
const qd_node *qd_config_find(const qd_config *config, const char *block, const char *key);
/* Which of the keys, of which one excludes the others, the first layer says that says one of them; -1: none says any. keys ends with NULL.
     -> QD_EINPUT: one layer says two */
qd_status qd_config_choice(int *choice, const qd_config *config, const char *block, const char *const *keys, qd_ctx_t ctx);

/* A key that a block may have, and when it has an effect: where a bit of `needs` is among the facts of the run, or needs is 0. A key
   with several conditions has several rows, one behind the other; a table ends with NULLs. */
typedef struct {
    const char *block, *key;
    uint64_t needs;
    const char *without; /* "'slope' has no effect without <the activation leaky_relu>" */
} qd_setting;
/* QD_OK when all keys of one layer in the blocks of the table are known; QD_EINPUT names the first that is not, and the known ones. */
qd_status qd_settings_check(const qd_node *layer, const qd_setting *table, qd_ctx_t ctx);
/* Has everything an effect that the configuration says in the blocks of the table? QD_EINPUT names the first key without one: of the first
   layer, in the order of the file. A key that another layer overrides is not looked at. */
qd_status qd_config_effects(const qd_config *config, const qd_setting *table, uint64_t facts, qd_ctx_t ctx);

/* qd_settings_check for the three blocks. */
qd_status qd_config_check(const qd_node *layer, qd_ctx_t ctx);
/* The run that the configuration means for these training data. Every message names line and column.
   A key that has no effect in this run is an error (config_keys.c lists when each has one). -> QD_OK; QD_EINPUT.
   model     network NAME (qd_spec_named) and rezero; or layers (qd_spec_from_node); or hidden [widths], kind, activation, slope
   strategy  start relinear | random, weights he | uniform, gamma, gamma_g, gamma_b, alpha, alpha_g, alpha_b, beta, beta_g, beta_b, from FILE.
             Without any gamma, alpha or beta, relinear takes gamma 0.01 with sgd and 0.1 else; other defaults are gamma 1, alpha 0, beta 0
   training  optimiser sgd | adam | adamw | rmsprop, rate, momentum, nesterov, beta1, beta2, smooth (RMSProp's alpha), eps, decay, decay_to
             conventional | zero (default conventional with relinear, zero with random), clip, batch, steps or epochs, schedule {type, factor, at_steps, at_epochs, warmup_steps, warmup_epochs, final}, loss squared | huber |
             cross_entropy, delta, smoothing, flip, crop, precision float32 | float64, record_every, patience, threshold,
             largest_rms; and the keys that the caller reads: checkpoint_every, piece_every */
qd_status qd_run_spec_read(qd_run_spec_t spec, const qd_config *config, const qd_data_struct *train, qd_ctx_t ctx);
/* All of a spec as three members of an object (the blocks; JSON is YAML), with nothing left to defaults. The last block, training, is left
   open for keys of the caller, who ends it. */
void qd_run_spec_json(qd_json_t w, const qd_run_spec_t spec);

typedef enum { QD_RUN_GOING, QD_RUN_DONE, QD_RUN_STOPPED, QD_RUN_COLLAPSED } qd_run_status; /* stopped: by patience */
const char *qd_run_status_name(qd_run_status status); /* "going", "done", "stopped early", "collapsed" */

/* Why a run has collapsed (DEFINITIONS section 7). */
typedef enum { QD_CAUSE_NONE, QD_CAUSE_NOT_FINITE, QD_CAUSE_EXPLODING, QD_CAUSE_CONSTANT } qd_cause;
const char *qd_cause_name(qd_cause cause); /* "", "not finite", "exploding", "worse than the constant predictor" */

/* What a run is a function of, as checksums: all of the spec and the seed; the samples of both sets; the bytes of the file `from` (0: none). */
typedef struct {
    uint64_t config, train, test, from;
} qd_digest;
/* The first thing in which they differ, "other training data", or NULL. */
const char *qd_digest_difference(const qd_digest *a, const qd_digest *b);

/* An error is the mean squared error of a regression and the error rate of a classification. */
typedef struct {
    const qd_run_spec_struct *spec; /* borrowed, as are the data */
    const qd_data_struct *train, *test;
    uint64_t seed;
    qd_digest digest; /* of the run at its start, as checkpoints carry it */
    qd_model_t model;
    qd_optim_t optim; /* optim->step: steps done */
    qd_run_status status;
    qd_cause cause;
    int64_t layer;            /* where it collapsed, -1: the loss itself, or no layer */
    double constant_error;    /* of the best constant predictor, on the test data */
    double loss, train_error; /* of the last record: means over the batches since the record before */
    double error, largest;    /* of the last record, on the test data; largest |y - t|, 0 for classification */
    double best_error;
    int64_t best_step, reached_step; /* reached: first record at the threshold, -1: none */
    int64_t records, waited;         /* waited: records since the best one */
    qd_buf_t metrics;                /* CSV of the records, with header */
    qd_buf_t notes;                  /* the caller's, kept in checkpoints */
    qd_result sum;                   /* since the last record */
    double rms;                      /* largest of a layer, of the last training batch */
    int64_t *order, epoch;           /* owned: of the samples in this epoch */
} qd_run_struct;
typedef qd_run_struct qd_run_t[1];

void qd_run_init(qd_run_t run);
void qd_run_clear(qd_run_t run);
/* Start values from the seed, nothing trained. -> QD_EINPUT when model, loss and data do not fit together. */
qd_status qd_run_start(qd_run_t run, const qd_run_spec_struct *spec, const qd_data_struct *train, const qd_data_struct *test, uint64_t seed,
                       qd_ctx_t ctx);
/* Trains until step `until`, the end or a collapse, with records on the way. -> QD_EUNABLE: a budget ran out between steps; the
   run can go on. A collapse is an answer: QD_OK. */
qd_status qd_run_advance(qd_run_t run, int64_t until, qd_ctx_t ctx);

/* What the run is, as a checkpoint: parameters by their names, layers.<i>.mean and .variance of norms, metadata "architecture", and for pictures
   "pixel_mean" and "pixel_std" by channel: a feature is (pixel / 255 - mean) / std. With
   state: also optimiser ("optim.m.<name>", "optim.v.<name>") and counters, from which qd_run_load goes on bit for bit. A run that is no
   network any more (qd_run_finite) has no tensors there. */
void qd_run_save(qd_st_t st, const qd_run_t run, bool state);
/* Are all parameters and running statistics finite? After a collapse they need not be. */
bool qd_run_finite(const qd_run_t run);
/* After qd_run_start with the same spec, data and seed. -> QD_EINPUT: another architecture, type, optimiser, seed or digest (names it); the run
   is as it was */
qd_status qd_run_load(qd_run_t run, const qd_st_t st, qd_ctx_t ctx);
/* The same as files; messages name the path. */
qd_status qd_run_write(const char *path, const qd_run_t run, bool state, qd_ctx_t ctx);
qd_status qd_run_read(qd_run_t run, const char *path, qd_ctx_t ctx);

#ifdef __cplusplus
}
#endif
#endif
