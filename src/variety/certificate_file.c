/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of a certificate: JSON, with a checksum over all bytes before it, as they are printed. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "io/io.h"
#include "variety/impl.h"

#define FORMAT "quadric dimension 2"
#define FORMAT_LOWER "quadric dimension 1" /* the lower bound only, as it was written before */

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

static void print_step(qd_json_t w, const qd_bound_step *s)
{
    qd_arch arch = qd_bound_arch(s);
    qd_json_line(w, 2);
    qd_json_object(w, NULL);
    qd_arch_json(w, &arch);
    qd_json_bool(w, "larger", s->larger);
    qd_json_int(w, "upper", s->upper);
    qd_json_string(w, "by", qd_variety_certificate_name(s->by));
    qd_json_int(w, "at", s->at);
    qd_json_array(w, "parts");
    for (int k = 0; k < 2; k++)
        if (s->part[k] >= 0) qd_json_int(w, NULL, s->part[k]);
    qd_json_end(w);
    qd_json_end(w);
}

static void print_steps(qd_json_t w, const qd_bound_t proof)
{
    qd_json_line(w, 1);
    qd_json_array(w, "steps");
    for (int64_t i = 0; i < proof->n; i++) print_step(w, proof->step + i);
    qd_json_end(w);
}

/* The file but for its last line, the checksum of these bytes. */
static void print_body(qd_buf_t out, const qd_certificate_t c)
{
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_json_string(w, "certificate", c->upper->n > 0 ? FORMAT : FORMAT_LOWER);
    qd_arch_json(w, &c->arch);
    qd_json_line(w, 1);
    qd_json_int(w, "lower", c->lower);
    if (c->upper->n > 0) qd_json_int(w, "upper", qd_bound_value(c->upper));
    qd_json_int(w, "prime", c->prime);
    print_list(w, "parameters", c->theta, qd_variety_nparams(&c->arch));
    print_list(w, "points", c->x, c->npoints * c->width[0]);
    print_list(w, "rows", c->row, c->lower);
    print_list(w, "columns", c->column, c->lower);
    if (c->upper->n > 0) print_steps(w, c->upper);
    qd_json_line(w, 1);
    qd_json_int(w, "determinant", c->determinant);
    qd_json_string(w, "version", c->version);
    qd_buf_puts(out, ",\n");
}

/* The hash of the body, as it stands in the file. */
static void checksum(char sum[QD_CHECKSUM_ROOM], const qd_buf_t body)
{
    snprintf(sum, QD_CHECKSUM_ROOM, "%016" PRIx64, qd_hash(qd_buf_str(body), body->len));
}

void qd_variety__certificate_checksum(char sum[QD_CHECKSUM_ROOM], const qd_certificate_t c)
{
    qd_buf_t body;
    qd_buf_init(body);
    print_body(body, c);
    checksum(sum, body);
    qd_buf_clear(body);
}

