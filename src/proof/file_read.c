/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A certificate from a file. */
#include "proof/impl.h"

#include <inttypes.h>
#include <string.h>

/* A key as messages name it. */
typedef struct {
    char text[40];
} quoted;

static quoted quote(const char *key)
{
    quoted q;
    snprintf(q.text, sizeof q.text, "'%s'", key);
    return q;
}

static qd_status need_array(const qd_node **node, const qd_node *root, const char *key, const char *what, int64_t n, qd_ctx_t ctx)
{
    qd_status st = qd_node_need(node, root, key, what, ctx);
    if (st == QD_OK) st = qd_node_get_array(*node, quote(key).text, ctx);
    if (st == QD_OK && n >= 0 && qd_node_count(*node) != n)
        return qd_node_fail(*node, ctx, "'%s' has %" PRId64 " items, expected %" PRId64, key, qd_node_count(*node), n);
    return st;
}

static qd_status read_vec(fmpq *v, const qd_node *node, slong n, const char *what, qd_ctx_t ctx)
{
    qd_status st = qd_node_get_array(node, what, ctx);
    if (st == QD_OK && qd_node_count(node) != n)
        return qd_node_fail(node, ctx, "%s has %" PRId64 " items, expected %ld", what, qd_node_count(node), (long) n);
    for (slong i = 0; st == QD_OK && i < n; i++) st = qd_rat_from_node(v + i, qd_node_item(node, i), what, ctx);
    return st;
}

/* A list of rationals or null: *v is then NULL. */
static qd_status read_optional(fmpq **v, const qd_node *root, const char *key, slong n, qd_ctx_t ctx)
{
    const qd_node *node;
    qd_status st = qd_node_need(&node, root, key, "'domain'", ctx);
    if (st != QD_OK || qd_node_kind(node) == QD_NODE_NULL) return st;
    *v = _fmpq_vec_init(n);
    return read_vec(*v, node, n, quote(key).text, ctx);
}

static qd_status read_steps(qd_proof_t p, const qd_node *domain, qd_ctx_t ctx)
{
    const qd_node *node;
    slong inputs = p->net->input_dim;
    qd_status st = qd_node_need(&node, domain, "steps", "'domain'", ctx);
    if (st != QD_OK) return st;
    if ((qd_node_kind(node) == QD_NODE_NULL) != (p->base == NULL))
        return qd_node_fail(node, ctx, "'base' and 'steps' must both be null, or both be given");
    if (p->base == NULL)
        return p->dim == inputs ? QD_OK : qd_node_fail(node, ctx, "'dim' is not the number of inputs, and 'steps' is null");
    if ((st = need_array(&node, domain, "steps", "'domain'", p->dim, ctx)) != QD_OK) return st;
    p->step = _fmpq_vec_init(p->dim * inputs);
    for (slong k = 0; st == QD_OK && k < p->dim; k++)
        st = read_vec(p->step + k * inputs, qd_node_item(node, k), inputs, "an item of 'steps'", ctx);
    return st;
}

static qd_status read_domain(qd_proof_t p, const qd_node *root, qd_ctx_t ctx)
{
    static const char *const keys[] = {"dim", "base", "steps", "lo", "hi", NULL};
    const qd_node *domain, *node;
    int64_t dim;
    qd_status st = qd_node_need(&domain, root, "domain", "the certificate", ctx);
    if (st == QD_OK) st = qd_node_get_object(domain, "'domain'", ctx);
    if (st == QD_OK) st = qd_node_only_keys(domain, keys, "'domain'", ctx);
    if (st == QD_OK) st = qd_node_need(&node, domain, "dim", "'domain'", ctx);
    if (st == QD_OK) st = qd_node_get_int(&dim, node, 1, p->net->input_dim, "'dim'", ctx);
    if (st != QD_OK) return st;
    p->dim = (slong) dim;
    if ((st = read_optional(&p->base, domain, "base", p->net->input_dim, ctx)) != QD_OK) return st;
    if ((st = read_steps(p, domain, ctx)) != QD_OK) return st;
    if ((st = read_optional(&p->lo, domain, "lo", p->dim, ctx)) != QD_OK) return st;
    if ((st = read_optional(&p->hi, domain, "hi", p->dim, ctx)) != QD_OK) return st;
    if (p->dim > 1 && (p->lo == NULL) != (p->hi == NULL))
        return qd_node_fail(domain, ctx, "'lo' and 'hi' must both be null, or both be given");
    p->domain = (qd_domain){p->base == NULL ? 0 : p->dim, p->base, p->step, p->lo, p->hi};
    return qd_domain_check(&p->domain, p->net->input_dim, ctx);
}

static qd_status need_int(slong *v, const qd_node *root, const char *key, int64_t min, int64_t max, qd_ctx_t ctx)
{
    const qd_node *node;
    int64_t x;
    qd_status st = qd_node_need(&node, root, key, "the certificate", ctx);
    if (st == QD_OK) st = qd_node_get_int(&x, node, min, max, quote(key).text, ctx);
    if (st == QD_OK) *v = (slong) x;
    return st;
}

