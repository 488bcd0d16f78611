/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trained network read back exactly: where the numeric side and the exact one meet. For dense networks of one or two inputs, on the
   interval or the box of their data. */
#ifndef QD_TRAIN_EXACT_H
#define QD_TRAIN_EXACT_H

#include "net/net.h"
#include "train/train_data.h"

/* Can the pieces of the network of the run be counted? */
bool train_exact_fits(const qd_run_spec_struct *spec, const train_data *data);

/* The network as it is now, a float as the rational that it is. */
qd_status train_exact_read(qd_net_t net, const qd_run_struct *run, qd_ctx_t ctx);

/* Regions, pieces and largest degree of the network as it is now. -> QD_EUNABLE: the budget ran out before all were found */
qd_status train_exact_count(qd_count *count, const qd_run_struct *run, const train_data *data, qd_ctx_t ctx);

/* At each multiple of `every` steps (0: never), a count as a line of the run's notes, "step,status,regions,pieces,max_degree", unless it is
   there already: a budget may end between a step and its count. A run that has collapsed is not counted. */
qd_status train_exact_note(qd_run_t run, const train_data *data, int64_t every, qd_ctx_t ctx);
/* The first of these lines, which the notes begin with. */
#define TRAIN_EXACT_HEADER "step,status,regions,pieces,max_degree\n"
/* The next step of this kind behind `step`. */
int64_t train_exact_next(int64_t step, int64_t every);

/* lower <= largest error against the data's function (without noise) <= upper, to a relative width of 1e-3. One input. */
qd_status train_exact_error(double *lower, double *upper, const qd_run_struct *run, const train_data *data, qd_ctx_t ctx);

#endif
