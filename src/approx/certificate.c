/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Certificates of need, in memory and as files: JSON, a tuple a line, with a checksum over everything. */
#include "approx/impl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void qd_approx_certificate_init(qd_approx_certificate_t c)
{
    memset(c, 0, sizeof *c);
    qd_expr_init(c->expr);
    qd_spline_init(c->spline);
    qd_net_init(c->net);
    fmpq_init(c->lo);
    fmpq_init(c->hi);
    fmpq_init(c->eps);
    qd_approx_lower_init(c->tuples);
}

void qd_approx_certificate_clear(qd_approx_certificate_t c)
{
    qd_expr_clear(c->expr);
    qd_spline_clear(c->spline);
    qd_net_clear(c->net);
    fmpq_clear(c->lo);
    fmpq_clear(c->hi);
    fmpq_clear(c->eps);
    qd_approx_lower_clear(c->tuples);
    free(c->version);
    free(c->checksum);
}

/* Room for m tuples of the degree, all 0. */
static void resize(qd_approx_lower_t r, slong degree, slong m)
{
    qd_approx_lower_clear(r);
    *r = (qd_approx_lower_struct){degree, m, _fmpq_vec_init(m * (degree + 2))};
}

void qd_approx_certificate_make(qd_approx_certificate_t c, const qd_approx_target_t f, const qd_net_struct *net, const fmpq_t eps,
                                const qd_approx_lower_t tuples)
{
    qd_ctx_t own;
    qd_approx_certificate_clear(c);
    qd_approx_certificate_init(c);
    c->kind = net != NULL ? QD_APPROX_NETWORK : f->is_spline ? QD_APPROX_SPLINE : QD_APPROX_EXPRESSION;
    if (net != NULL) qd_net_set(c->net, net);
    else if (f->is_spline) qd_spline_set(c->spline, f->spline);
    else {
        qd_ctx_own(own, NULL);
        qd_expr_parse(c->expr, f->expr->text, own); /* as before: it cannot fail */
    }
    fmpq_set(c->lo, f->lo);
    fmpq_set(c->hi, f->hi);
    fmpq_set(c->eps, eps);
    resize(c->tuples, tuples->degree, tuples->m);
    for (slong i = 0; i < tuples->m * (tuples->degree + 2); i++) fmpq_set(c->tuples->point + i, tuples->point + i);
}

/* ---- writing ----------------------------------------------------------------------------- */

static void print_vec(qd_json_t w, const char *key, const fmpq *v, slong n)
{
    qd_json_array(w, key);
    for (slong i = 0; i < n; i++) qd_rat_json(w, NULL, v + i);
    qd_json_end(w);
}

static void print_target(qd_json_t w, const qd_approx_certificate_t c)
{
    qd_buf_t text;
    qd_buf_init(text);
    if (c->kind == QD_APPROX_EXPRESSION) qd_json_string(w, "target", c->expr->text);
    else {
        if (c->kind == QD_APPROX_SPLINE) qd_spline_print(text, c->spline);
        else qd_net_print(text, c->net);
        while (text->len > 0 && text->s[text->len - 1] == '\n') text->s[--text->len] = '\0';
        qd_json_raw(w, c->kind == QD_APPROX_SPLINE ? "spline" : "network", qd_buf_str(text));
    }
    qd_buf_clear(text);
}

void qd_approx__certificate_body(qd_buf_t out, const qd_approx_certificate_t c)
{
    slong n = c->tuples->degree + 2;
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_json_string(w, "certificate", QD_APPROX_FORMAT);
    qd_json_line(w, 1);
    print_target(w, c);
    qd_json_line(w, 1);
    qd_json_array(w, "interval");
    qd_rat_json(w, NULL, c->lo);
    qd_rat_json(w, NULL, c->hi);
    qd_json_end(w);
    qd_rat_json(w, "tolerance", c->eps);
    qd_json_int(w, "degree", c->tuples->degree);
    qd_json_int(w, "lower", c->tuples->m + 1);
    qd_json_line(w, 1);
    qd_json_array(w, "points");
    for (slong i = 0; i < c->tuples->m; i++) {
        qd_json_line(w, 2);
        print_vec(w, NULL, c->tuples->point + i * n, n);
    }
    qd_json_end(w);
    qd_json_line(w, 1);
    qd_json_string(w, "version", c->version != NULL ? c->version : QD_VERSION);
    qd_buf_puts(out, ",\n");
}

void qd_approx_certificate_print(qd_buf_t out, const qd_approx_certificate_t c)
{
    qd_buf_t body;
    qd_buf_init(body);
    qd_approx__certificate_body(body, c);
    qd_buf_puts(out, qd_buf_str(body));
    qd_buf_printf(out, " \"checksum\": \"%016" PRIx64 "\"}\n", qd_hash(qd_buf_str(body), body->len));
    qd_buf_clear(body);
}

/* ---- reading ----------------------------------------------------------------------------- */

