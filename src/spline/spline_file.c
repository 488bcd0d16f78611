/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spline files: strict JSON, every number with its exact meaning. */
#include "spline/spline.h"

#include <stdio.h>

/* ---- reading ------------------------------------------------------------------------------ */

static qd_status read_interval(qd_spline_t s, const qd_node *node, qd_ctx_t ctx)
{
    qd_status st;
    if ((st = qd_node_get_array(node, "'interval'", ctx)) != QD_OK) return st;
    if (qd_node_count(node) != 2)
        return qd_node_fail(node, ctx, "'interval': found %lld numbers, expected 2", (long long) qd_node_count(node));
    if ((st = qd_rat_from_node(s->lo, qd_node_item(node, 0), "'interval'", ctx)) != QD_OK) return st;
    if ((st = qd_rat_from_node(s->hi, qd_node_item(node, 1), "'interval'", ctx)) != QD_OK) return st;
    if (fmpq_cmp(s->lo, s->hi) >= 0) return qd_node_fail(node, ctx, "'interval': the left end must be smaller than the right end");
    s->has_lo = s->has_hi = true;
    return QD_OK;
}

static qd_status read_breakpoints(qd_spline_t s, const qd_node *node, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    fmpq_t t, last;
    fmpq_init(t);
    fmpq_init(last);
    for (slong i = 0; i < s->nbreaks; i++) {
        const qd_node *item = qd_node_item(node, i);
        if ((st = qd_rat_from_node(t, item, "'breakpoints'", ctx)) != QD_OK) break;
        if (i > 0 && fmpq_cmp(last, t) >= 0) {
            st = qd_node_fail(item, ctx, "'breakpoints': number %ld is not greater than the one before", (long) i + 1);
            break;
        }
        if ((s->has_lo && fmpq_cmp(t, s->lo) <= 0) || (s->has_hi && fmpq_cmp(t, s->hi) >= 0)) {
            st = qd_node_fail(item, ctx, "'breakpoints': number %ld is not inside the interval", (long) i + 1);
            break;
        }
        qd_alg_set_fmpq(s->at + i, t);
        fmpq_swap(last, t);
    }
    fmpq_clear(t);
    fmpq_clear(last);
    return st;
}

/* Sets *count to the length of a list that must have something in it. */
static qd_status read_length(slong *count, const qd_node *node, const char *what, const char *hint, qd_ctx_t ctx)
{
    qd_status st = qd_node_get_array(node, what, ctx);
    if (st != QD_OK) return st;
    *count = (slong) qd_node_count(node);
    return *count > 0 ? QD_OK : qd_node_fail(node, ctx, "%s is an empty list; %s", what, hint);
}

static qd_status read_poly(fmpq_poly_t p, const qd_node *node, const char *what, qd_ctx_t ctx)
{
    slong n;
    qd_status st = read_length(&n, node, what, "the zero polynomial is [\"0\"]", ctx);
    if (st != QD_OK) return st;
    fmpq *c = _fmpq_vec_init(n);
    for (slong k = 0; k < n && st == QD_OK; k++) st = qd_rat_from_node(c + k, qd_node_item(node, k), what, ctx);
    for (slong k = n - 1; k >= 0 && st == QD_OK; k--) fmpq_poly_set_coeff_fmpq(p, k, c + k);
    _fmpq_vec_clear(c, n);
    return st;
}

/* A piece is one list of coefficients, or a list of such lists: the first entry of the first piece says which. */
static bool is_vector(const qd_node *piece)
{
    return qd_node_kind(piece) == QD_NODE_ARRAY && qd_node_count(piece) > 0 && qd_node_kind(qd_node_item(piece, 0)) == QD_NODE_ARRAY;
}

static qd_status read_piece(qd_spline_t s, slong i, const qd_node *node, bool vector, qd_ctx_t ctx)
{
    char what[64];
    slong n;
    qd_status st = QD_OK;
    snprintf(what, sizeof what, "piece %ld", (long) i + 1);
    if (!vector) return read_poly(qd_spline_poly(s, i, 0), node, what, ctx);
    if ((st = read_length(&n, node, what, "it needs one list of coefficients an output", ctx)) != QD_OK) return st;
    if (n != s->outputs) return qd_node_fail(node, ctx, "%s has %ld outputs, piece 1 has %ld", what, (long) n, (long) s->outputs);
    for (slong o = 0; o < n && st == QD_OK; o++) {
        snprintf(what, sizeof what, "piece %ld, output %ld", (long) i + 1, (long) o + 1);
        st = read_poly(qd_spline_poly(s, i, o), qd_node_item(node, o), what, ctx);
    }
    return st;
}

static qd_status read_pieces(qd_spline_t s, const qd_node *node, bool vector, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    for (slong i = 0; i <= s->nbreaks && st == QD_OK; i++) st = read_piece(s, i, qd_node_item(node, i), vector, ctx);
    return st;
}