static qd_status read_counts(qd_proof_t p, const qd_node *root, qd_ctx_t ctx)
{
    qd_count *c = &p->regions->count;
    const qd_node *node;
    const char *status;
    qd_status st = qd_node_need(&node, root, "status", "the certificate", ctx);
    if (st == QD_OK) st = qd_node_get_string(&status, node, "'status'", ctx);
    if (st != QD_OK) return st;
    c->label = strcmp(status, qd_label_name(QD_EXACT)) == 0 ? QD_EXACT : QD_LOWER_BOUND;
    if (strcmp(status, qd_label_name(c->label)) != 0)
        return qd_node_fail(node, ctx, "found 'status' %.40s, expected exact or lower_bound", status);
    if ((st = need_int(&c->patterns, root, "patterns", 1, WORD_MAX, ctx)) != QD_OK) return st;
    if ((st = need_int(&c->regions, root, "regions", 1, WORD_MAX, ctx)) != QD_OK) return st;
    if ((st = need_int(&c->pieces, root, "pieces", 1, WORD_MAX, ctx)) != QD_OK) return st;
    if ((st = need_int(&c->max_degree, root, "max_degree", -1, WORD_MAX, ctx)) != QD_OK) return st;
    if ((st = need_int(&p->bounded, root, "bounded_regions", 0, WORD_MAX, ctx)) != QD_OK) return st;
    return need_int(&p->holes, root, "holes", 0, WORD_MAX, ctx);
}

static qd_status read_pattern(qd_regions_t g, slong i, const qd_node *node, qd_ctx_t ctx)
{
    const char *bits;
    qd_status st = qd_node_get_string(&bits, node, "'pattern'", ctx);
    if (st != QD_OK) return st;
    if ((slong) strlen(bits) != g->nswitching || strspn(bits, "01") != strlen(bits))
        return qd_node_fail(node, ctx, "'pattern' must be %ld digits 0 and 1, one for each unit that switches", (long) g->nswitching);
    for (slong k = 0; k < g->nswitching; k++)
        if (bits[k] == '1') qd_pattern_flip(g->pattern + i * g->nwords, k);
    return QD_OK;
}

static qd_status read_region(qd_regions_t g, slong i, const qd_node *node, qd_ctx_t ctx)
{
    static const char *const keys[] = {"pattern", "point", "piece", "bounded", "holes", NULL};
    const qd_node *v;
    bool bounded;
    qd_status st;
    if ((st = qd_node_get_object(node, "an item of 'list'", ctx)) != QD_OK) return st;
    if ((st = qd_node_only_keys(node, keys, "a region", ctx)) != QD_OK) return st;
    if ((st = qd_node_need(&v, node, "pattern", "a region", ctx)) != QD_OK || (st = read_pattern(g, i, v, ctx)) != QD_OK) return st;
    if ((st = qd_node_need(&v, node, "point", "a region", ctx)) != QD_OK) return st;
    if ((st = read_vec(g->point + i * g->dim, v, g->dim, "'point'", ctx)) != QD_OK) return st;
    if ((st = need_int(g->piece + i, node, "piece", 0, g->n - 1, ctx)) != QD_OK) return st;
    if ((st = need_int(g->holes + i, node, "holes", 0, WORD_MAX, ctx)) != QD_OK) return st;
    if ((st = qd_node_need(&v, node, "bounded", "a region", ctx)) != QD_OK) return st;
    st = qd_node_get_bool(&bounded, v, "'bounded'", ctx);
    if (st == QD_OK) g->bounded[i] = bounded;
    return st;
}

/* Ascending, as qd_regions_t has them. */
static qd_status read_walls(qd_regions_t g, const qd_node *root, qd_ctx_t ctx)
{
    const qd_node *list;
    int64_t last[2] = {-1, -1};
    qd_status st = need_array(&list, root, "walls", "the certificate", -1, ctx);
    for (int64_t k = 0; st == QD_OK && k < qd_node_count(list); k++) {
        const qd_node *node = qd_node_item(list, k);
        int64_t v[2];
        if ((st = qd_node_get_array(node, "an item of 'walls'", ctx)) != QD_OK) break;
        if (qd_node_count(node) != 2) return qd_node_fail(node, ctx, "an item of 'walls' must be two numbers of regions");
        for (int e = 0; e < 2 && st == QD_OK; e++)
            st = qd_node_get_int(v + e, qd_node_item(node, e), 0, g->n - 1, "the number of a region", ctx);
        if (st != QD_OK) break;
        if (v[0] >= v[1] || v[0] < last[0] || (v[0] == last[0] && v[1] <= last[1]))
            return qd_node_fail(node, ctx, "'walls' must ascend, in each the smaller number first");
        qd_regions_add_wall(g, (slong) v[0], (slong) v[1]);
        memcpy(last, v, sizeof last);
    }
    return st;
}

