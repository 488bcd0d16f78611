/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of a run, for programs and for people. */
#include "train/summary.h"

#include <math.h>

#include "train/train_job.h"

void train_summary(qd_buf_t out, const qd_run_struct *run, const char *name)
{
    bool labels = run->test->label != NULL;
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_json_string(w, "name", name);
    qd_json_string(w, "status", qd_run_status_name(run->status));
    qd_json_string(w, "cause", qd_cause_name(run->cause));
    if (run->status == QD_RUN_COLLAPSED && run->layer >= 0) qd_json_int(w, "layer", run->layer);
    else qd_json_null(w, "layer");
    qd_json_int(w, "step", run->optim->step);
    qd_json_int(w, "steps", run->spec->steps);
    qd_json_int(w, "parameters", run->model->nparams);
    qd_json_string(w, "error_is", labels ? "error rate" : "mean squared error");
    qd_json_double(w, "loss", run->loss);
    qd_json_double(w, "train_error", run->train_error);
    qd_json_double(w, "error", run->error);
    if (!labels) qd_json_double(w, "largest_error", run->largest);
    qd_json_double(w, "constant_error", run->constant_error);
    qd_json_double(w, "best_error", run->best_error);
    qd_json_int(w, "best_step", run->best_step);
    if (run->spec->threshold > 0 && run->reached_step >= 0) qd_json_int(w, "reached_step", run->reached_step);
    else if (run->spec->threshold > 0) qd_json_null(w, "reached_step");
    qd_json_string(w, "version", QD_VERSION);
    qd_json_uint(w, "seed", run->seed);
    qd_json_end(w);
    qd_json_finish(w);
}

void train__print(qd_buf_t out, const train_job *j, const qd_ctx_t ctx)
{
    const qd_run_struct *run = j->run;
    bool labels = run->test->label != NULL;
    double s = qd_ctx_elapsed(ctx) - j->started_s;
    qd_buf_printf(out, "run          %s\nparameters   %ld\nstatus       %s", qd_buf_str(j->name), (long) run->model->nparams,
                  qd_run_status_name(run->status));
    if (run->status == QD_RUN_COLLAPSED) {
        qd_buf_printf(out, ": %s at step %ld", qd_cause_name(run->cause), (long) run->optim->step);
        if (run->layer >= 0) qd_buf_printf(out, ", layer %ld", (long) run->layer);
    }
    qd_buf_printf(out, "\nsteps        %ld of %ld\n", (long) run->optim->step, (long) run->spec->steps);
    if (isfinite(run->loss)) qd_buf_printf(out, "loss         %.6g, mean since the record before\n", run->loss);
    if (!isfinite(run->error)) qd_buf_puts(out, "error        not finite\n");
    else if (labels)
        qd_buf_printf(out, "error        %.2f %% of the test samples (always the same class: %.2f %%)\n", 100 * run->error,
                      100 * run->constant_error);
    else
        qd_buf_printf(out, "error        %.6g, mean squared (best constant: %.6g); largest %.6g\n", run->error, run->constant_error,
                      run->largest);
    if (run->best_step > 0)
        qd_buf_printf(out, labels ? "best         %.2f %%" : "best         %.6g", labels ? 100 * run->best_error : run->best_error);
    if (run->best_step > 0) qd_buf_printf(out, " at step %ld\n", (long) run->best_step);
    if (j->images > 0) qd_buf_printf(out, "time         %.1f s, %.0f samples/s\n", s, j->images / s);
    qd_buf_printf(out, "folder       %s\nmade by      quadric %s, seed %llu\n", qd_buf_str(j->folder->path), QD_VERSION,
                  (unsigned long long) run->seed);
}
