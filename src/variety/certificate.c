/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The certificate of a lower bound: a minor of the Jacobian that is not 0 modulo a prime. The prime does not divide a denominator,
   there is none, so the minor is not 0 over the integers either, and the dimension is at least its order. The check
   evaluates the entries by forward derivatives, where the search used reverse mode, and computes the determinant again. A checksum
   over everything finds the damage that the minor does not notice, such as a parameter on which it does not depend. */
#include <flint/nmod_mat.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "io/io.h"
#include "variety/variety.h"

#define FORMAT "quadric dimension 1"

void qd_certificate_init(qd_certificate_t c)
{
    memset(c, 0, sizeof *c);
    c->arch.width = c->width;
}

void qd_certificate_clear(qd_certificate_t c)
{
    free(c->theta);
    free(c->x);
    free(c->row);
    free(c->column);
    free(c->version);
}

/* The widths are those of the certificate itself, so they move with it. */
static void move(qd_certificate_t to, qd_certificate_t from)
{
    qd_certificate_clear(to);
    *to = *from;
    to->arch.width = to->width;
    qd_certificate_init(from);
}

/* ---- writing ------------------------------------------------------------------------------ */

/* On a line of its own. */
static void print_list(qd_json_t w, const char *key, const int64_t *v, int64_t n)
{
    qd_json_line(w, 1);
    qd_json_array(w, key);
    qd_json_tight(w, true);
    for (int64_t i = 0; i < n; i++) qd_json_int(w, NULL, v[i]);
    qd_json_tight(w, false);
    qd_json_end(w);
}

/* The file but for its last line, the checksum of these bytes. */
static void print_body(qd_buf_t out, const qd_certificate_t c)
{
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_json_string(w, "certificate", FORMAT);
    qd_arch_json(w, &c->arch);
    qd_json_line(w, 1);
    qd_json_int(w, "lower", c->lower);
    qd_json_int(w, "prime", c->prime);
    print_list(w, "parameters", c->theta, qd_variety_nparams(&c->arch));
    print_list(w, "points", c->x, c->npoints * c->width[0]);
    print_list(w, "rows", c->row, c->lower);
    print_list(w, "columns", c->column, c->lower);
    qd_json_line(w, 1);
    qd_json_int(w, "determinant", c->determinant);
    qd_json_string(w, "version", c->version);
    qd_buf_puts(out, ",\n");
}

/* The hash of the body, as it stands in the file. */
static void checksum(char sum[17], const qd_buf_t body)
{
    snprintf(sum, 17, "%016" PRIx64, qd_hash(qd_buf_str(body), body->len));
}

void qd_certificate_print(qd_buf_t out, const qd_certificate_t c)
{
    char sum[17];
    qd_buf_t body;
    qd_buf_init(body);
    print_body(body, c);
    checksum(sum, body);
    qd_buf_printf(out, "%s \"checksum\": \"%s\"}\n", qd_buf_str(body), sum);
    qd_buf_clear(body);
}

/* ---- making ------------------------------------------------------------------------------- */

static int64_t *widen_numbers(const uint32_t *v, int64_t n)
{
    int64_t *w = qd_malloc(sizeof *w * (size_t) (n + 1));
    for (int64_t i = 0; i < n; i++) w[i] = v[i];
    return w;
}

static int64_t *copy(const int64_t *v, int64_t n)
{
    int64_t *w = qd_malloc(sizeof *w * (size_t) (n + 1));
    memcpy(w, v, sizeof *w * (size_t) n);
    return w;
}

/* The minor by the rows of reverse mode, one point at a time. */
static qd_status minor_by_rows(nmod_mat_t m, const qd_arch *arch, const qd_variety_witness *w, qd_ctx_t ctx)
{
    int64_t outputs = arch->width[arch->depth];
    qd_status st = QD_OK;
    qd_variety_plan plan;
    qd_variety_plan_make(&plan, arch);
    uint32_t *rows = qd_malloc(sizeof *rows * (size_t) (outputs * plan.nparams));
    int64_t loaded = -1;
    for (int64_t i = 0; i < w->rank && st == QD_OK; i++) {
        int64_t point = w->row[i] / outputs;
        if (point != loaded) st = qd_variety_jacobian(rows, &plan, w->theta, w->x + point * arch->width[0], 1, w->p, ctx);
        loaded = point;
        const uint32_t *row = rows + w->row[i] % outputs * plan.nparams;
        for (int64_t j = 0; j < w->rank; j++) nmod_mat_entry(m, i, j) = row[w->column[j]];
    }
    free(rows);
    return st;
}

