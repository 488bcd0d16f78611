/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of configurations, which are read and printed, at the places of their enumerations; each list ends with NULL. */
#include "train/impl.h"

const char *const qd_train__weights[] = {[QD_WEIGHTS_HE] = "he", [QD_WEIGHTS_UNIFORM] = "uniform", NULL};
const char *const qd_train__optimisers[] = {[QD_SGD] = "sgd", [QD_ADAM] = "adam", [QD_ADAMW] = "adamw", [QD_RMSPROP] = "rmsprop", NULL};
const char *const qd_train__goals[] = {[false] = "conventional", [true] = "zero", NULL};
const char *const qd_train__schedules[] = {
    [QD_SCHEDULE_CONSTANT] = "constant", [QD_SCHEDULE_STEP] = "step", [QD_SCHEDULE_COSINE] = "cosine", NULL};
const char *const qd_train__losses[] = {
    [QD_LOSS_SQUARED] = "squared", [QD_LOSS_HUBER] = "huber", [QD_LOSS_CROSS_ENTROPY] = "cross_entropy", NULL};
const char *const qd_train__precisions[] = {[QD_F32] = "float32", [QD_F64] = "float64", NULL};
