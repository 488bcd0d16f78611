/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points by name. A row of a table is found by reading the rows before it. */
#include "cli/point.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/net.h"
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
    if (!qd_ends_with(qd_buf_str(text), end)) return false;
    text->len -= strlen(end);
    text->s[text->len] = '\0';
    return true;
}

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

/* ---- tables ----------------------------------------------------------------------------------- */

static bool is_number(const char *s, fmpq_t x, qd_ctx_t ctx)
{
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    return qd_rat_set_str(x, s, strlen(s), own) == QD_OK;
}

/* Is the record that was read last a header: has it a field that is no number? */
static bool is_header(const qd_csv *csv, qd_ctx_t ctx)
{
    bool header = false;
    fmpq_t x;
    fmpq_init(x);
    for (int64_t i = 0; i < csv->nfields && !header; i++) header = !is_number(qd_csv_field(csv, i), x, ctx);
    fmpq_clear(x);
    return header;
}

qd_status cli_points_open(cli_points *p, slong n, const char *path, qd_ctx_t ctx)
{
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    *p = (cli_points){.path = path, .n = n};
    qd_buf_init(p->file);
    qd_status st = qd_ctx_prefix(ctx, qd_file_read(p->file, path, own), own, "%s: ", path);
    qd_csv_init(&p->csv, qd_buf_str(p->file), p->file->len);
    return st;
}

void cli_points_close(cli_points *p)
{
    qd_csv_clear(&p->csv);
    qd_buf_clear(p->file);
}

/* The next record that is a row; no fields at the end. */
static qd_status next_record(cli_points *p, qd_ctx_t ctx)
{
    bool first = p->row == 0;
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    qd_status st = qd_csv_next(&p->csv, own);
    if (st == QD_OK && first && p->csv.nfields > 0 && is_header(&p->csv, ctx)) st = qd_csv_next(&p->csv, own);
    p->row++;
    return qd_ctx_prefix(ctx, st, own, "%s: ", p->path);
}

/* The record that was read last, as numbers. */
static qd_status take_record(fmpq *x, const cli_points *p, qd_ctx_t ctx)
{
    const qd_csv *csv = &p->csv;
    if (csv->nfields != p->n)
        return qd_fail(ctx, QD_EINPUT, "%s: line %ld has %ld fields, expected %ld numbers, one for each input", p->path, (long) csv->line,
                       (long) csv->nfields, (long) p->n);
    for (slong i = 0; i < p->n; i++)
        if (!is_number(qd_csv_field(csv, i), x + i, ctx))
            return qd_fail(ctx, QD_EINPUT, "%s: line %ld: found '%.40s', expected a number", p->path, (long) csv->line,
                           qd_csv_field(csv, i));
    return QD_OK;
}

qd_status cli_points_next(fmpq *x, bool *end, cli_points *p, qd_ctx_t ctx)
{
    qd_status st = next_record(p, ctx);
    *end = st == QD_OK && p->csv.nfields == 0;
    return st != QD_OK || *end ? st : take_record(x, p, ctx);
}

static qd_status read_row(fmpq *x, slong n, const char *path, int64_t row, qd_ctx_t ctx)
{
    cli_points p;
    qd_status st = cli_points_open(&p, n, path, ctx);
    while (st == QD_OK && p.row <= row) {
        st = next_record(&p, ctx);
        if (st == QD_OK && p.csv.nfields == 0)
            st = qd_fail(ctx, QD_EINPUT, "%s has %ld rows; there is no row %ld, from 0", path, (long) p.row - 1, (long) row);
    }
    if (st == QD_OK) st = take_record(x, &p, ctx);
    cli_points_close(&p);
    return st;
}

/* ---- pictures --------------------------------------------------------------------------------- */

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

/* Is it a folder of CIFAR-10? */
static bool is_cifar(const char *folder)
{
    qd_buf_t path;
    qd_buf_init(path);
    qd_buf_printf(path, "%s/test_batch.bin", folder);
    bool yes = access(qd_buf_str(path), F_OK) == 0;
    qd_buf_clear(path);
    return yes;
}