qd_status qd_certificate_make(qd_certificate_t c, const qd_arch *arch, const qd_variety_witness *w, qd_ctx_t ctx)
{
    nmod_mat_t m;
    nmod_mat_init(m, w->rank, w->rank, w->p);
    qd_status st = minor_by_rows(m, arch, w, ctx);
    if (st == QD_OK) {
        qd_certificate_t t;
        qd_certificate_init(t);
        t->arch = *arch;
        memcpy(t->width, arch->width, sizeof *t->width * (size_t) (arch->depth + 1));
        t->lower = w->rank;
        t->prime = w->p;
        t->determinant = (int64_t) nmod_mat_det(m);
        t->npoints = w->npoints;
        t->theta = widen_numbers(w->theta, qd_variety_nparams(arch));
        t->x = widen_numbers(w->x, w->npoints * arch->width[0]);
        t->row = copy(w->row, w->rank);
        t->column = copy(w->column, w->rank);
        t->version = qd_strdup(QD_VERSION);
        move(c, t);
    }
    nmod_mat_clear(m);
    return st;
}

/* ---- reading ------------------------------------------------------------------------------ */

/* n integers in 0..max, n < 0: any number, a multiple of -n. *v is owned by the caller, also after an error. */
static qd_status read_list(int64_t **v, int64_t *count, const qd_node *root, const char *key, int64_t n, int64_t max, qd_ctx_t ctx)
{
    const qd_node *node;
    qd_status st = qd_node_need(&node, root, key, "the certificate", ctx);
    if (st == QD_OK) st = qd_node_get_array(node, key, ctx);
    if (st != QD_OK) return st;
    *count = qd_node_count(node);
    if (n >= 0 && *count != n) return qd_node_fail(node, ctx, "'%s' has %" PRId64 " items, expected %" PRId64, key, *count, n);
    if (n < 0 && *count % -n != 0)
        return qd_node_fail(node, ctx, "'%s' has %" PRId64 " items, expected a multiple of %" PRId64, key, *count, -n);
    *v = qd_malloc(sizeof **v * (size_t) (*count + 1));
    for (int64_t i = 0; i < *count && st == QD_OK; i++) st = qd_node_get_int(*v + i, qd_node_item(node, i), 0, max, key, ctx);
    return st;
}

static qd_status read_text(const char **text, const qd_node *root, const char *key, qd_ctx_t ctx)
{
    const qd_node *node;
    qd_status st = qd_node_need(&node, root, key, "the certificate", ctx);
    return st == QD_OK ? qd_node_get_string(text, node, key, ctx) : st;
}

static qd_status read_int(int64_t *v, const qd_node *root, const char *key, int64_t min, int64_t max, qd_ctx_t ctx)
{
    const qd_node *node;
    qd_status st = qd_node_need(&node, root, key, "the certificate", ctx);
    return st == QD_OK ? qd_node_get_int(v, node, min, max, key, ctx) : st;
}

static qd_status read_body(qd_certificate_t c, const qd_node *root, qd_ctx_t ctx)
{
    static const char *const keys[] = {"certificate", "widths", "kind", "activation", "last",        "biases",  "lower",    "prime",
                                       "parameters",  "points", "rows", "columns",    "determinant", "version", "checksum", NULL};
    const char *format, *version, *sum;
    int64_t n, nparams;
    qd_status st = qd_node_get_object(root, "the certificate", ctx);
    if (st != QD_OK || (st = read_text(&format, root, "certificate", ctx)) != QD_OK) return st;
    if (strcmp(format, FORMAT) != 0) return qd_node_fail(root, ctx, "found the certificate '%.60s', expected '%s'", format, FORMAT);
    if ((st = qd_node_only_keys(root, keys, "the certificate", ctx)) != QD_OK) return st;
    if ((st = qd_arch_read(&c->arch, c->width, QD_VARIETY_MAX_DEPTH + 1, root, "the certificate", ctx)) != QD_OK) return st;
    if ((st = qd_variety_admit(&c->arch, ctx)) != QD_OK) return st;
    nparams = qd_variety_nparams(&c->arch);
    if ((st = read_int(&c->prime, root, "prime", 2, UINT32_MAX, ctx)) != QD_OK) return st;
    if (!n_is_prime((ulong) c->prime)) return qd_node_fail(root, ctx, "'prime' is %" PRId64 ", which is no prime", c->prime);
    if ((st = read_int(&c->lower, root, "lower", 0, nparams, ctx)) != QD_OK) return st;
    if ((st = read_int(&c->determinant, root, "determinant", 0, c->prime - 1, ctx)) != QD_OK) return st;
    if ((st = read_list(&c->theta, &n, root, "parameters", nparams, c->prime - 1, ctx)) != QD_OK) return st;
    if ((st = read_list(&c->x, &n, root, "points", -c->width[0], c->prime - 1, ctx)) != QD_OK) return st;
    c->npoints = n / c->width[0];
    int64_t last_row = c->npoints * c->width[c->arch.depth] - 1;
    if ((st = read_list(&c->row, &n, root, "rows", c->lower, last_row, ctx)) != QD_OK) return st;
    if ((st = read_list(&c->column, &n, root, "columns", c->lower, nparams - 1, ctx)) != QD_OK) return st;
    if ((st = read_text(&version, root, "version", ctx)) != QD_OK) return st;
    if ((st = read_text(&sum, root, "checksum", ctx)) != QD_OK) return st;
    c->version = qd_strdup(version);
    snprintf(c->checksum, sizeof c->checksum, "%s", sum);
    return QD_OK;
}

