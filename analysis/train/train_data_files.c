/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples from files: IDX, CIFAR-10, CSV. */
#include "train/train_data_impl.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    int64_t limit, test_limit;
    bool standardise;
} file_plan;

static qd_status read_file_plan(file_plan *plan, const qd_config *config, qd_ctx_t ctx)
{
    const qd_node *m = qd_config_find(config, "data", "standardise");
    qd_status st = m == NULL ? QD_OK : qd_node_get_bool(&plan->standardise, m, "'standardise'", ctx);
    if (st == QD_OK) st = train_data__int(&plan->limit, config, "limit", 0, 1 << 30, ctx);
    return st == QD_OK ? train_data__int(&plan->test_limit, config, "test_limit", 0, 1 << 30, ctx) : st;
}

/* The members that all files have. */
static void resolve_files(qd_json_t w, const train_data *d, const file_plan *plan)
{
    if (plan->limit > 0) qd_json_int(w, "limit", plan->limit);
    if (plan->test_limit > 0) qd_json_int(w, "test_limit", plan->test_limit);
    if (d->train->pixel != NULL) qd_json_bool(w, "standardise", plan->standardise);
}

static void standardise(train_data *d, const file_plan *plan)
{
    if (!plan->standardise) return;
    qd_data_standardise(d->test, d->train);
    qd_data_standardise(d->train, d->train);
}

static qd_status read_idx_plan(qd_idx_plan *idx, const char **prefix, const qd_config *config, qd_ctx_t ctx)
{
    const qd_node *size = qd_config_find(config, "data", "size");
    if (size != NULL && (qd_node_kind(size) != QD_NODE_ARRAY || qd_node_count(size) != 2))
        return qd_node_fail(size, ctx, "'size': expected [height, width]");
    qd_status st = QD_OK;
    for (int i = 0; i < 2 && size != NULL && st == QD_OK; i++)
        st = qd_node_get_int(i == 0 ? &idx->height : &idx->width, qd_node_item(size, i), 1, 10000, "'size'", ctx);
    if (st == QD_OK) st = train_data__int(&idx->classes, config, "classes", 1, 256, ctx);
    if (st == QD_OK) st = train_data__string(prefix, config, "prefix", ctx);
    return st == QD_OK ? qd_node_optional_bool(&idx->transpose, qd_config_block(config, "data", "transpose"), "transpose", ctx) : st;
}

static void resolve_idx(qd_json_t w, const qd_idx_plan *idx, const char *folder, const char *prefix)
{
    const int64_t size[] = {idx->height, idx->width};
    qd_json_string(w, "idx", folder);
    if (prefix != NULL) qd_json_string(w, "prefix", prefix);
    qd_json_int(w, "classes", idx->classes);
    if (idx->height > 0) qd_json_ints(w, "size", size, 2);
    if (idx->transpose) qd_json_bool(w, "transpose", true);
}

static qd_status read_idx(train_data *d, qd_json_t w, const qd_config *config, const char *folder, const file_plan *plan, qd_ctx_t ctx)
{
    qd_status st = qd_idx_folder(&folder, ctx);
    if (st != QD_OK) return st;
    qd_idx_plan idx = {10, 0, 0, 0, false};
    qd_idx_files files;
    const char *prefix = NULL;
    qd_idx_files_init(&files);
    st = read_idx_plan(&idx, &prefix, config, ctx);
    if (st == QD_OK) st = qd_idx_find(&files, folder, prefix, ctx);
    for (int k = 0; k < 2 && st == QD_OK; k++) {
        idx.limit = k == 0 ? plan->limit : plan->test_limit;
        st = qd_data_idx(k == 0 ? d->train : d->test, qd_buf_str(files.images[k]), qd_buf_str(files.labels[k]), &idx, ctx);
    }
    if (st == QD_OK) resolve_idx(w, &idx, folder, prefix);
    qd_idx_files_clear(&files);
    return st;
}

static qd_status read_cifar10(train_data *d, qd_json_t w, const char *folder, const file_plan *plan, qd_ctx_t ctx)
{
    qd_status st = qd_data_cifar10(d->train, folder, true, plan->limit, ctx);
    qd_json_string(w, "cifar10", folder);
    return st == QD_OK ? qd_data_cifar10(d->test, folder, false, plan->test_limit, ctx) : st;
}

static void keep_first(qd_data_t data, int64_t limit)
{
    if (limit > 0 && limit < data->n) data->n = limit;
}

/* One character of a few, ASCII: their quoted list is `expected`. */
static qd_status read_character(char *c, const qd_config *config, const char *key, const char *known, const char *expected, qd_ctx_t ctx)
{
    const char *text = NULL;
    qd_status st = train_data__string(&text, config, key, ctx);
    if (st != QD_OK || text == NULL) return st;
    if (strlen(text) != 1 || strchr(known, text[0]) == NULL)
        return qd_node_fail(qd_config_find(config, "data", key), ctx, "'%s': found '%.20s', expected %s", key, text, expected);
    *c = text[0];
    return QD_OK;
}

