/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where `table pieces` counts. */
#include <stdio.h>
#include <string.h>

#include "table/table_config.h"
#include "table/table_pieces.h"

void table_domain_clear(table_domain *d)
{
    if (d->p != NULL) _fmpq_vec_clear(d->p, (d->dim + 1) * d->inputs);
    if (d->lo != NULL) _fmpq_vec_clear(d->lo, d->dim);
    if (d->hi != NULL) _fmpq_vec_clear(d->hi, d->dim);
}

/* ---- reading ------------------------------------------------------------------------------ */

/* From the points of a line or a plane to the steps between them, (dim, inputs). */
static void steps(fmpq *step, const table_domain *d)
{
    for (slong k = 0; k < d->dim; k++) qd_domain_difference(step + k * d->inputs, d->p, d->p + (k + 1) * d->inputs, d->inputs);
}

/* The points of 'line' or 'plane', which span one. NULL, and the text random: a random one. */
static qd_status read_points(table_domain *d, const qd_node *node, qd_ctx_t ctx)
{
    static const char *const ordinal[] = {"first", "second", "third"};
    slong n = d->inputs;
    bool plane = d->dim == 2;
    const char *key = plane ? "plane" : "line";
    qd_status st = QD_OK;
    d->place = plane ? PLACE_RANDOM_PLANE : PLACE_RANDOM_LINE;
    if (node == NULL || (qd_node_kind(node) == QD_NODE_STRING && strcmp(qd_node_text(node, NULL), "random") == 0)) return QD_OK;
    if (qd_node_kind(node) != QD_NODE_ARRAY || qd_node_count(node) != d->dim + 1)
        return qd_node_fail(node, ctx, "'%s' must be random or %s", key,
                            plane ? "three points such as [[0, 0, 0], [1, 1/2, 0], [0, 0, 1]]" : "two points such as [[0, 0], [1, 1/2]]");
    d->place = plane ? PLACE_GIVEN_PLANE : PLACE_GIVEN_LINE;
    d->p = _fmpq_vec_init((d->dim + 1) * n);
    for (slong k = 0; k <= d->dim && st == QD_OK; k++) {
        char what[40];
        snprintf(what, sizeof what, "the %s point of '%s'", ordinal[k], key);
        st = config_rationals(d->p + k * n, n, qd_node_item(node, k), what, ctx);
    }
    if (st != QD_OK) return st;
    fmpq *step = _fmpq_vec_init(d->dim * n);
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    steps(step, d);
    st = qd_domain_check(&(qd_domain){d->dim, d->p, step, NULL, NULL}, n, own);
    _fmpq_vec_clear(step, d->dim * n);
    if (st == QD_OK) return st;
    return qd_node_fail(node, ctx, plane ? "the three points of 'plane' lie on a line" : "the two points of 'line' are equal");
}

static qd_status read_line(table_domain *d, const qd_node *node, qd_ctx_t ctx)
{
    if (node != NULL || d->inputs > 1) return read_points(d, node, ctx);
    d->place = PLACE_AXIS;
    return QD_OK;
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
    const qd_node *points = qd_node_member(root, "plane");
    if (points != NULL && !plane) return qd_node_fail(points, ctx, "'plane' belongs to the domain plane, found 'space'");
    qd_status st = plane ? read_points(d, points, ctx) : QD_OK;
    return st == QD_OK ? read_box(d, qd_node_member(root, "box"), ctx) : st;
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
    const qd_node *points = qd_node_member(root, "plane");
    if (points != NULL) return qd_node_fail(points, ctx, "'plane' belongs to the domain plane, found 'line'");
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

static void print_points(qd_buf_t out, const table_domain *d)
{
    for (slong k = 0; k <= d->dim; k++) {
        qd_buf_puts(out, k == 0 ? d->dim == 2 ? "plane " : "line " : ":");
        print_point(out, d->p + k * d->inputs, d->inputs);
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
    case PLACE_GIVEN_PLANE:
        print_points(out, d);
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

bool table_domain_random(const table_domain *d)
{
    return d->place == PLACE_RANDOM_LINE || d->place == PLACE_RANDOM_PLANE;
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
    case PLACE_GIVEN_PLANE:
        domain.base = d->p;
        steps(step, d);
        return domain;
    case PLACE_RANDOM_PLANE:
        qd_domain_random_plane(base, step, d->inputs, seed);
    }
    return domain;
}
