/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The configuration of `quadric train`. */
#include "train/train_job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "train/summary.h"
#include "train/train_exact.h"

void train_job_init(train_job *j)
{
    memset(j, 0, sizeof *j);
    qd_buf_init(j->name);
    qd_folder_init(j->folder);
    qd_buf_init(j->config);
    qd_buf_init(j->times);
    qd_doc_init(j->doc);
    qd_run_spec_init(j->spec);
    train_data_init(&j->data);
    qd_run_init(j->run);
    qd_buf_puts(j->times, "step,seconds,samples_per_second\n");
}

void train_job_clear(train_job *j)
{
    qd_run_clear(j->run);
    train_data_clear(&j->data);
    qd_run_spec_clear(j->spec);
    qd_doc_clear(j->doc);
    qd_buf_clear(j->name);
    qd_folder_clear(j->folder);
    qd_buf_clear(j->config);
    qd_buf_clear(j->times);
}

qd_status train_name(qd_buf_t name, const qd_node *root, const char *path, qd_ctx_t ctx)
{
    const qd_node *m = qd_node_member(root, "name");
    if (m != NULL) {
        const char *text;
        qd_status st = qd_node_get_string(&text, m, "'name'", ctx);
        if (st == QD_OK && (text[0] == '\0' || text[0] == '.' || strchr(text, '/') != NULL || strlen(text) > 100))
            st = qd_node_fail(m, ctx, "'name': found '%.40s', expected 1 to 100 characters without '/', the first no '.'", text);
        if (st == QD_OK) qd_buf_puts(name, text);
        return st;
    }
    const char *slash = strrchr(path, '/'), *file = slash != NULL ? slash + 1 : path, *dot = strrchr(file, '.');
    qd_buf_add(name, file, dot != NULL && dot != file ? (size_t) (dot - file) : strlen(file));
    return QD_OK;
}

static qd_status check_keys(const qd_node *root, qd_ctx_t ctx)
{
    static const char *const keys[] = {"name", "comment", "seed", "version", "data", "model", "strategy", "training", NULL};
    qd_status st = qd_node_get_object(root, "the configuration", ctx);
    if (st == QD_OK) st = qd_node_only_keys(root, keys, "the configuration", ctx);
    if (st == QD_OK) st = train_data_check(root, ctx);
    return st == QD_OK ? qd_config_check(root, ctx) : st;
}

/* Of the command line, or of the configuration, or 1. */
static qd_status read_seed(uint64_t *seed, const qd_node *root, qd_ctx_t ctx)
{
    const qd_node *m = qd_node_member(root, "seed");
    *seed = cli_common.seed;
    if (m == NULL) return QD_OK;
    const char *text = qd_node_kind(m) == QD_NODE_NUMBER ? qd_node_text(m, NULL) : "";
    char *end;
    errno = 0;
    uint64_t said = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
        return qd_node_fail(m, ctx, "'seed' must be an integer from 0 to 2^64 - 1");
    if (!cli_common.seed_said) *seed = said;
    return QD_OK;
}

static qd_status read_intervals(train_job *j, const qd_config *config, qd_ctx_t ctx)
{
    const qd_node *m = qd_config_find(config, "training", "checkpoint_every");
    qd_status st = m == NULL ? QD_OK : qd_node_get_int(&j->checkpoint_every, m, 1, (int64_t) 1 << 40, "'checkpoint_every'", ctx);
    m = qd_config_find(config, "training", "piece_every");
    if (st != QD_OK || m == NULL) return st;
    st = qd_node_get_int(&j->piece_every, m, 0, (int64_t) 1 << 40, "'piece_every'", ctx);
    bool fits = train_exact_fits(j->spec, &j->data);
    return st == QD_OK && j->piece_every > 0 && !fits ? qd_node_fail(m, ctx, "'piece_every' needs a dense network and a target function")
                                                      : st;
}

/* The configuration with every value said. */
static void print_config(train_job *j)
{
    qd_json_t w;
    qd_json_init(w, j->config);
    qd_json_object(w, NULL);
    qd_json_line(w, 2);
    qd_json_string(w, "name", qd_buf_str(j->name));
    qd_json_line(w, 2);
    qd_json_string(w, "version", QD_VERSION);
    qd_json_uint(w, "seed", j->seed);
    qd_json_line(w, 2);
    qd_json_raw(w, "data", qd_buf_str(j->data.resolved));
    qd_run_spec_json(w, j->spec);
    if (j->piece_every > 0) qd_json_int(w, "piece_every", j->piece_every);
    qd_json_end(w);
    qd_json_line(w, 0);
    qd_json_end(w);
    qd_json_finish(w);
}

qd_status train__read(train_job *j, const char *path, qd_ctx_t ctx)
{
    qd_status st = qd_doc_read(j->doc, path, QD_YAML, ctx);
    if (st != QD_OK) return st;
    const qd_node *root = qd_doc_root(j->doc);
    const qd_config config = {1, {root}};
    if ((st = check_keys(root, ctx)) != QD_OK || (st = train_name(j->name, root, path, ctx)) != QD_OK ||
        (st = read_seed(&j->seed, root, ctx)) != QD_OK || (st = train_data_read(&j->data, &config, j->seed, ctx)) != QD_OK ||
        (st = qd_run_spec_read(j->spec, &config, j->data.train, ctx)) != QD_OK || (st = read_intervals(j, &config, ctx)) != QD_OK)
        return st;
    print_config(j);
    return QD_OK;
}
