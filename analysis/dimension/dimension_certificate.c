/* The certificate of a lower bound: a minor of the Jacobian that is not 0 modulo a prime. The prime does not divide a denominator,
   there is none, so the minor is not 0 over the integers either, and the dimension is at least its order. The check
   evaluates the entries by forward derivatives, where the search used reverse mode, and computes the determinant again. A checksum
   over everything finds the damage that the minor does not notice, such as a parameter on which it does not depend. */
#include "dimension/dimension.h"

#include <flint/nmod_mat.h>
#include <inttypes.h>
#include <string.h>

#include "io/io.h"
#include "cli/text.h"

#define FORMAT "quadric dimension 1"

/* What a file claims. Arrays are owned. */
typedef struct {
    int64_t width[QD_VARIETY_MAX_DEPTH + 1];
    qd_arch spec;
    int64_t lower, prime, determinant, npoints;
    int64_t *theta, *x, *row, *column;
    char *version; /* owned */
} claim;

static void claim_clear(claim *c)
{
    free(c->theta);
    free(c->x);
    free(c->row);
    free(c->column);
    free(c->version);
}

/* ---- writing ------------------------------------------------------------------------------ */

static void print_list(qd_buf_t out, const char *key, const int64_t *v, int64_t n)
{
    qd_buf_printf(out, " \"%s\": [", key);
    for (int64_t i = 0; i < n; i++) qd_buf_printf(out, "%s%" PRId64, i > 0 ? "," : "", v[i]);
    qd_buf_puts(out, "],\n");
}

/* The file but for its last line, the checksum of these bytes. */
static void print_claim(qd_buf_t out, const claim *c)
{
    qd_buf_puts(out, "{\"certificate\": \"" FORMAT "\", \"widths\": [");
    qd_variety_print_widths(out, &c->spec);
    qd_buf_printf(out, "], \"kind\": \"%s\", \"activation\": \"", qd_kind_get(c->spec.neuron.kind)->name);
    qd_variety_print_activation(out, &c->spec);
    qd_buf_printf(out, "\", \"last\": \"%s\", \"biases\": %s,\n \"lower\": %" PRId64 ", \"prime\": %" PRId64 ",\n",
                  c->spec.same ? "same" : "linear", c->spec.biases ? "true" : "false", c->lower, c->prime);
    print_list(out, "parameters", c->theta, qd_variety_nparams(&c->spec));
    print_list(out, "points", c->x, c->npoints * c->width[0]);
    print_list(out, "rows", c->row, c->lower);
    print_list(out, "columns", c->column, c->lower);
    qd_buf_printf(out, " \"determinant\": %" PRId64 ", \"version\": ", c->determinant);
    qd_json_string(out, c->version);
    qd_buf_puts(out, ",\n");
}

static void checksum(char sum[17], const qd_buf_t text)
{
    snprintf(sum, 17, "%016" PRIx64, text_hash(qd_buf_str(text), text->len));
}

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

/* c borrows its widths from itself: it must not move. */
static void make_claim(claim *c, const qd_arch *spec, const qd_variety_result_t r, ulong determinant)
{
    const qd_variety_witness *w = &r->witness;
    *c = (claim){.spec = *spec, .lower = w->rank, .prime = w->p, .determinant = (int64_t) determinant, .npoints = w->npoints};
    memcpy(c->width, spec->width, sizeof *c->width * (size_t) (spec->depth + 1));
    c->spec.width = c->width;
    c->theta = widen_numbers(w->theta, r->parameters);
    c->x = widen_numbers(w->x, w->npoints * spec->width[0]);
    c->row = copy(w->row, w->rank);
    c->column = copy(w->column, w->rank);
    c->version = qd_strdup(QD_VERSION);
}