static qd_status load_pictures(qd_data_t data, const char *name, bool test, qd_ctx_t ctx)
{
    static const qd_idx_plan plan = {.classes = 256};
    const char *folder = name;
    qd_idx_files files;
    if (is_cifar(name)) return qd_data_cifar10(data, name, !test, 0, ctx);
    qd_idx_files_init(&files);
    qd_status st = qd_idx_folder(&folder, ctx);
    if (st == QD_OK) st = qd_idx_find(&files, folder, NULL, ctx);
    if (st == QD_OK) st = qd_data_idx(data, qd_buf_str(files.images[test]), qd_buf_str(files.labels[test]), &plan, ctx);
    qd_idx_files_clear(&files);
    return st;
}

/* The numbers of a list in the metadata, one a channel.   -> false: it is not there, or something else */
static bool read_scale(double *v, int64_t channels, const qd_st_t tensors, const char *key, qd_ctx_t ctx)
{
    const char *text = qd_st_meta(tensors, key);
    qd_doc_t doc;
    qd_ctx_t own;
    if (text == NULL) return false;
    qd_doc_init(doc);
    qd_ctx_own(own, ctx);
    bool yes = qd_doc_parse(doc, text, strlen(text), QD_JSON, own) == QD_OK && qd_node_count(qd_doc_root(doc)) == channels;
    for (int64_t c = 0; c < channels && yes; c++)
        yes = qd_node_get_double(v + c, qd_node_item(qd_doc_root(doc), c), -1e300, 1e300, key, own) == QD_OK;
    qd_doc_clear(doc);
    return yes;
}

/* Takes the scale from the network file, where it has one. */
static bool scale_of_network(qd_data_t data, const char *network, qd_ctx_t ctx)
{
    double mean[4], std[4];
    qd_st_t tensors;
    qd_ctx_t own;
    if (qd_net_format_of(network) != QD_NET_SAFETENSORS) return false;
    qd_st_init(tensors);
    qd_ctx_own(own, ctx);
    bool yes = qd_st_read(tensors, network, own) == QD_OK && read_scale(mean, data->channels, tensors, "pixel_mean", ctx) &&
               read_scale(std, data->channels, tensors, "pixel_std", ctx);
    for (int64_t c = 0; c < data->channels && yes; c++) {
        data->mean[c] = mean[c];
        data->std[c] = std[c];
    }
    qd_st_clear(tensors);
    return yes;
}

static qd_status read_picture(fmpq *x, slong n, const char *name, bool test, int64_t i, const char *network, qd_ctx_t ctx)
{
    qd_data_t data, train;
    qd_data_init(data);
    qd_data_init(train);
    qd_status st = load_pictures(data, name, test, ctx);
    if (st == QD_OK && !scale_of_network(data, network, ctx)) {
        if (test) st = load_pictures(train, name, false, ctx);
        if (st == QD_OK) qd_data_standardise(data, test ? train : data);
    }
    if (st == QD_OK) st = take_picture(x, n, data, i, name, ctx);
    qd_data_clear(data);
    qd_data_clear(train);
    return st;
}

/* ---- the name --------------------------------------------------------------------------------- */

qd_status cli_point_read(fmpq *x, slong n, const char *text, const char *network, bool *command, qd_ctx_t ctx)
{
    qd_buf_t what;
    int64_t number;
    qd_status st;
    qd_buf_init(what);
    *command = false;
    if (text[0] == '@') st = read_list_file(x, n, text + 1, ctx);
    else if (split_number(what, &number, text)) {
        bool test = cut(what, ":test");
        if (test || cut(what, ":train")) st = read_picture(x, n, qd_buf_str(what), test, number, network, ctx);
        else if (qd_ends_with(qd_buf_str(what), ".csv")) st = read_row(x, n, qd_buf_str(what), number, ctx);
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
