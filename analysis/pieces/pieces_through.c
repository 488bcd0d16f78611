/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric pieces --through: a line or a plane through points, which are lists, rows of tables or pictures of a data set. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "pieces/pieces.h"
#include "train/train.h"

/* WHAT:N with digits N: cuts WHAT off into `what`; false: it has another form. */
static bool split_number(qd_buf_t what, int64_t *number, const char *text)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon[1] == '\0' || strlen(colon + 1) > 15 || strspn(colon + 1, "0123456789") != strlen(colon + 1)) return false;
    *number = strtoll(colon + 1, NULL, 10);
    qd_buf_reset(what);
    qd_buf_add(what, text, (size_t) (colon - text));
    return true;
}

/* Is `end` the end of the text? Then it is cut off. */
static bool cut(qd_buf_t text, const char *end)
{
    size_t n = text->len, m = strlen(end);
    if (n <= m || strcmp(text->s + n - m, end) != 0) return false;
    text->len -= m;
    text->s[text->len] = '\0';
    return true;
}

/* ---- points ----------------------------------------------------------------------------------- */

/* Numbers between blanks, commas or ends of lines. */
static qd_status read_list_file(fmpq *x, slong n, const char *path, qd_ctx_t ctx)
{
    qd_buf_t file, list;
    qd_ctx_t own;
    qd_buf_init(file);
    qd_buf_init(list);
    qd_ctx_own(own, ctx);
    qd_status st = qd_ctx_prefix(ctx, qd_file_read(file, path, own), own, "%s: ", path);
    for (const char *s = qd_buf_str(file); *s != '\0';) {
        size_t blank = strspn(s, ", \t\r\n"), length = strcspn(s + blank, ", \t\r\n");
        if (length > 0 && list->len > 0) qd_buf_puts(list, ",");
        qd_buf_add(list, s + blank, length);
        s += blank + length;
    }
    if (st == QD_OK) {
        st = qd_ctx_prefix(ctx, qd_rat_set_list(x, n, qd_buf_str(list), own), own, "%s: ", path);
    }
    qd_buf_clear(file);
    qd_buf_clear(list);
    return st;
}

static bool is_number(const char *s, fmpq_t x, qd_ctx_t ctx)
{
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    return qd_rat_set_str(x, s, strlen(s), own) == QD_OK;
}

/* The record that was read last, as numbers. */
static qd_status take_record(fmpq *x, slong n, const qd_csv *csv, const char *path, qd_ctx_t ctx)
{
    if (csv->nfields != n)
        return qd_fail(ctx, QD_EINPUT, "%s: line %ld has %ld fields, expected %ld numbers, one for each input", path, (long) csv->line,
                       (long) csv->nfields, (long) n);
    for (slong i = 0; i < n; i++)
        if (!is_number(qd_csv_field(csv, i), x + i, ctx))
            return qd_fail(ctx, QD_EINPUT, "%s: line %ld: found '%.40s', expected a number", path, (long) csv->line, qd_csv_field(csv, i));
    return QD_OK;
}

/* Row `row`, from 0; a first record with a field that is no number is a header. */
static qd_status find_record(fmpq *x, slong n, qd_csv *csv, int64_t row, const char *path, qd_ctx_t ctx)
{
    fmpq_t number;
    qd_status st;
    bool header = false;
    int64_t k = -1;
    fmpq_init(number);
    while ((st = qd_csv_next(csv, ctx)) == QD_OK && csv->nfields > 0) {
        for (int64_t i = 0; k < 0 && !header && i < csv->nfields; i++) header = !is_number(qd_csv_field(csv, i), number, ctx);
        if (header && k < 0) {
            k = 0;
            header = false;
            if (row >= 0) continue;
        }
        if (k < 0) k = 0;
        if (k++ == row) break;
    }
    fmpq_clear(number);
    if (st != QD_OK) return st;
    if (csv->nfields == 0)
        return qd_fail(ctx, QD_EINPUT, "%s has %ld rows; there is no row %ld, from 0", path, (long) (k < 0 ? 0 : k), (long) row);
    return take_record(x, n, csv, path, ctx);
}

static qd_status read_row(fmpq *x, slong n, const char *path, int64_t row, qd_ctx_t ctx)
{
    qd_buf_t file;
    qd_csv csv;
    qd_ctx_t own;
    qd_buf_init(file);
    qd_ctx_own(own, ctx);
    qd_status st = qd_ctx_prefix(ctx, qd_file_read(file, path, own), own, "%s: ", path);
    qd_csv_init(&csv, qd_buf_str(file), file->len);
    if (st == QD_OK) st = find_record(x, n, &csv, row, path, ctx);
    qd_csv_clear(&csv);
    qd_buf_clear(file);
    return st;
}