qd_status qd_certificate_read(qd_certificate_t c, const qd_node *root, qd_ctx_t ctx)
{
    qd_certificate_t t;
    qd_certificate_init(t);
    qd_status st = read_body(t, root, ctx);
    if (st == QD_OK) move(c, t);
    qd_certificate_clear(t);
    return st;
}

/* ---- checking ----------------------------------------------------------------------------- */

/* The rows of the minor that belong to the point of row i, from there on; returns the first row of another point. */
static int64_t fill_point(nmod_mat_t m, const qd_certificate_t c, const qd_variety_plan *plan, const ulong *theta, int64_t i, ulong *value,
                          ulong *x)
{
    int64_t inputs = c->width[0], outputs = c->width[plan->depth], point = c->row[i] / outputs;
    for (int64_t k = 0; k < inputs; k++) x[k] = (ulong) c->x[point * inputs + k];
    qd_variety_derivatives(value, plan, theta, x, c->column, c->lower, m->mod);
    for (; i < c->lower && c->row[i] / outputs == point; i++)
        for (int64_t j = 0; j < c->lower; j++) nmod_mat_entry(m, i, j) = value[j * outputs + c->row[i] % outputs];
    return i;
}

static qd_status check_minor(const qd_certificate_t c, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    qd_variety_plan plan;
    nmod_mat_t m;
    qd_variety_plan_make(&plan, &c->arch);
    ulong *theta = qd_malloc(sizeof *theta * (size_t) plan.nparams), *x = qd_malloc(sizeof *x * (size_t) c->width[0]),
          *value = qd_malloc(sizeof *value * (size_t) (c->lower * c->width[plan.depth] + 1));
    for (int64_t k = 0; k < plan.nparams; k++) theta[k] = (ulong) c->theta[k];
    nmod_mat_init(m, c->lower, c->lower, (ulong) c->prime);
    for (int64_t i = 0; i < c->lower && st == QD_OK;) {
        i = fill_point(m, c, &plan, theta, i, value, x);
        st = qd_ctx_budget(ctx);
        qd_ctx_progress(ctx, "rows", i, c->lower);
    }
    if (st == QD_OK) {
        ulong det = nmod_mat_det(m);
        if (det == 0) st = qd_fail(ctx, QD_EINPUT, "refused: the minor is 0 modulo %" PRId64, c->prime);
        else if (det != (ulong) c->determinant)
            st = qd_fail(ctx, QD_EINPUT, "refused: the minor is %lu modulo %" PRId64 ", the file says %" PRId64, (unsigned long) det,
                         c->prime, c->determinant);
    }
    nmod_mat_clear(m);
    free(theta);
    free(x);
    free(value);
    return st;
}

qd_status qd_certificate_check(const qd_certificate_t c, qd_ctx_t ctx)
{
    qd_status st = check_minor(c, ctx);
    if (st != QD_OK) return st;
    char sum[17];
    qd_buf_t body;
    qd_buf_init(body);
    print_body(body, c);
    checksum(sum, body);
    if (strcmp(c->checksum, sum) != 0) st = qd_fail(ctx, QD_EINPUT, "refused: the checksum is %s, the file says '%.20s'", sum, c->checksum);
    qd_buf_clear(body);
    return st;
}