static qd_status read_target(qd_approx_certificate_t c, const qd_node *root, qd_ctx_t ctx)
{
    const qd_node *spline = qd_node_member(root, "spline"), *net = qd_node_member(root, "network"), *node;
    const char *text;
    qd_status st;
    c->kind = spline != NULL ? QD_APPROX_SPLINE : net != NULL ? QD_APPROX_NETWORK : QD_APPROX_EXPRESSION;
    if (spline != NULL) return qd_spline_from_node(c->spline, spline, ctx);
    if (net != NULL) return qd_net_from_node(c->net, net, ctx);
    if ((st = qd_node_need(&node, root, "target", "the certificate", ctx)) != QD_OK) return st;
    if ((st = qd_node_get_string(&text, node, "'target'", ctx)) != QD_OK) return st;
    return qd_expr_parse(c->expr, text, ctx);
}

static qd_status read_rational(fmpq_t x, const qd_node *root, const char *key, qd_ctx_t ctx)
{
    const qd_node *node;
    qd_status st = qd_node_need(&node, root, key, "the certificate", ctx);
    return st == QD_OK ? qd_rat_from_node(x, node, key, ctx) : st;
}

static qd_status read_int(slong *x, const qd_node *root, const char *key, int64_t min, int64_t max, qd_ctx_t ctx)
{
    const qd_node *node;
    int64_t v = 0;
    qd_status st = qd_node_need(&node, root, key, "the certificate", ctx);
    if (st == QD_OK) st = qd_node_get_int(&v, node, min, max, key, ctx);
    *x = (slong) v;
    return st;
}

static qd_status read_vec(fmpq *v, const qd_node *node, slong n, const char *what, qd_ctx_t ctx)
{
    qd_status st = qd_node_get_array(node, what, ctx);
    if (st == QD_OK && qd_node_count(node) != n)
        return qd_node_fail(node, ctx, "%s has %" PRId64 " numbers, expected %ld", what, qd_node_count(node), (long) n);
    for (slong i = 0; i < n && st == QD_OK; i++) st = qd_rat_from_node(v + i, qd_node_item(node, i), what, ctx);
    return st;
}

static qd_status read_interval(qd_approx_certificate_t c, const qd_node *root, qd_ctx_t ctx)
{
    const qd_node *node;
    fmpq *end = _fmpq_vec_init(2);
    qd_status st = qd_node_need(&node, root, "interval", "the certificate", ctx);
    if (st == QD_OK) st = read_vec(end, node, 2, "'interval'", ctx);
    fmpq_set(c->lo, end);
    fmpq_set(c->hi, end + 1);
    _fmpq_vec_clear(end, 2);
    return st;
}

static qd_status read_points(qd_approx_certificate_t c, const qd_node *root, qd_ctx_t ctx)
{
    const qd_node *node;
    slong degree, lower;
    qd_status st = read_int(&degree, root, "degree", 1, QD_APPROX_MAX_DEGREE, ctx);
    if (st == QD_OK) st = read_int(&lower, root, "lower", 1, QD_APPROX_PIECES + 1, ctx);
    if (st == QD_OK) st = qd_node_need(&node, root, "points", "the certificate", ctx);
    if (st == QD_OK) st = qd_node_get_array(node, "'points'", ctx);
    if (st != QD_OK) return st;
    if (qd_node_count(node) != lower - 1)
        return qd_node_fail(node, ctx, "'points' has %" PRId64 " tuples; %ld pieces need %ld", qd_node_count(node), (long) lower,
                            (long) lower - 1);
    resize(c->tuples, degree, lower - 1);
    for (slong i = 0; i + 1 < lower && st == QD_OK; i++)
        st = read_vec(c->tuples->point + i * (degree + 2), qd_node_item(node, i), degree + 2, "a tuple of 'points'", ctx);
    return st;
}

static qd_status read_text(char **text, const qd_node *root, const char *key, qd_ctx_t ctx)
{
    const qd_node *node;
    const char *s;
    qd_status st = qd_node_need(&node, root, key, "the certificate", ctx);
    if (st == QD_OK) st = qd_node_get_string(&s, node, key, ctx);
    if (st == QD_OK) *text = qd_strdup(s);
    return st;
}

qd_status qd_approx_certificate_read(qd_approx_certificate_t c, const qd_node *root, qd_ctx_t ctx)
{
    static const char *const keys[] = {"certificate", "target", "spline", "network", "interval", "tolerance",
                                       "degree",      "lower",  "points", "version", "checksum", NULL};
    const qd_node *node;
    const char *format = "";
    qd_status st = qd_node_need(&node, root, "certificate", "the certificate", ctx);
    if (st == QD_OK) st = qd_node_get_string(&format, node, "'certificate'", ctx);
    if (st == QD_OK && strcmp(format, QD_APPROX_FORMAT) != 0)
        st = qd_node_fail(node, ctx, "found the certificate '%.60s', expected '%s'", format, QD_APPROX_FORMAT);
    if (st == QD_OK) st = qd_node_only_keys(root, keys, "the certificate", ctx);
    if (st == QD_OK) st = read_target(c, root, ctx);
    if (st == QD_OK) st = read_interval(c, root, ctx);
    if (st == QD_OK) st = read_rational(c->eps, root, "tolerance", ctx);
    if (st == QD_OK) st = read_points(c, root, ctx);
    if (st == QD_OK) st = read_text(&c->version, root, "version", ctx);
    return st == QD_OK ? read_text(&c->checksum, root, "checksum", ctx) : st;
}