/* The minor by the rows of reverse mode, one point at a time. */
static qd_status minor_by_rows(nmod_mat_t m, const qd_arch *spec, const qd_variety_witness *w, qd_ctx_t ctx)
{
    int64_t outputs = spec->width[spec->depth];
    qd_status st = QD_OK;
    qd_variety_plan plan;
    qd_variety_plan_make(&plan, spec);
    uint32_t *rows = qd_malloc(sizeof *rows * (size_t) (outputs * plan.nparams));
    int64_t loaded = -1;
    for (int64_t i = 0; i < w->rank && st == QD_OK; i++) {
        int64_t point = w->row[i] / outputs;
        if (point != loaded) st = qd_variety_jacobian(rows, &plan, w->theta, w->x + point * spec->width[0], 1, w->p, ctx);
        loaded = point;
        const uint32_t *row = rows + w->row[i] % outputs * plan.nparams;
        for (int64_t j = 0; j < w->rank; j++) nmod_mat_entry(m, i, j) = row[w->column[j]];
    }
    free(rows);
    return st;
}

qd_status dimension_write_certificate(const char *path, const qd_arch *spec, const qd_variety_result_t r, qd_ctx_t ctx)
{
    const qd_variety_witness *w = &r->witness;
    qd_buf_t out;
    nmod_mat_t m;
    nmod_mat_init(m, w->rank, w->rank, w->p);
    qd_status st = minor_by_rows(m, spec, w, ctx);
    if (st == QD_OK) {
        claim c;
        char sum[17];
        qd_buf_init(out);
        make_claim(&c, spec, r, nmod_mat_det(m));
        print_claim(out, &c);
        checksum(sum, out);
        qd_buf_printf(out, " \"checksum\": \"%s\"}\n", sum);
        st = qd_file_write(path, qd_buf_str(out), out->len, ctx);
        claim_clear(&c);
        qd_buf_clear(out);
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

static qd_status read_spec(claim *c, const qd_node *root, qd_ctx_t ctx)
{
    qd_status st;
    const qd_node *node;
    const char *text;
    int64_t *v = NULL, n = 0;
    st = read_list(&v, &n, root, "widths", -1, QD_VARIETY_MAX_WIDTH, ctx);
    if (st == QD_OK && (n < 2 || n > QD_VARIETY_MAX_DEPTH + 1))
        st = qd_node_fail(root, ctx, "found %" PRId64 " widths, expected 2 to %d", n, QD_VARIETY_MAX_DEPTH + 1);
    if (st == QD_OK) memcpy(c->width, v, sizeof *v * (size_t) n);
    free(v);
    if (st != QD_OK || (st = read_text(&text, root, "kind", ctx)) != QD_OK) return st;
    c->spec.depth = n - 1;
    c->spec.width = c->width;
    c->spec.neuron.kind = qd_kind_from_name(text);
    if (c->spec.neuron.kind == QD_KINDS) return qd_node_fail(root, ctx, "unknown kind '%.40s'; known are %s", text, qd_kind_names());
    if ((st = read_text(&text, root, "activation", ctx)) != QD_OK) return st;
    if ((st = qd_variety_read_activation(&c->spec.neuron, text, ctx)) != QD_OK) return st;
    if ((st = read_text(&text, root, "last", ctx)) != QD_OK) return st;
    c->spec.same = strcmp(text, "same") == 0;
    if (!c->spec.same && strcmp(text, "linear") != 0) return qd_node_fail(root, ctx, "'last' is '%.40s', expected linear or same", text);
    if ((st = qd_node_need(&node, root, "biases", "the certificate", ctx)) != QD_OK) return st;
    if ((st = qd_node_get_bool(&c->spec.biases, node, "biases", ctx)) != QD_OK) return st;
    return qd_variety_check(&c->spec, ctx);
}

static qd_status read_claim(claim *c, const qd_node *root, qd_ctx_t ctx)
{
    static const char *const keys[] = {"certificate", "widths", "kind", "activation", "last",        "biases",  "lower",    "prime",
                                       "parameters",  "points", "rows", "columns",    "determinant", "version", "checksum", NULL};
    const char *format, *version;
    int64_t n, nparams;
    qd_status st = qd_node_get_object(root, "the certificate", ctx);
    if (st != QD_OK || (st = read_text(&format, root, "certificate", ctx)) != QD_OK) return st;
    if (strcmp(format, FORMAT) != 0) return qd_node_fail(root, ctx, "found the certificate '%.60s', expected '%s'", format, FORMAT);
    if ((st = qd_node_only_keys(root, keys, "the certificate", ctx)) != QD_OK) return st;
    if ((st = read_spec(c, root, ctx)) != QD_OK) return st;
    nparams = qd_variety_nparams(&c->spec);
    if ((st = read_int(&c->prime, root, "prime", 2, UINT32_MAX, ctx)) != QD_OK) return st;
    if (!n_is_prime((ulong) c->prime)) return qd_node_fail(root, ctx, "'prime' is %" PRId64 ", which is no prime", c->prime);
    if ((st = read_int(&c->lower, root, "lower", 0, nparams, ctx)) != QD_OK) return st;
    if ((st = read_int(&c->determinant, root, "determinant", 0, c->prime - 1, ctx)) != QD_OK) return st;
    if ((st = read_list(&c->theta, &n, root, "parameters", nparams, c->prime - 1, ctx)) != QD_OK) return st;
    if ((st = read_list(&c->x, &n, root, "points", -c->width[0], c->prime - 1, ctx)) != QD_OK) return st;
    c->npoints = n / c->width[0];
    int64_t last_row = c->npoints * c->width[c->spec.depth] - 1;
    if ((st = read_list(&c->row, &n, root, "rows", c->lower, last_row, ctx)) != QD_OK) return st;
    if ((st = read_list(&c->column, &n, root, "columns", c->lower, nparams - 1, ctx)) != QD_OK) return st;
    if ((st = read_text(&version, root, "version", ctx)) != QD_OK) return st;
    c->version = qd_strdup(version);
    return QD_OK;
}

/* Is the checksum that of the claim? */
static qd_status check_sum(const claim *c, const qd_node *root, qd_ctx_t ctx)
{
    const char *found;
    char sum[17];
    qd_buf_t text;
    qd_status st = read_text(&found, root, "checksum", ctx);
    if (st != QD_OK) return st;
    qd_buf_init(text);
    print_claim(text, c);
    checksum(sum, text);
    if (strcmp(found, sum) != 0) st = qd_fail(ctx, QD_EINPUT, "refused: the checksum is %s, the file says '%.20s'", sum, found);
    qd_buf_clear(text);
    return st;
}

/* ---- checking ----------------------------------------------------------------------------- */

/* The rows of the minor that belong to the point of row i, from there on; returns the first row of another point. */
static int64_t fill_point(nmod_mat_t m, const claim *c, const qd_variety_plan *plan, const ulong *theta, int64_t i, ulong *value, ulong *x)
{
    int64_t inputs = c->width[0], outputs = c->width[plan->depth], point = c->row[i] / outputs;
    for (int64_t k = 0; k < inputs; k++) x[k] = (ulong) c->x[point * inputs + k];
    qd_variety_derivatives(value, plan, theta, x, c->column, c->lower, m->mod);
    for (; i < c->lower && c->row[i] / outputs == point; i++)
        for (int64_t j = 0; j < c->lower; j++) nmod_mat_entry(m, i, j) = value[j * outputs + c->row[i] % outputs];
    return i;
}

static qd_status check_claim(qd_buf_t out, const claim *c, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    qd_variety_plan plan;
    nmod_mat_t m;
    qd_variety_plan_make(&plan, &c->spec);
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
        else qd_buf_printf(out, "dimension >= %" PRId64, c->lower);
    }
    nmod_mat_clear(m);
    free(theta);
    free(x);
    free(value);
    return st;
}

qd_status dimension_check_certificate(qd_buf_t out, const char *path, qd_ctx_t ctx)
{
    qd_doc_t doc;
    claim c = {0};
    qd_doc_init(doc);
    qd_status st = qd_doc_read(doc, path, QD_JSON, ctx);
    if (st == QD_OK) st = read_claim(&c, qd_doc_root(doc), ctx);
    if (st == QD_OK) {
        qd_buf_puts(out, "widths ");
        qd_variety_print_widths(out, &c.spec);
        qd_buf_printf(out, ", kind %s, activation ", qd_kind_get(c.spec.neuron.kind)->name);
        qd_variety_print_activation(out, &c.spec);
        qd_buf_printf(out, ", last %s, %s: ", c.spec.same ? "same" : "linear", c.spec.biases ? "with biases" : "homogeneous");
        if ((st = check_claim(out, &c, ctx)) == QD_OK) st = check_sum(&c, qd_doc_root(doc), ctx);
    }
    claim_clear(&c);
    qd_doc_clear(doc);
    return st;
}
