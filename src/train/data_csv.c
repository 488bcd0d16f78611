/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of numbers with a header line. Columns are known by their names. */
#include "io/io.h"
#include "train/data_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *path;
    const qd_csv_plan *plan;
    int64_t columns, target; /* number of columns, and which is the target */
    char **name;             /* owned: of all columns */
    bool *passed;            /* owned: columns that are not looked at */
    int64_t *feature;        /* owned: (features) their columns */
    int64_t features;
    double *value; /* owned: (rows, features + 1), the target last */
    int64_t rows, room;
} csv_table;

static qd_status bad_field(const csv_table *t, const qd_csv *csv, int64_t i, const char *expected, qd_ctx_t ctx)
{
    const char *text = qd_csv_field(csv, i);
    if (csv->length[i] == 0)
        return qd_fail(ctx, QD_EINPUT, "%s: line %lld, column %lld ('%.40s'): found nothing, expected %s", t->path, (long long) csv->line,
                       (long long) i + 1, t->name[i], expected);
    return qd_fail(ctx, QD_EINPUT, "%s: line %lld, column %lld ('%.40s'): found '%.40s', expected %s", t->path, (long long) csv->line,
                   (long long) i + 1, t->name[i], text, expected);
}

/* ---- header ------------------------------------------------------------------------------- */

/* Names tell columns apart; only an index in front may go without. */
static qd_status check_names(csv_table *t, int64_t line, qd_ctx_t ctx)
{
    for (int64_t i = 0; i < t->columns; i++) {
        t->passed[i] = i == 0 && t->columns > 1 && t->name[i][0] == '\0';
        if (t->name[i][0] == '\0' && !t->passed[i])
            return qd_fail(ctx, QD_EINPUT, "%s: line %lld, column %lld: the name is empty", t->path, (long long) line, (long long) i + 1);
        for (int64_t k = 0; k < i; k++)
            if (strcmp(t->name[i], t->name[k]) == 0)
                return qd_fail(ctx, QD_EINPUT, "%s: line %lld: columns %lld and %lld are both named '%.40s'", t->path, (long long) line,
                               (long long) k + 1, (long long) i + 1, t->name[i]);
    }
    return QD_OK;
}

static qd_status find_column(int64_t *at, const csv_table *t, const char *name, qd_ctx_t ctx)
{
    for (*at = 0; *at < t->columns; ++*at)
        if (!t->passed[*at] && strcmp(t->name[*at], name) == 0) return QD_OK;
    qd_buf_t known;
    qd_buf_init(known);
    for (int64_t i = 0; i < t->columns && known->len < 400; i++)
        if (!t->passed[i]) qd_buf_printf(known, "%s'%.40s'", known->len > 0 ? ", " : "", t->name[i]);
    qd_fail(ctx, QD_EINPUT, "%s: no column is named '%.40s'; there are %s", t->path, name, qd_buf_str(known));
    qd_buf_clear(known);
    return QD_EINPUT;
}

static bool is_feature(const csv_table *t, int64_t column)
{
    for (int64_t k = 0; k < t->features; k++)
        if (t->feature[k] == column) return true;
    return false;
}

/* The features that the plan names. */
static qd_status choose_features(csv_table *t, qd_ctx_t ctx)
{
    const qd_csv_plan *plan = t->plan;
    for (int64_t k = 0; k < plan->ncolumns; k++) {
        int64_t at;
        qd_status st = find_column(&at, t, plan->column[k], ctx);
        if (st != QD_OK) return st;
        if (at == t->target)
            return qd_fail(ctx, QD_EINPUT, "%s: '%.40s' is the target, expected another feature", t->path, plan->column[k]);
        if (is_feature(t, at)) return qd_fail(ctx, QD_EINPUT, "%s: the feature '%.40s' is named twice", t->path, plan->column[k]);
        t->feature[t->features++] = at;
    }
    for (int64_t i = 0; i < t->columns && !plan->others; i++)
        if (i != t->target && !t->passed[i] && !is_feature(t, i))
            return qd_fail(ctx, QD_EINPUT, "%s: a column is named '%.40s', which is no feature of the training data", t->path, t->name[i]);
    return QD_OK;
}

static qd_status read_header(csv_table *t, qd_csv *csv, qd_ctx_t ctx)
{
    t->columns = csv->nfields;
    t->name = qd_calloc((size_t) t->columns, sizeof *t->name);
    t->passed = qd_calloc((size_t) t->columns, sizeof *t->passed);
    t->feature = qd_calloc((size_t) t->columns, sizeof *t->feature);
    for (int64_t i = 0; i < t->columns; i++) t->name[i] = qd_strdup(qd_csv_field(csv, i));
    qd_status st = check_names(t, csv->line, ctx);
    if (st == QD_OK) st = find_column(&t->target, t, t->plan->target, ctx);
    if (st == QD_OK && t->plan->column != NULL) st = choose_features(t, ctx);
    for (int64_t i = 0; st == QD_OK && t->plan->column == NULL && i < t->columns; i++)
        if (i != t->target && !t->passed[i]) t->feature[t->features++] = i;
    if (st != QD_OK || t->features > 0) return st;
    return qd_fail(ctx, QD_EINPUT, "%s: '%.40s' is the only column, expected features beside it", t->path, t->plan->target);
}

/* ---- rows --------------------------------------------------------------------------------- */