/* The numbers that the trainer gives a network for picture i: standardised by the training data, in float32. */
static qd_status take_picture(fmpq *x, slong n, const qd_data_t data, int64_t i, const char *name, qd_ctx_t ctx)
{
    slong size = data->channels * data->height * data->width;
    if (i >= data->n)
        return qd_fail(ctx, QD_EINPUT, "%s has %ld pictures; there is no picture %ld, from 0", name, (long) data->n, (long) i);
    if (size != n) return qd_fail(ctx, QD_EINPUT, "%s: a picture has %ld numbers, the network takes %ld", name, (long) size, (long) n);
    float *v = qd_malloc(sizeof *v * (size_t) n);
    const qd_batch one = {.data = data, .index = &i, .n = 1};
    qd_batch_fill_f32(v, &one, 0, 1, false, n);
    for (slong k = 0; k < n; k++) qd_rat_set_double(x + k, v[k]);
    free(v);
    return QD_OK;
}

static qd_status read_picture(fmpq *x, slong n, const char *name, bool test, int64_t i, qd_ctx_t ctx)
{
    static const qd_idx_plan plan = {.classes = 256};
    const char *folder = name;
    qd_idx_files files;
    qd_data_t data[2];
    qd_idx_files_init(&files);
    for (int k = 0; k < 2; k++) qd_data_init(data[k]);
    qd_status st = qd_idx_folder(&folder, ctx);
    if (st == QD_OK) st = qd_idx_find(&files, folder, NULL, ctx);
    for (int k = 0; k <= test && st == QD_OK; k++)
        st = qd_data_idx(data[k], qd_buf_str(files.images[k]), qd_buf_str(files.labels[k]), &plan, ctx);
    if (st == QD_OK) {
        qd_data_standardise(data[test], data[0]);
        st = take_picture(x, n, data[test], i, name, ctx);
    }
    for (int k = 0; k < 2; k++) qd_data_clear(data[k]);
    qd_idx_files_clear(&files);
    return st;
}

/* ---- the option -------------------------------------------------------------------------------- */

/* *command: what is wrong is in the command line, not in a file. */
static qd_status read_point(fmpq *x, slong n, const char *text, bool *command, qd_ctx_t ctx)
{
    qd_buf_t what;
    int64_t number;
    qd_status st;
    qd_buf_init(what);
    *command = false;
    if (text[0] == '@') st = read_list_file(x, n, text + 1, ctx);
    else if (split_number(what, &number, text)) {
        bool test = cut(what, ":test");
        if (test || cut(what, ":train")) st = read_picture(x, n, qd_buf_str(what), test, number, ctx);
        else if (what->len > 4 && strcmp(what->s + what->len - 4, ".csv") == 0) st = read_row(x, n, qd_buf_str(what), number, ctx);
        else {
            *command = true;
            st = qd_fail(ctx, QD_EINPUT, "found '%.60s', expected numbers, @FILE, TABLE.csv:ROW, or FOLDER:train:N or FOLDER:test:N", text);
        }
    } else {
        *command = true;
        st = qd_rat_set_list(x, n, text, ctx);
    }
    qd_buf_clear(what);
    return st;
}

int pieces_through_read(pieces_domain *dom, qd_ctx_t ctx)
{
    const cli_texts *through = &pieces_options.through;
    fmpq *v[3] = {dom->base, dom->step, dom->step + dom->n};
    dom->variable = "t";
    dom->d = (qd_domain){.dim = through->n - 1, .base = dom->base, .step = dom->step};
    for (int i = 0; i < through->n; i++) {
        bool command;
        qd_status st = read_point(v[i], dom->n, through->text[i], &command, ctx);
        if (st != QD_OK && command) return cli_usage("pieces", "--through: %s", qd_ctx_message(ctx));
        if (st != QD_OK) return cli_fail(st, NULL, ctx);
        if (i > 0) qd_domain_difference(v[i], dom->base, v[i], dom->n);
    }
    if (qd_domain_check(&dom->d, dom->n, ctx) == QD_OK) return EXIT_ANSWERED;
    return cli_usage("pieces", through->n == 2 ? "--through: the two points are equal" : "--through: the three points lie on one line");
}