void qd_certificate_print(qd_buf_t out, const qd_certificate_t c)
{
    char sum[QD_CHECKSUM_ROOM];
    qd_buf_t body;
    qd_buf_init(body);
    print_body(body, c);
    checksum(sum, body);
    qd_buf_printf(out, "%s \"checksum\": \"%s\"}\n", qd_buf_str(body), sum);
    qd_buf_clear(body);
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

static qd_status read_reason(qd_variety_certificate *by, const qd_node *node, qd_ctx_t ctx)
{
    const char *name;
    qd_status st = read_text(&name, node, "by", ctx);
    if (st != QD_OK) return st;
    for (int k = 0; k < QD_UPPER_REASONS; k++)
        if (strcmp(name, qd_variety_certificate_name((qd_variety_certificate) k)) == 0) {
            *by = (qd_variety_certificate) k;
            return QD_OK;
        }
    return qd_node_fail(node, ctx, "found the step '%.40s', which proves no bound", name);
}

/* Step number i, which may use those before it. */
static qd_status read_step(qd_bound_step *s, const qd_node *node, int64_t i, qd_ctx_t ctx)
{
    static const char *const keys[] = {"widths", "kind", "activation", "last", "biases", "larger", "upper", "by", "at", "parts", NULL};
    qd_arch arch;
    const qd_node *larger;
    int64_t *part = NULL, n = 0;
    qd_status st = qd_node_get_object(node, "a step", ctx);
    if (st == QD_OK) st = qd_node_only_keys(node, keys, "a step", ctx);
    if (st == QD_OK) st = qd_arch_read(&arch, s->width, QD_VARIETY_MAX_DEPTH + 1, node, "a step", ctx);
    if (st == QD_OK) st = qd_variety_admit(&arch, ctx);
    if (st == QD_OK) st = qd_node_need(&larger, node, "larger", "a step", ctx);
    if (st == QD_OK) st = qd_node_get_bool(&s->larger, larger, "larger", ctx);
    if (st == QD_OK) st = read_int(&s->upper, node, "upper", 0, INT64_C(1) << 60, ctx);
    if (st == QD_OK) st = read_reason(&s->by, node, ctx);
    if (st == QD_OK) st = read_int(&s->at, node, "at", 0, arch.depth - 1, ctx);
    if (st == QD_OK) st = read_list(&part, &n, node, "parts", -1, i - 1, ctx);
    if (st == QD_OK && n > 2) st = qd_node_fail(node, ctx, "'parts' has %" PRId64 " items, expected at most 2", n);
    if (st == QD_OK) {
        s->depth = arch.depth;
        s->neuron = arch.neuron;
        s->same = arch.same;
        s->biases = arch.biases;
        for (int k = 0; k < 2; k++) s->part[k] = k < n ? part[k] : -1;
    }
    free(part);
    return st;
}

/* Is the last step about the family of the certificate, with the bound that stands there? */
static qd_status check_claim(const qd_certificate_t c, int64_t upper, const qd_node *root, qd_ctx_t ctx)
{
    const qd_bound_step *s = c->upper->step + c->upper->n - 1;
    bool same = s->depth == c->arch.depth && memcmp(s->width, c->width, sizeof *s->width * (size_t) (s->depth + 1)) == 0 && !s->larger &&
                s->same == c->arch.same && s->biases == c->arch.biases && qd_neuron_equal(&s->neuron, &c->arch.neuron);
    if (!same) return qd_node_fail(root, ctx, "the last of 'steps' is about another family");
    if (s->upper != upper) return qd_node_fail(root, ctx, "'upper' is %" PRId64 ", the last of 'steps' says %" PRId64, upper, s->upper);
    if (upper < c->lower) return qd_node_fail(root, ctx, "'upper' is %" PRId64 ", less than 'lower', %" PRId64, upper, c->lower);
    return QD_OK;
}

static qd_status read_steps(qd_certificate_t c, const qd_node *root, qd_ctx_t ctx)
{
    const qd_node *steps;
    int64_t upper, n;
    qd_status st = read_int(&upper, root, "upper", 0, INT64_C(1) << 60, ctx);
    if (st == QD_OK) st = qd_node_need(&steps, root, "steps", "the certificate", ctx);
    if (st == QD_OK) st = qd_node_get_array(steps, "steps", ctx);
    if (st != QD_OK) return st;
    if ((n = qd_node_count(steps)) == 0) return qd_node_fail(steps, ctx, "'steps' has no items, expected at least one");
    c->upper->step = qd_calloc((size_t) n, sizeof *c->upper->step);
    c->upper->n = n;
    for (int64_t i = 0; i < n && st == QD_OK; i++) st = read_step(c->upper->step + i, qd_node_item(steps, i), i, ctx);
    return st == QD_OK ? check_claim(c, upper, root, ctx) : st;
}

static qd_status read_body(qd_certificate_t c, const qd_node *root, qd_ctx_t ctx)
{
    static const char *const keys[] = {"certificate", "widths",  "kind",       "activation", "last",  "biases",
                                       "lower",       "prime",   "parameters", "points",     "rows",  "columns",
                                       "determinant", "version", "checksum",   "upper",      "steps", NULL};
    const char *format, *version, *sum;
    int64_t n, nparams;
    qd_status st = qd_node_get_object(root, "the certificate", ctx);
    if (st != QD_OK || (st = read_text(&format, root, "certificate", ctx)) != QD_OK) return st;
    bool both = strcmp(format, FORMAT) == 0;
    if (!both && strcmp(format, FORMAT_LOWER) != 0)
        return qd_node_fail(root, ctx, "found the certificate '%.60s', expected '%s' or '%s'", format, FORMAT, FORMAT_LOWER);
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
    if (both && (st = read_steps(c, root, ctx)) != QD_OK) return st;
    if (!both && (qd_node_member(root, "upper") != NULL || qd_node_member(root, "steps") != NULL))
        return qd_node_fail(root, ctx, "'%s' has no 'upper' and no 'steps'", FORMAT_LOWER);
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
    if (st == QD_OK) qd_variety__certificate_move(c, t);
    qd_certificate_clear(t);
    return st;
}
