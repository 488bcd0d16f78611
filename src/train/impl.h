/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of src/train share. The folder real/ is compiled twice, for float (names end in _f32) and for double (_f64);
   model.c picks one of the two engines. */
#ifndef QD_TRAIN_IMPL_H
#define QD_TRAIN_IMPL_H

#include "train/train.h"

/* One arithmetic of the model: buffers for forward and backward passes over model->spec with the tensors that model.c laid out. */
typedef struct {
    /* Sets model->engine for batches of up to model->max_batch samples. */
    qd_status (*create)(qd_model_t model, qd_ctx_t ctx);
    void (*clear)(void *engine);
    qd_status (*gradient)(qd_model_t model, qd_result *result, const qd_batch *batch, const qd_loss *loss, qd_ready_fn ready, void *arg,
                          qd_ctx_t ctx);
    qd_status (*evaluate)(qd_model_t model, qd_result *result, double *out, const qd_batch *batch, const qd_loss *loss, qd_ctx_t ctx);
    int64_t (*bytes)(const qd_spec_t spec, int64_t max_batch); /* of the buffers, before they are made */
} qd_train__engine;

extern const qd_train__engine qd_train__engine_f32, qd_train__engine_f64;

/* Shape of what unit u reads and gives: channels, height, width; (features, 1, 1) for dense units. u = nunits: the output. */
typedef struct {
    int64_t channels, height, width;
} qd_train__shape;
qd_train__shape qd_train__unit_input(const qd_spec_t spec, int64_t u);

/* The parameters of one unit with that input, in the order of the network file and then norm and gate: name holds the key only, offset
   and unit are not set. Returns their number. */
#define QD_TRAIN__MAX_TENSORS 10
int qd_train__unit_tensors(qd_tensor *tensor, const qd_unit *unit, qd_train__shape in);

/* Appends a unit with everything else 0 (no shortcut). */
qd_unit *qd_train__add_unit(qd_spec_t spec, qd_unit_type type, qd_kind kind, qd_activation act, int64_t out);

/* Tensor of unit u with that key ("wr"), or NULL. */
const qd_tensor *qd_train__tensor(const qd_model_t model, int64_t u, const char *key);

/* -> QD_EIO: the file `from` cannot be read. Cost: about a nanosecond a byte of the samples. */
qd_status qd_train__digest(qd_digest *digest, const qd_run_struct *run, qd_ctx_t ctx);

/* Running statistics from a checkpoint. */
qd_status qd_train__stats_read(qd_model_t model, const qd_st_t st, qd_ctx_t ctx);

/* The layers with widths, as qd_spec_from_node reads them. */
void qd_train__layers_json(qd_json_t w, const char *key, const qd_spec_t spec);

/* Keys and their effects: config_keys.c; the rest of a configuration: config.c. */
extern const qd_setting qd_train__settings[];
/* The members of one object, which is a block of that name. */
qd_status qd_train__effects(const qd_node *object, const char *block, const qd_setting *table, uint64_t facts, qd_ctx_t ctx);
qd_status qd_train__schedule_effects(const qd_node *schedule, qd_schedule_type type, qd_ctx_t ctx);
qd_status qd_train__unit_effects(const qd_node *layer, qd_activation act, qd_ctx_t ctx);
/* After everything else is read; way: how the model is said. */
enum { QD_TRAIN__NETWORK, QD_TRAIN__LAYERS, QD_TRAIN__HIDDEN };
qd_status qd_train__run_effects(const qd_run_spec_struct *spec, const qd_config *config, int way, bool pictures, qd_ctx_t ctx);

/* What a model has for ReLinear: tensors of the groups g and b, a bg among them; neurons that are not conventional; neurons that draw
   weights even when they start from a file. */
typedef struct {
    bool g, b, bg, unconventional, own_draw;
} qd_train__groups;
qd_train__groups qd_train__groups_of(const qd_spec_t model);
/* The same of the tensors that move: a group with gamma 0 stays where it starts, whatever its alpha, beta or decay. */
qd_train__groups qd_train__moving_groups(const qd_run_spec_struct *spec);

/* One step of the optimiser on n numbers whose group has the rate `rate`; see optim.c. m, v NULL where the optimiser has none. */
typedef struct {
    const qd_optim_spec *spec;
    double rate;  /* of the group, now */
    double scale; /* of the gradient: clipping */
    double origin, decay_origin;
    double l1, l2;       /* shrinking coefficients of the group */
    double bias1, bias2; /* Adam: 1 - beta1^t, 1 - beta2^t at step t, from 1 */
} qd_train__update;
void qd_train__update_f32(const qd_train__update *u, void *theta, const void *grad, void *m, void *v, int64_t n);
void qd_train__update_f64(const qd_train__update *u, void *theta, const void *grad, void *m, void *v, int64_t n);
/* Words of configurations, at the places of their enumerations (words.c): goals by decay_to_zero. */
extern const char *const qd_train__weights[], *const qd_train__optimisers[],
                                                  *const qd_train__goals[], *const qd_train__schedules[], *const qd_train__losses[],
                                                                                                              *const qd_train__precisions[];
/* Sum of squares of n numbers, in double. */
double qd_train__squares_f32(const void *x, int64_t n);
double qd_train__squares_f64(const void *x, int64_t n);

/* 64-byte aligned, zero; free with free(). */
void *qd_train__alloc(int64_t count, size_t size);

#endif