/* A decimal number with blanks around it; strtod alone would take hexadecimal digits, nan and inf. */
static bool get_number(double *x, const char *text, size_t len, char decimal)
{
    const char digits[] = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '+', '-', 'e', 'E', ' ', '\t', decimal, '\0'};
    if (strspn(text, digits) != len) return false;
    qd_buf_t copy;
    qd_buf_init(copy);
    qd_buf_puts(copy, text);
    for (char *p = decimal == '.' ? NULL : strchr(copy->s, decimal); p != NULL; p = strchr(p, decimal)) *p = '.';
    char *end;
    *x = strtod(qd_buf_str(copy), &end);
    bool good = end > qd_buf_str(copy) && end + strspn(end, " \t") == qd_buf_str(copy) + len && isfinite(*x);
    qd_buf_clear(copy);
    return good;
}

static qd_status read_value(double *v, const csv_table *t, const qd_csv *csv, int64_t column, qd_ctx_t ctx)
{
    char expected[64] = "a finite decimal number";
    int64_t classes = column == t->target ? t->plan->classes : 0;
    bool good = get_number(v, qd_csv_field(csv, column), csv->length[column], t->plan->decimal);
    if (classes > 0) {
        snprintf(expected, sizeof expected, "a label 0 to %lld", (long long) classes - 1);
        good = good && *v == floor(*v) && *v >= 0 && *v < (double) classes;
    }
    return good ? QD_OK : bad_field(t, csv, column, expected, ctx);
}

static qd_status read_row(csv_table *t, qd_csv *csv, qd_ctx_t ctx)
{
    if (csv->nfields != t->columns)
        return qd_fail(ctx, QD_EINPUT, "%s: line %lld has %lld field%s, expected %lld as in the header", t->path, (long long) csv->line,
                       (long long) csv->nfields, csv->nfields == 1 ? "" : "s", (long long) t->columns);
    if (t->rows == t->room) {
        t->room = 2 * t->room + 16;
        t->value = qd_realloc(t->value, sizeof *t->value * (size_t) (t->room * (t->features + 1)));
    }
    double *v = t->value + t->rows * (t->features + 1);
    qd_status st = QD_OK;
    for (int64_t i = 0; i < t->columns && st == QD_OK; i++) { /* in the order of the file, so that the first fault is named */
        int64_t k = 0;
        while (k < t->features && t->feature[k] != i) k++;
        if (k < t->features || i == t->target) st = read_value(v + k, t, csv, i, ctx);
    }
    t->rows++;
    return st;
}

/* ---- all ---------------------------------------------------------------------------------- */

static void set_data(qd_data_t data, const csv_table *t)
{
    int64_t features = t->features, classes = t->plan->classes;
    data->n = t->rows;
    data->channels = features;
    data->height = data->width = 1;
    data->outputs = classes > 0 ? classes : 1;
    data->name = qd_calloc((size_t) features, sizeof *data->name);
    for (int64_t k = 0; k < features; k++) data->name[k] = qd_strdup(t->name[t->feature[k]]);
    data->x = qd_malloc(sizeof *data->x * (size_t) (t->rows * features));
    if (classes > 0) data->label = qd_malloc(sizeof *data->label * (size_t) t->rows);
    else data->y = qd_malloc(sizeof *data->y * (size_t) t->rows);
    for (int64_t s = 0; s < t->rows; s++) {
        const double *v = t->value + s * (features + 1);
        memcpy(data->x + s * features, v, sizeof *v * (size_t) features);
        if (classes > 0) data->label[s] = (int32_t) v[features];
        else data->y[s] = v[features];
    }
}

/* The next record; the reader's sentences get the path in front. */
static qd_status next_record(qd_csv *csv, const char *path, qd_ctx_t ctx)
{
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    return qd_ctx_prefix(ctx, qd_csv_next(csv, own), own, "%s: ", path);
}

static qd_status read_table(csv_table *t, const qd_buf_t b, qd_ctx_t ctx)
{
    qd_csv csv;
    qd_csv_init(&csv, qd_buf_str(b), b->len);
    csv.separator = t->plan->separator;
    qd_status st = next_record(&csv, t->path, ctx);
    if (st == QD_OK && csv.nfields == 0)
        st = qd_fail(ctx, QD_EINPUT, "%s: the file is empty, expected a line with the names of the columns", t->path);
    if (st == QD_OK) st = read_header(t, &csv, ctx);
    while (st == QD_OK) {
        if ((st = next_record(&csv, t->path, ctx)) != QD_OK || csv.nfields == 0) break;
        st = read_row(t, &csv, ctx);
    }
    if (st == QD_OK && t->rows == 0) st = qd_fail(ctx, QD_EINPUT, "%s: no rows after the header", t->path);
    qd_csv_clear(&csv);
    return st;
}

qd_status qd_data_csv(qd_data_t data, const char *path, const qd_csv_plan *plan, qd_ctx_t ctx)
{
    csv_table t = {.path = path, .plan = plan};
    qd_buf_t b;
    qd_data_t d;
    qd_buf_init(b);
    qd_data_init(d);
    qd_status st = qd_train__read(b, path, ctx);
    if (st == QD_OK) st = read_table(&t, b, ctx);
    if (st == QD_OK) {
        set_data(d, &t);
        qd_data_swap(data, d);
    }
    for (int64_t i = 0; i < t.columns; i++) free(t.name[i]);
    free(t.name);
    free(t.passed);
    free(t.feature);
    free(t.value);
    qd_data_clear(d);
    qd_buf_clear(b);
    return st;
}
