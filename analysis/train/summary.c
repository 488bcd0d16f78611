/* What became of a run, for programs and for people. */
#include "train/summary.h"

#include <math.h>

#include "train/train_job.h"

static void add_number(qd_buf_t out, const char *key, double x)
{
    qd_buf_printf(out, ", \"%s\": ", key);
    qd_double_print(out, x);
}

void train_summary(qd_buf_t out, const qd_run_struct *run, const char *name)
{
    qd_buf_puts(out, "{\"name\": ");
    qd_json_quote(out, name);
    qd_buf_printf(out, ", \"status\": \"%s\", \"cause\": \"%s\", \"layer\": ", qd_run_status_name(run->status), qd_cause_name(run->cause));
    if (run->status == QD_RUN_COLLAPSED && run->layer >= 0) qd_buf_printf(out, "%ld", (long) run->layer);
    else qd_buf_puts(out, "null");
    qd_buf_printf(out, ", \"step\": %ld, \"steps\": %ld, \"parameters\": %ld, \"error_is\": \"%s\"", (long) run->optim->step,
                  (long) run->spec->steps, (long) run->model->nparams, run->test->label != NULL ? "error rate" : "mean squared error");
    add_number(out, "loss", run->loss);
    add_number(out, "train_error", run->train_error);
    add_number(out, "error", run->error);
    if (run->test->label == NULL) add_number(out, "largest_error", run->largest);
    add_number(out, "constant_error", run->constant_error);
    add_number(out, "best_error", run->best_error);
    qd_buf_printf(out, ", \"best_step\": %ld", (long) run->best_step);
    if (run->spec->threshold > 0) {
        if (run->reached_step >= 0) qd_buf_printf(out, ", \"reached_step\": %ld", (long) run->reached_step);
        else qd_buf_puts(out, ", \"reached_step\": null");
    }
    qd_buf_printf(out, ", \"version\": \"%s\", \"seed\": %llu}\n", QD_VERSION, (unsigned long long) run->seed);
}

void train__print(qd_buf_t out, const train_job *j, const qd_ctx_t ctx)
{
    const qd_run_struct *run = j->run;
    bool labels = run->test->label != NULL;
    double s = qd_ctx_elapsed(ctx) - j->started_s;
    qd_buf_printf(out, "run          %s\nparameters   %ld\nstatus       %s", j->name, (long) run->model->nparams,
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
    qd_buf_printf(out, "folder       %s\nmade by      quadric %s, seed %llu\n", qd_buf_str(j->dir), QD_VERSION,
                  (unsigned long long) run->seed);
}
