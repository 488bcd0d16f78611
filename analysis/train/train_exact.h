/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trained network read back exactly: where the numeric side and the exact one meet. For dense networks of one input, on the interval of
   their data. */
#ifndef QD_TRAIN_EXACT_H
#define QD_TRAIN_EXACT_H

#include "train/train_data.h"

/* Can the network of the run be asked? */
bool train_exact_fits(const qd_run_spec_struct *spec, const train_data *data);

/* Regions, pieces and largest degree of the network as it is now. -> QD_EUNABLE: the budget ran out before all were found */
qd_status train_exact_count(qd_count *count, const qd_run_struct *run, const train_data *data, qd_ctx_t ctx);

/* lower <= largest error against the data's function (without noise) <= upper, to a relative width of 1e-3. */
qd_status train_exact_error(double *lower, double *upper, const qd_run_struct *run, const train_data *data, qd_ctx_t ctx);

#endif
