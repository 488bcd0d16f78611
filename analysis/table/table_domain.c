/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where `table pieces` counts. */
#include <string.h>

#include "table/table_config.h"
#include "table/table_pieces.h"

void table_domain_clear(table_domain *d)
{
    if (d->p != NULL) _fmpq_vec_clear(d->p, d->inputs);
    if (d->q != NULL) _fmpq_vec_clear(d->q, d->inputs);
    if (d->lo != NULL) _fmpq_vec_clear(d->lo, d->dim);
    if (d->hi != NULL) _fmpq_vec_clear(d->hi, d->dim);
}

/* ---- reading ------------------------------------------------------------------------------ */

static bool same_point(const fmpq *p, const fmpq *q, slong n)
{
    slong i = 0;
    while (i < n && fmpq_equal(p + i, q + i)) i++;
    return i == n;
}

static qd_status read_line(table_domain *d, const qd_node *node, qd_ctx_t ctx)
{
    slong n = d->inputs;
    qd_status st;
    d->place = n > 1 ? PLACE_RANDOM_LINE : PLACE_AXIS;
    if (node == NULL) return QD_OK;
    if (qd_node_kind(node) == QD_NODE_STRING && strcmp(qd_node_text(node, NULL), "random") == 0) {
        d->place = PLACE_RANDOM_LINE;
        return QD_OK;
    }
    if (qd_node_kind(node) != QD_NODE_ARRAY || qd_node_count(node) != 2)
        return qd_node_fail(node, ctx, "'line' must be random or two points such as [[0, 0], [1, 1/2]]");
    d->place = PLACE_GIVEN_LINE;
    d->p = _fmpq_vec_init(n);
    d->q = _fmpq_vec_init(n);
    if ((st = config_rationals(d->p, n, qd_node_item(node, 0), "the first point of 'line'", ctx)) != QD_OK) return st;
    if ((st = config_rationals(d->q, n, qd_node_item(node, 1), "the second point of 'line'", ctx)) != QD_OK) return st;
    return same_point(d->p, d->q, n) ? qd_node_fail(node, ctx, "the two points of 'line' are equal") : QD_OK;
}

/* [a, b] as coordinate k. */
static qd_status read_range(table_domain *d, slong k, const qd_node *node, const char *what, qd_ctx_t ctx)
{
    fmpq *ends = _fmpq_vec_init(2);
    qd_status st = config_rationals(ends, 2, node, what, ctx);
    if (st == QD_OK && fmpq_cmp(ends, ends + 1) >= 0) st = qd_node_fail(node, ctx, "%s must be [a, b] with a < b", what);
    fmpq_swap(d->lo + k, ends);
    fmpq_swap(d->hi + k, ends + 1);
    _fmpq_vec_clear(ends, 2);
    return st;
}

static void make_room(table_domain *d)
{
    d->lo = _fmpq_vec_init(d->dim);
    d->hi = _fmpq_vec_init(d->dim);
}

static qd_status read_interval(table_domain *d, const qd_node *node, qd_ctx_t ctx)
{
    if (node == NULL) return QD_OK;
    make_room(d);
    return read_range(d, 0, node, "'interval'", ctx);
}

static qd_status read_box(table_domain *d, const qd_node *node, qd_ctx_t ctx)
{
    qd_status st;
    if (node == NULL) return QD_OK;
    if ((st = qd_node_get_array(node, "'box'", ctx)) != QD_OK) return st;
    if (qd_node_count(node) != d->dim)
        return qd_node_fail(node, ctx, "'box': found %ld ranges, expected %ld", (long) qd_node_count(node), (long) d->dim);
    make_room(d);
    for (slong k = 0; k < d->dim && st == QD_OK; k++) st = read_range(d, k, qd_node_item(node, k), "a range of 'box'", ctx);
    return st;
}

