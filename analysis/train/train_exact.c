/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/train_exact.h"

#include <string.h>

#include "engine/engine.h"

bool train_exact_fits(const qd_run_spec_struct *spec, const train_data *data)
{
    return data->inputs > 0 && spec->model->unit[0].type == QD_UNIT_DENSE;
}

qd_status train_exact_read(qd_net_t net, const qd_run_struct *run, qd_ctx_t ctx)
{
    qd_st_t st;
    qd_st_init(st);
    qd_run_save(st, run, false);
    qd_status status = qd_net_from_safetensors(net, st, ctx);
    qd_st_clear(st);
    return status;
}

/* The network and the ends of its domain: lo and hi, (inputs) each, the same in every input. */
static qd_status read_back(qd_net_t net, fmpq *lo, fmpq *hi, const qd_run_struct *run, const train_data *data, qd_ctx_t ctx)
{
    qd_status st = train_exact_read(net, run, ctx);
    for (int64_t k = 0; k < data->inputs && st == QD_OK; k++)
        if ((st = qd_rat_set_str(lo + k, data->lo, strlen(data->lo), ctx)) == QD_OK)
            st = qd_rat_set_str(hi + k, data->hi, strlen(data->hi), ctx);
    return st;
}

qd_status train_exact_count(qd_count *count, const qd_run_struct *run, const train_data *data, qd_ctx_t ctx)
{
    qd_net_t net;
    qd_count found = {.patterns = 0};
    fmpq *lo = _fmpq_vec_init(data->inputs), *hi = _fmpq_vec_init(data->inputs);
    qd_net_init(net);
    qd_status st = read_back(net, lo, hi, run, data, ctx);
    const qd_domain domain = {.lo = lo, .hi = hi};
    if (st == QD_OK) st = qd_engine_count(&found, net, &domain, ctx);
    if (st == QD_OK) *count = found;
    qd_net_clear(net);
    _fmpq_vec_clear(lo, data->inputs);
    _fmpq_vec_clear(hi, data->inputs);
    return st;
}

int64_t train_exact_next(int64_t step, int64_t every)
{
    return (step / every + 1) * every;
}

qd_status train_exact_note(qd_run_t run, const train_data *data, int64_t every, qd_ctx_t ctx)
{
    int64_t step = run->optim->step;
    if (every == 0 || step == 0 || step % every != 0 || run->status == QD_RUN_COLLAPSED) return QD_OK;
    qd_buf_t line;
    qd_buf_init(line);
    qd_buf_printf(line, "\n%ld,exact,", (long) step);
    bool there = strstr(qd_buf_str(run->notes), qd_buf_str(line)) != NULL;
    qd_buf_clear(line);
    qd_count c;
    qd_status st = there ? QD_OK : train_exact_count(&c, run, data, ctx);
    if (st == QD_OK && !there)
        qd_buf_printf(run->notes, "%ld,%s,%ld,%ld,%ld\n", (long) step, qd_label_name(c.label), (long) c.regions, (long) c.pieces,
                      (long) c.max_degree);
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
    qd_status st = read_back(net, end, end + 1, run, data, ctx);
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
