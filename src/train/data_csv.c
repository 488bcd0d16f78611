/* Tables of numbers with a header line. */
#include "train/data_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *path;
    int64_t classes;
    int64_t columns, target; /* number of columns, and which is the target */
    char **name;             /* owned */
    double *value;           /* owned: (rows, columns) */
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

static qd_status check_names(const csv_table *t, int64_t line, qd_ctx_t ctx)
{
    for (int64_t i = 0; i < t->columns; i++) {
        if (t->name[i][0] == '\0')
            return qd_fail(ctx, QD_EINPUT, "%s: line %lld, column %lld: the name is empty", t->path, (long long) line, (long long) i + 1);
        for (int64_t k = 0; k < i; k++)
            if (strcmp(t->name[i], t->name[k]) == 0)
                return qd_fail(ctx, QD_EINPUT, "%s: line %lld: columns %lld and %lld are both named '%.40s'", t->path, (long long) line,
                               (long long) k + 1, (long long) i + 1, t->name[i]);
    }
    return QD_OK;
}

static qd_status unknown_target(const csv_table *t, const char *target, qd_ctx_t ctx)
{
    qd_buf_t known;
    qd_buf_init(known);
    for (int64_t i = 0; i < t->columns && known->len < 400; i++) qd_buf_printf(known, "%s'%.40s'", i > 0 ? ", " : "", t->name[i]);
    qd_fail(ctx, QD_EINPUT, "%s: no column is named '%.40s'; there are %s", t->path, target, qd_buf_str(known));
    qd_buf_clear(known);
    return QD_EINPUT;
}

/* The next record; the reader's sentences get the path in front. */
static qd_status next_record(qd_csv *csv, const char *path, qd_ctx_t ctx)
{
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    return qd_ctx_prefix(ctx, qd_csv_next(csv, own), own, "%s: ", path);
}

static qd_status read_header(csv_table *t, qd_csv *csv, const char *target, qd_ctx_t ctx)
{
    qd_status st = next_record(csv, t->path, ctx);
    if (st != QD_OK) return st;
    if (csv->nfields == 0) return qd_fail(ctx, QD_EINPUT, "%s: the file is empty, expected a line with the names of the columns", t->path);
    t->name = qd_calloc((size_t) csv->nfields, sizeof *t->name);
    t->columns = csv->nfields;
    for (int64_t i = 0; i < t->columns; i++) t->name[i] = qd_strdup(qd_csv_field(csv, i));
    if ((st = check_names(t, csv->line, ctx)) != QD_OK) return st;
    while (t->target < t->columns && strcmp(t->name[t->target], target) != 0) t->target++;
    if (t->target == t->columns) return unknown_target(t, target, ctx);
    if (t->columns == 1) return qd_fail(ctx, QD_EINPUT, "%s: '%.40s' is the only column, expected features beside it", t->path, target);
    return QD_OK;
}

/* A decimal number with blanks around it; strtod alone would take hexadecimal digits, nan and inf. */
static bool get_number(double *x, const char *text, size_t len)
{
    char *end;
    if (strspn(text, "0123456789+-.eE \t") != len) return false;
    *x = strtod(text, &end);
    return end > text && end + strspn(end, " \t") == text + len && isfinite(*x);
}

static qd_status read_row(csv_table *t, qd_csv *csv, qd_ctx_t ctx)
{
    if (csv->nfields != t->columns)
        return qd_fail(ctx, QD_EINPUT, "%s: line %lld has %lld field%s, expected %lld as in the header", t->path, (long long) csv->line,
                       (long long) csv->nfields, csv->nfields == 1 ? "" : "s", (long long) t->columns);
    if (t->rows == t->room) {
        t->room = 2 * t->room + 16;
        t->value = qd_realloc(t->value, sizeof *t->value * (size_t) (t->room * t->columns));
    }
    double *v = t->value + t->rows * t->columns;
    for (int64_t i = 0; i < t->columns; i++) {
        char expected[64] = "a finite decimal number";
        bool label = i == t->target && t->classes > 0, good = get_number(v + i, qd_csv_field(csv, i), csv->length[i]);
        if (label) {
            snprintf(expected, sizeof expected, "a label 0 to %lld", (long long) t->classes - 1);
            good = good && v[i] == floor(v[i]) && v[i] >= 0 && v[i] < (double) t->classes;
        }
        if (!good) return bad_field(t, csv, i, expected, ctx);
    }
    t->rows++;
    return QD_OK;
}

static void set_data(qd_data_t data, const csv_table *t)
{
    int64_t features = t->columns - 1;
    data->n = t->rows;
    data->channels = features;
    data->height = data->width = 1;
    data->outputs = t->classes > 0 ? t->classes : 1;
    data->x = qd_malloc(sizeof *data->x * (size_t) (t->rows * features));
    if (t->classes > 0) data->label = qd_malloc(sizeof *data->label * (size_t) t->rows);
    else data->y = qd_malloc(sizeof *data->y * (size_t) t->rows);
    for (int64_t s = 0; s < t->rows; s++) {
        const double *v = t->value + s * t->columns;
        for (int64_t i = 0; i < t->columns; i++)
            if (i != t->target) data->x[s * features + i - (i > t->target)] = v[i];
        if (t->classes > 0) data->label[s] = (int32_t) v[t->target];
        else data->y[s] = v[t->target];
    }
}

static qd_status read_table(csv_table *t, const qd_buf_t b, const char *target, qd_ctx_t ctx)
{
    qd_csv csv;
    qd_csv_init(&csv, qd_buf_str(b), b->len);
    qd_status st = read_header(t, &csv, target, ctx);
    while (st == QD_OK) {
        if ((st = next_record(&csv, t->path, ctx)) != QD_OK || csv.nfields == 0) break;
        st = read_row(t, &csv, ctx);
    }
    if (st == QD_OK && t->rows == 0) st = qd_fail(ctx, QD_EINPUT, "%s: no rows after the header", t->path);
    qd_csv_clear(&csv);
    return st;
}

qd_status qd_data_csv(qd_data_t data, const char *path, const char *target, int64_t classes, qd_ctx_t ctx)
{
    csv_table t = {.path = path, .classes = classes};
    qd_buf_t b;
    qd_data_t d;
    qd_buf_init(b);
    qd_data_init(d);
    qd_status st = qd_train__read(b, path, ctx);
    if (st == QD_OK) st = read_table(&t, b, target, ctx);
    if (st == QD_OK) {
        set_data(d, &t);
        qd_data_swap(data, d);
    }
    for (int64_t i = 0; i < t.columns; i++) free(t.name[i]);
    free(t.name);
    free(t.value);
    qd_data_clear(d);
    qd_buf_clear(b);
    return st;
}