/* plane, space */
static qd_status read_flat(table_domain *d, const qd_node *root, const qd_node *place, qd_ctx_t ctx)
{
    static const char *const of_lines[] = {"line", "interval"};
    bool plane = d->place == PLACE_RANDOM_PLANE;
    for (int k = 0; k < 2; k++) {
        const qd_node *m = qd_node_member(root, of_lines[k]);
        if (m != NULL) return qd_node_fail(m, ctx, "'%s' belongs to the domain line, found '%s'", of_lines[k], plane ? "plane" : "space");
    }
    if (d->inputs < (plane ? 3 : 2))
        return qd_node_fail(place, ctx, "'domain': found %s, expected 'input_dim' of at least %d for it", plane ? "plane" : "space",
                            plane ? 3 : 2);
    d->dim = plane ? 2 : d->inputs;
    return read_box(d, qd_node_member(root, "box"), ctx);
}

qd_status table_domain_read(table_domain *d, const qd_node *root, slong inputs, qd_ctx_t ctx)
{
    const qd_node *place = qd_node_member(root, "domain"), *box = qd_node_member(root, "box");
    const char *name = "line";
    qd_status st = place == NULL ? QD_OK : qd_node_get_string(&name, place, "'domain'", ctx);
    d->inputs = inputs;
    d->dim = 1;
    if (st != QD_OK) return st;
    if (strcmp(name, "line") != 0) {
        d->place = strcmp(name, "plane") == 0 ? PLACE_RANDOM_PLANE : PLACE_SPACE;
        if (d->place == PLACE_SPACE && strcmp(name, "space") != 0)
            return qd_node_fail(place, ctx, "unknown domain '%.40s'; known are line, plane, space", name);
        return read_flat(d, root, place, ctx);
    }
    if (box != NULL) return qd_node_fail(box, ctx, "'box' belongs to the domains plane and space; on a line it is 'interval'");
    if ((st = read_line(d, qd_node_member(root, "line"), ctx)) != QD_OK) return st;
    return read_interval(d, qd_node_member(root, "interval"), ctx);
}

/* ---- printing ----------------------------------------------------------------------------- */

static void print_point(qd_buf_t out, const fmpq *x, slong n)
{
    for (slong i = 0; i < n; i++) {
        if (i > 0) qd_buf_puts(out, ",");
        qd_rat_print(out, x + i);
    }
}

static void print_place(qd_buf_t out, const table_domain *d)
{
    switch (d->place) {
    case PLACE_AXIS:
        if (d->lo == NULL) qd_buf_puts(out, "whole line");
        return;
    case PLACE_RANDOM_LINE:
        qd_buf_puts(out, "random lines");
        return;
    case PLACE_GIVEN_LINE:
        qd_buf_puts(out, "line ");
        print_point(out, d->p, d->inputs);
        qd_buf_puts(out, ":");
        print_point(out, d->q, d->inputs);
        return;
    case PLACE_RANDOM_PLANE:
        qd_buf_puts(out, "random planes");
        return;
    case PLACE_SPACE:
        if (d->lo == NULL) qd_buf_puts(out, d->dim == 2 ? "whole plane" : "whole space");
    }
}

void table_domain_print(qd_buf_t out, const table_domain *d)
{
    size_t before = out->len;
    print_place(out, d);
    if (d->lo == NULL) return;
    if (out->len > before) qd_buf_puts(out, ", ");
    qd_buf_puts(out, d->dim == 1 ? "interval " : "box ");
    for (slong k = 0; k < d->dim; k++) {
        if (k > 0) qd_buf_puts(out, ",");
        qd_rat_print(out, d->lo + k);
        qd_buf_puts(out, ":");
        qd_rat_print(out, d->hi + k);
    }
}

/* ---- one seed ------------------------------------------------------------------------------- */

qd_domain table_domain_make(const table_domain *d, fmpq *base, fmpq *step, uint64_t seed)
{
    qd_domain domain = {d->dim, base, step, d->lo, d->hi};
    switch (d->place) {
    case PLACE_AXIS:
    case PLACE_SPACE:
        domain.dim = 0;
        return domain;
    case PLACE_RANDOM_LINE:
        qd_domain_random_points(base, step, d->inputs, seed);
        qd_domain_difference(step, base, step, d->inputs);
        return domain;
    case PLACE_GIVEN_LINE:
        domain.base = d->p;
        qd_domain_difference(step, d->p, d->q, d->inputs);
        return domain;
    case PLACE_RANDOM_PLANE:
        qd_domain_random_plane(base, step, d->inputs, seed);
    }
    return domain;
}
