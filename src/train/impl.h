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
    qd_status (*gradient)(qd_model_t model, qd_result *result, const qd_batch *batch, const qd_loss *loss, qd_ready_fn ready,
                          void *arg, qd_ctx_t ctx);
    qd_status (*evaluate)(qd_model_t model, qd_result *result, double *out, const qd_batch *batch, const qd_loss *loss, qd_ctx_t ctx);
    int64_t (*bytes)(const qd_spec_t spec, int64_t max_batch);      /* of the buffers, before they are made */
} qd_train__engine;

extern const qd_train__engine qd_train__engine_f32, qd_train__engine_f64;

/* Shape of what unit u reads and gives: channels, height, width; (features, 1, 1) for dense units. u = nunits: the output. */
typedef struct {
    int64_t channels, height, width;
} qd_train__shape;
qd_train__shape qd_train__unit_input(const qd_spec_t spec, int64_t u);

/* Tensor of unit u with that key ("wr"), or NULL. */
const qd_tensor *qd_train__tensor(const qd_model_t model, int64_t u, const char *key);

/* 64-byte aligned, zero; free with free(). */
void *qd_train__alloc(int64_t count, size_t size);

#endif
