/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/train_exact.h"

#include <string.h>

#include "engine/engine.h"

bool train_exact_fits(const qd_run_spec_struct *spec, const train_data *data)
{
    return data->has_interval && spec->model->unit[0].type == QD_UNIT_DENSE;
}

/* The network and the ends of the interval (length 2). */
static qd_status read_back(qd_net_t net, fmpq *end, const qd_run_struct *run, const train_data *data, qd_ctx_t ctx)
{
    qd_st_t st;
    qd_st_init(st);
    qd_run_save(st, run, false);
    qd_status status = qd_net_from_safetensors(net, st, ctx);
    qd_st_clear(st);
    if (status == QD_OK) status = qd_rat_set_str(end, data->lo, strlen(data->lo), ctx);
    return status == QD_OK ? qd_rat_set_str(end + 1, data->hi, strlen(data->hi), ctx) : status;
}

qd_status train_exact_count(qd_count *count, const qd_run_struct *run, const train_data *data, qd_ctx_t ctx)
{
    qd_net_t net;
    qd_count found = {.patterns = 0};
    fmpq *end = _fmpq_vec_init(2);
    qd_net_init(net);
    qd_status st = read_back(net, end, run, data, ctx);
    const qd_domain domain = {.lo = end, .hi = end + 1};
    if (st == QD_OK) st = qd_engine_count(&found, net, &domain, ctx);
    if (st == QD_OK) *count = found;
    qd_net_clear(net);
    _fmpq_vec_clear(end, 2);
    return st;
}

qd_status train_exact_error(double *lower, double *upper, const qd_run_struct *run, const train_data *data, qd_ctx_t ctx)
{
    qd_net_t net;
    qd_enclosure_t enclosure;
    fmpq *end = _fmpq_vec_init(2);
    qd_net_init(net);
    qd_enclosure_init(enclosure);
    bool spline = data->spline->outputs > 0;
    const qd_target target = {data->expr, 1, spline ? data->spline : NULL};
    qd_status st = read_back(net, end, run, data, ctx);
    if (st == QD_OK) st = qd_certify(enclosure, net, &target, end, end + 1, 1e-3, ctx);
    if (st == QD_OK) {
        *lower = arf_get_d(enclosure->lower, ARF_RND_DOWN);
        *upper = arf_get_d(enclosure->upper, ARF_RND_UP);
    }
    qd_enclosure_clear(enclosure);
    qd_net_clear(net);
    _fmpq_vec_clear(end, 2);
    return st;
}