/* *column: owned by the caller, the texts borrowed. */
static qd_status read_columns(const char ***column, int64_t *n, const qd_config *config, qd_ctx_t ctx)
{
    const qd_node *list = qd_config_find(config, "data", "columns");
    qd_status st = list == NULL ? QD_OK : qd_node_get_array(list, "'columns'", ctx);
    if (list == NULL || st != QD_OK) return st;
    *n = qd_node_count(list);
    if (*n == 0) return qd_node_fail(list, ctx, "'columns' is empty, expected names of features");
    *column = qd_calloc((size_t) *n, sizeof **column);
    for (int64_t i = 0; i < *n && st == QD_OK; i++) st = qd_node_get_string(*column + i, qd_node_item(list, i), "a name in 'columns'", ctx);
    return st;
}

static qd_status read_csv_plan(qd_csv_plan *csv, const char ***column, const qd_config *config, qd_ctx_t ctx)
{
    qd_status st;
    if ((st = train_data__string(&csv->target, config, "target_column", ctx)) != QD_OK ||
        (st = train_data__int(&csv->classes, config, "classes", 0, 100000, ctx)) != QD_OK ||
        (st = read_character(&csv->separator, config, "separator", ",;|\t", "',', ';', '|' or a tabulator", ctx)) != QD_OK ||
        (st = read_character(&csv->decimal, config, "decimal", ".,", "'.' or ','", ctx)) != QD_OK ||
        (st = read_columns(column, &csv->ncolumns, config, ctx)) != QD_OK)
        return st;
    if (csv->target == NULL)
        return qd_node_fail(qd_config_find(config, "data", "csv"), ctx,
                            "'csv' without 'target_column'; expected the name of the column to be learnt");
    if (csv->separator == csv->decimal)
        return qd_node_fail(qd_config_find(config, "data", "decimal"), ctx,
                            "'decimal' is ',', as is the separator; expected another 'separator'");
    csv->column = *column;
    csv->others = *column != NULL;
    return QD_OK;
}

static void resolve_csv(qd_json_t w, const qd_csv_plan *csv, const char *path, const char *test)
{
    const char separator[] = {csv->separator, '\0'}, decimal[] = {csv->decimal, '\0'};
    qd_json_string(w, "csv", path);
    qd_json_string(w, "target_column", csv->target);
    if (csv->column != NULL) {
        qd_json_array(w, "columns");
        for (int64_t i = 0; i < csv->ncolumns; i++) qd_json_string(w, NULL, csv->column[i]);
        qd_json_end(w);
    }
    qd_json_string(w, "separator", separator);
    qd_json_string(w, "decimal", decimal);
    qd_json_string(w, "test_csv", test);
    qd_json_int(w, "classes", csv->classes);
}

/* The columns of the test data are those of the training data, wherever they stand. */
static qd_status read_csv(train_data *d, qd_json_t w, const qd_config *config, const char *path, const file_plan *plan, qd_ctx_t ctx)
{
    const char *test = path, **column = NULL;
    qd_csv_plan csv = {.separator = ',', .decimal = '.'};
    qd_status st = train_data__string(&test, config, "test_csv", ctx);
    if (st == QD_OK) st = read_csv_plan(&csv, &column, config, ctx);
    if (st == QD_OK) resolve_csv(w, &csv, path, test);
    if (st == QD_OK) st = qd_data_csv(d->train, path, &csv, ctx);
    if (st == QD_OK) {
        csv.column = (const char *const *) d->train->name;
        csv.ncolumns = d->train->channels;
        st = qd_data_csv(d->test, test, &csv, ctx);
    }
    keep_first(d->train, plan->limit);
    keep_first(d->test, plan->test_limit);
    free(column);
    return st;
}

qd_status train_data__files(train_data *d, const qd_config *config, const char *way, const char *path, qd_ctx_t ctx)
{
    file_plan plan = {0, 0, true};
    qd_status st = read_file_plan(&plan, config, ctx);
    if (st != QD_OK) return st;
    qd_json_t w;
    qd_json_init(w, d->resolved);
    qd_json_object(w, NULL);
    if (!strcmp(way, "idx")) st = read_idx(d, w, config, path, &plan, ctx);
    else if (!strcmp(way, "cifar10")) st = read_cifar10(d, w, path, &plan, ctx);
    else st = read_csv(d, w, config, path, &plan, ctx);
    if (st != QD_OK) return st;
    standardise(d, &plan);
    resolve_files(w, d, &plan);
    qd_json_end(w);
    return QD_OK;
}