static qd_status check_continuous(const qd_spline_t s, const qd_node *breakpoints, qd_ctx_t ctx)
{
    slong i, o;
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    if (!qd_spline_jump(&i, &o, s)) return QD_OK;
    qd_spline_check_continuous(s, own);
    return qd_node_fail(qd_node_item(breakpoints, i), ctx, "%s", qd_ctx_message(own));
}

static qd_status from_node(qd_spline_t s, const qd_node *root, qd_ctx_t ctx)
{
    static const char *const keys[] = {"breakpoints", "pieces", "interval", NULL};
    const qd_node *breakpoints, *pieces, *interval;
    slong npieces;
    qd_status st;
    if ((st = qd_node_get_object(root, "the spline", ctx)) != QD_OK) return st;
    if ((st = qd_node_only_keys(root, keys, "the spline", ctx)) != QD_OK) return st;
    if ((st = qd_node_need(&breakpoints, root, "breakpoints", "the spline", ctx)) != QD_OK) return st;
    if ((st = qd_node_get_array(breakpoints, "'breakpoints'", ctx)) != QD_OK) return st;
    if ((st = qd_node_need(&pieces, root, "pieces", "the spline", ctx)) != QD_OK) return st;
    if ((st = read_length(&npieces, pieces, "'pieces'", "without breakpoints there is one piece", ctx)) != QD_OK) return st;
    slong nbreaks = (slong) qd_node_count(breakpoints);
    if (npieces != nbreaks + 1)
        return qd_node_fail(pieces, ctx, "'pieces': found %ld, expected %ld, one more than breakpoints", (long) npieces,
                            (long) nbreaks + 1);
    bool vector = is_vector(qd_node_item(pieces, 0));
    qd_spline_resize(s, nbreaks, vector ? (slong) qd_node_count(qd_node_item(pieces, 0)) : 1);
    interval = qd_node_member(root, "interval");
    if (interval != NULL && (st = read_interval(s, interval, ctx)) != QD_OK) return st;
    if ((st = read_breakpoints(s, breakpoints, ctx)) != QD_OK) return st;
    if ((st = read_pieces(s, pieces, vector, ctx)) != QD_OK) return st;
    return check_continuous(s, breakpoints, ctx);
}

qd_status qd_spline_from_node(qd_spline_t s, const qd_node *root, qd_ctx_t ctx)
{
    qd_spline_t t;
    qd_spline_init(t);
    qd_status st = from_node(t, root, ctx);
    if (st == QD_OK) qd_spline_swap(s, t);
    qd_spline_clear(t);
    return st;
}

qd_status qd_spline_read(qd_spline_t s, const char *path, qd_ctx_t ctx)
{
    qd_doc_t doc;
    qd_doc_init(doc);
    qd_status st = qd_doc_read(doc, path, QD_JSON, ctx);
    if (st == QD_OK) st = qd_spline_from_node(s, qd_doc_root(doc), ctx);
    qd_doc_clear(doc);
    return st;
}

qd_status qd_spline_parse(qd_spline_t s, const char *text, size_t len, qd_ctx_t ctx)
{
    qd_doc_t doc;
    qd_doc_init(doc);
    qd_status st = qd_doc_parse(doc, text, len, QD_JSON, ctx);
    if (st == QD_OK) st = qd_spline_from_node(s, qd_doc_root(doc), ctx);
    qd_doc_clear(doc);
    return st;
}

/* ---- writing ------------------------------------------------------------------------------ */

static void print_piece(qd_json_t w, const qd_spline_t s, slong i)
{
    if (s->outputs == 1) {
        qd_poly_json(w, NULL, qd_spline_poly(s, i, 0));
        return;
    }
    qd_json_array(w, NULL);
    for (slong o = 0; o < s->outputs; o++) qd_poly_json(w, NULL, qd_spline_poly(s, i, o));
    qd_json_end(w);
}

void qd_spline_print(qd_buf_t out, const qd_spline_t s)
{
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_json_array(w, "breakpoints");
    for (slong i = 0; i < s->nbreaks; i++) qd_rat_json(w, NULL, s->at[i].lo);
    qd_json_end(w);
    qd_json_line(w, 1);
    qd_json_array(w, "pieces");
    for (slong i = 0; i <= s->nbreaks; i++) {
        qd_json_line(w, 2);
        print_piece(w, s, i);
    }
    qd_json_line(w, 1);
    qd_json_end(w);
    if (s->has_lo && s->has_hi) {
        qd_json_line(w, 1);
        qd_json_array(w, "interval");
        qd_rat_json(w, NULL, s->lo);
        qd_rat_json(w, NULL, s->hi);
        qd_json_end(w);
    }
    qd_json_end(w);
    qd_json_finish(w);
}