static qd_status read_regions(qd_proof_t p, const qd_node *root, qd_ctx_t ctx)
{
    const qd_node *list;
    qd_regions_struct *g = p->regions;
    qd_restriction m;
    qd_status st = need_array(&list, root, "list", "the certificate", -1, ctx);
    if (st != QD_OK) return st;
    qd_restriction_init(&m, p->net, &p->domain, 1);
    qd_regions_resize(g, &m, (slong) qd_node_count(list));
    qd_regions_add_points(g, m.dim);
    qd_restriction_clear(&m);
    for (slong i = 0; st == QD_OK && i < g->n; i++) st = read_region(g, i, qd_node_item(list, i), ctx);
    if (st == QD_OK) st = read_walls(g, root, ctx);
    return st == QD_OK ? read_counts(p, root, ctx) : st;
}

static qd_status read_break(qd_alg_struct *a, const qd_node *node, qd_ctx_t ctx)
{
    const qd_node *poly, *interval;
    fmpq_t c;
    fmpq *end = _fmpq_vec_init(2);
    qd_status st = qd_node_get_object(node, "an item of 'breakpoints'", ctx);
    if (st == QD_OK) st = need_array(&poly, node, "poly", "a breakpoint", -1, ctx);
    if (st == QD_OK) st = need_array(&interval, node, "interval", "a breakpoint", 2, ctx);
    if (st == QD_OK) st = read_vec(end, interval, 2, "'interval'", ctx);
    fmpq_init(c);
    fmpz_poly_zero(a->poly);
    for (slong k = 0; st == QD_OK && k < qd_node_count(poly); k++) {
        if ((st = qd_rat_from_node(c, qd_node_item(poly, k), "a coefficient", ctx)) != QD_OK) break;
        if (!fmpz_is_one(fmpq_denref(c))) st = qd_node_fail(poly, ctx, "a coefficient of 'poly' is no integer");
        fmpz_poly_set_coeff_fmpz(a->poly, k, fmpq_numref(c));
    }
    if (st == QD_OK && fmpz_poly_degree(a->poly) < 1) st = qd_node_fail(poly, ctx, "'poly' is constant");
    fmpq_swap(a->lo, end);
    fmpq_swap(a->hi, end + 1);
    fmpq_clear(c);
    _fmpq_vec_clear(end, 2);
    return st;
}

static qd_status read_breaks(qd_proof_t p, const qd_node *root, qd_ctx_t ctx)
{
    const qd_node *list;
    if (p->dim > 1) return QD_OK;
    qd_status st = need_array(&list, root, "breakpoints", "the certificate", -1, ctx);
    for (int64_t i = 0; st == QD_OK && i < qd_node_count(list); i++)
        st = read_break(qd_alg_list_add(p->breaks, NULL), qd_node_item(list, i), ctx);
    return st;
}

static qd_status read_text(char **text, const qd_node *root, const char *key, qd_ctx_t ctx)
{
    const qd_node *node;
    const char *s;
    qd_status st = qd_node_need(&node, root, key, "the certificate", ctx);
    if (st == QD_OK) st = qd_node_get_string(&s, node, quote(key).text, ctx);
    if (st == QD_OK) *text = qd_strdup(s);
    return st;
}

qd_status qd_proof_read(qd_proof_t p, const qd_node *root, qd_ctx_t ctx)
{
    static const char *const keys[] = {"certificate",     "network", "domain", "status", "patterns",    "regions", "pieces",   "max_degree",
                                       "bounded_regions", "holes",   "list",   "walls",  "breakpoints", "version", "checksum", NULL};
    const qd_node *node;
    const char *format;
    qd_status st = qd_node_get_object(root, "the certificate", ctx);
    if (st == QD_OK) st = qd_node_need(&node, root, "certificate", "the certificate", ctx);
    if (st == QD_OK) st = qd_node_get_string(&format, node, "'certificate'", ctx);
    if (st != QD_OK) return st;
    if (strcmp(format, QD_PROOF_FORMAT) != 0)
        return qd_node_fail(node, ctx, "found the certificate '%.60s', expected '%s'", format, QD_PROOF_FORMAT);
    if ((st = qd_node_only_keys(root, keys, "the certificate", ctx)) != QD_OK) return st;
    if ((st = qd_node_need(&node, root, "network", "the certificate", ctx)) != QD_OK) return st;
    if ((st = qd_net_from_node(p->net, node, ctx)) != QD_OK) return st;
    if ((st = read_domain(p, root, ctx)) != QD_OK) return st;
    if ((st = read_regions(p, root, ctx)) != QD_OK) return st;
    if ((st = read_breaks(p, root, ctx)) != QD_OK) return st;
    if ((st = read_text(&p->version, root, "version", ctx)) != QD_OK) return st;
    return read_text(&p->checksum, root, "checksum", ctx);
}
