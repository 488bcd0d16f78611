/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric table bounds: networks with many regions against the upper bounds, over depths and widths. One item is one network, built or
   found by one walk of the search. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "spline/spline.h"
#include "table/table.h"
#include "table/table_bounds.h"
#include "table/table_config.h"
#include "table/table_count.h"

/* The constructions of src/spline/extremal.c, then the search. */
enum { SEARCH = QD_EXTREMALS, CONSTRUCTIONS };

typedef struct {
    slong width, depth;
    int construction;
    int64_t item, nitems; /* its items */
} bounds_row;

typedef struct {
    const char *name;                         /* borrowed */
    int64_t *width, nwidths, *depth, ndepths; /* owned */
    bool used[CONSTRUCTIONS];
    int64_t steps, restarts; /* of the search */
    double max_seconds;      /* s, to count one network; 0: no limit */
    slong nrows;
    bounds_row *row; /* owned */
} bounds_study;

static const char *construction_name(int k)
{
    return k == SEARCH ? "search" : qd_extremal_name((qd_extremal) k);
}

/* ---- configuration ------------------------------------------------------------------------ */

static qd_status read_construction(bounds_study *s, const qd_node *node, qd_ctx_t ctx)
{
    const char *text;
    qd_buf_t known;
    int k = 0;
    qd_status st = qd_node_get_string(&text, node, "an item of 'constructions'", ctx);
    if (st != QD_OK) return st;
    while (k < CONSTRUCTIONS && strcmp(text, construction_name(k)) != 0) k++;
    if (k < CONSTRUCTIONS) {
        s->used[k] = true;
        return QD_OK;
    }
    qd_buf_init(known);
    for (k = 0; k < CONSTRUCTIONS; k++) qd_buf_printf(known, "%s%s", k > 0 ? ", " : "", construction_name(k));
    st = qd_node_fail(node, ctx, "unknown construction '%.40s'; known are %s", text, qd_buf_str(known));
    qd_buf_clear(known);
    return st;
}

static qd_status read_constructions(bounds_study *s, const qd_node *node, qd_ctx_t ctx)
{
    if (node == NULL) {
        for (int k = 0; k < SEARCH; k++) s->used[k] = true;
        return QD_OK;
    }
    qd_status st = qd_node_get_array(node, "'constructions'", ctx);
    if (st == QD_OK && qd_node_count(node) == 0)
        st = qd_node_fail(node, ctx, "'constructions' is empty, expected at least one construction");
    for (int64_t i = 0; st == QD_OK && i < qd_node_count(node); i++) st = read_construction(s, qd_node_item(node, i), ctx);
    return st;
}

static qd_status read_search(bounds_study *s, const qd_node *node, qd_ctx_t ctx)
{
    static const char *const keys[] = {"steps", "restarts", NULL};
    qd_status st;
    if (node == NULL) return QD_OK;
    if ((st = qd_node_get_object(node, "'search'", ctx)) != QD_OK) return st;
    if (!s->used[SEARCH]) return qd_node_fail(node, ctx, "found 'search', but 'constructions' does not contain search");
    if ((st = qd_node_only_keys(node, keys, "'search'", ctx)) != QD_OK) return st;
    if ((st = qd_node_optional_int(&s->steps, node, "steps", 1, 1000000000, ctx)) != QD_OK) return st;
    return qd_node_optional_int(&s->restarts, node, "restarts", 1, 1000000, ctx);
}

static qd_status read_root(bounds_study *s, const qd_node *root, qd_ctx_t ctx)
{
    static const char *const keys[] = {"name", "widths", "depths", "constructions", "search", "max_seconds_per_network", NULL};
    const qd_node *widths, *depths;
    qd_status st;
    if ((st = qd_node_only_keys(root, keys, "the configuration", ctx)) != QD_OK) return st;
    if ((st = qd_node_need(&widths, root, "widths", "the configuration", ctx)) != QD_OK) return st;
    if ((st = config_ints(&s->width, &s->nwidths, widths, 1, 1000, "'widths'", ctx)) != QD_OK) return st;
    if ((st = qd_node_need(&depths, root, "depths", "the configuration", ctx)) != QD_OK) return st;
    if ((st = config_ints(&s->depth, &s->ndepths, depths, 1, 60, "'depths'", ctx)) != QD_OK) return st;
    if ((st = read_constructions(s, qd_node_member(root, "constructions"), ctx)) != QD_OK) return st;
    if ((st = read_search(s, qd_node_member(root, "search"), ctx)) != QD_OK) return st;
    return qd_node_optional_double(&s->max_seconds, root, "max_seconds_per_network", 0, 1e9, ctx);
}

/* A construction that needs more width has no row. */
static void make_rows(bounds_study *s)
{
    int64_t item = 0;
    s->row = qd_malloc(sizeof *s->row * (size_t) (s->ndepths * s->nwidths * CONSTRUCTIONS));
    for (slong d = 0; d < s->ndepths; d++)
        for (slong w = 0; w < s->nwidths; w++)
            for (int k = 0; k < CONSTRUCTIONS; k++) {
                if (!s->used[k] || (k != SEARCH && s->width[w] < qd_extremal_least_width((qd_extremal) k))) continue;
                int64_t n = k == SEARCH ? s->restarts : 1;
                s->row[s->nrows++] = (bounds_row){s->width[w], s->depth[d], k, item, n};
                item += n;
            }
}

static qd_status read_study(bounds_study *s, const qd_node *root, const char *name, qd_ctx_t ctx)
{
    memset(s, 0, sizeof *s);
    s->name = name;
    s->steps = 1000;
    s->restarts = 3;
    qd_status st = read_root(s, root, ctx);
    if (st == QD_OK) make_rows(s);
    if (st == QD_OK && s->nrows == 0) /* never without the key: the logistic construction has every width */
        st = qd_node_fail(qd_node_member(root, "constructions"), ctx, "no construction here exists for these widths");
    return st;
}

static void clear_study(bounds_study *s)
{
    free(s->width);
    free(s->depth);
    free(s->row);
}

/* ---- one network -------------------------------------------------------------------------- */

static int64_t item_row(const void *study, int64_t item)
{
    const bounds_study *s = study;
    int64_t r = 0;
    while (r + 1 < s->nrows && s->row[r + 1].item <= item) r++;
    return r;
}

static qd_status compute(const void *study, void *result, int64_t item, qd_ctx_t ctx)
{
    const bounds_study *s = study;
    const bounds_row *r = s->row + item_row(study, item);
    qd_domain whole = {0};
    qd_net_t net;
    qd_net_init(net);
    qd_status st = r->construction == SEARCH ? qd_extremal_search(net, r->width, r->depth, s->steps, (uint64_t) (item - r->item), ctx)
                                             : qd_extremal_net(net, (qd_extremal) r->construction, r->width, r->depth, ctx);
    if (st == QD_OK) st = table_count_network(result, net, &whole, s->max_seconds, ctx);
    qd_net_clear(net);
    return st;
}

/* ---- the table ---------------------------------------------------------------------------- */

enum { DEPTH, WIDTH, CONSTRUCTION, PARAMETERS, STATUS, REGIONS, PIECES, PATTERNS, BOUND, SHARE, BOUND_PRODUCT };

static void columns(const void *study, qd_table_t t)
{
    (void) study;
    qd_table_column(t, "depth", "depth", QD_CELL_NUMBER);
    qd_table_column(t, "width", "width", QD_CELL_NUMBER);
    qd_table_column(t, "construction", "construction", QD_CELL_STRING);
    qd_table_column(t, "parameters", "parameters", QD_CELL_NUMBER);
    qd_table_column(t, "status", "status", QD_CELL_STRING);
    qd_table_column(t, "regions", "regions", QD_CELL_NUMBER);
    qd_table_column(t, "pieces", "pieces", QD_CELL_NUMBER);
    qd_table_column(t, "patterns", "patterns", QD_CELL_NUMBER);
    qd_table_column(t, "bound_pattern_root", "bound " QD_BOUND_LINE_NAME, QD_CELL_NUMBER);
    qd_table_column(t, "share_percent", "reached (%)", QD_CELL_NUMBER);
    qd_table_column(t, "bound_layer_product", "bound " QD_BOUND_LINE_PRODUCT_NAME, QD_CELL_NUMBER);
}

/* regions / bound in percent, to four significant digits. */
static void set_share(qd_table_t t, int64_t row, long regions, const qd_net_t net)
{
    fmpz_t b;
    fmpq_t share;
    qd_buf_t text;
    fmpz_init(b);
    fmpq_init(share);
    qd_buf_init(text);
    qd_bound_line(b, net);
    fmpq_set_si(share, 100 * regions, 1);
    fmpq_div_fmpz(share, share, b);
    qd_rat_print_decimal(text, share, 4);
    qd_table_set(t, row, SHARE, "%s", qd_buf_str(text));
    fmpz_clear(b);
    fmpq_clear(share);
    qd_buf_clear(text);
}

/* The first of those with most regions. */
static qd_count best_of(const qd_count *count, int64_t n)
{
    qd_count best = count[0];
    for (int64_t i = 1; i < n; i++)
        if (count[i].regions > best.regions) best = count[i];
    return best;
}

static void set_keys(qd_table_t t, int64_t row, const bounds_row *r)
{
    qd_table_set(t, row, DEPTH, "%ld", (long) r->depth);
    qd_table_set(t, row, WIDTH, "%ld", (long) r->width);
    qd_table_set(t, row, CONSTRUCTION, "%s", construction_name(r->construction));
}

static void fill_row(qd_table_t t, int64_t row, const bounds_row *r, const qd_count *count, qd_ctx_t ctx)
{
    qd_count c = best_of(count + r->item, r->nitems);
    qd_net_t net;
    qd_net_init(net);
    qd_extremal_net(net, QD_EXTREMAL_LOGISTIC, r->width, r->depth, ctx); /* of the same architecture, for all widths */
    qd_table_set(t, row, PARAMETERS, "%" PRId64, qd_net_nparams(net));
    qd_table_set(t, row, STATUS, "%s", qd_label_name(c.label));
    qd_table_set(t, row, REGIONS, "%ld", (long) c.regions);
    qd_table_set(t, row, PIECES, "%ld", (long) c.pieces);
    qd_table_set(t, row, PATTERNS, "%ld", (long) c.patterns);
    table_set_bound(t, row, BOUND, qd_bound_line, net);
    table_set_bound(t, row, BOUND_PRODUCT, qd_bound_line_product, net);
    set_share(t, row, c.regions, net);
    qd_net_clear(net);
}

static void fill(const void *study, qd_table_t t, const void *results, const bool *open)
{
    const bounds_study *s = study;
    qd_ctx_t ctx;
    qd_ctx_own(ctx, NULL);
    for (int64_t row = 0; row < t->nrows; row++) {
        set_keys(t, row, s->row + row);
        if (!open[row]) fill_row(t, row, s->row + row, results, ctx);
    }
}

/* ---- the whole ---------------------------------------------------------------------------- */

static void describe(qd_buf_t caption, qd_buf_t resolved, const bounds_study *s)
{
    qd_buf_printf(caption, "%s; quadratic relu networks, one input, whole line", s->name);
    if (s->used[SEARCH]) qd_buf_printf(caption, "; search: %" PRId64 " walks of %" PRId64 " steps", s->restarts, s->steps);
    if (s->max_seconds > 0) qd_buf_printf(caption, "; at most %.17g s a count", s->max_seconds);
    qd_buf_puts(resolved, qd_buf_str(caption));
    for (slong r = 0; r < s->nrows; r++)
        qd_buf_printf(resolved, "; %ld %ld %s", (long) s->row[r].depth, (long) s->row[r].width, construction_name(s->row[r].construction));
}

int table_bounds_networks(const qd_node *root, const char *name, const char *path, qd_ctx_t ctx)
{
    int code;
    qd_buf_t caption, resolved;
    bounds_study study;
    qd_buf_init(caption);
    qd_buf_init(resolved);
    qd_status st = read_study(&study, root, name, ctx);
    if (st == QD_OK) {
        const bounds_row *last = study.row + study.nrows - 1;
        describe(caption, resolved, &study);
        table_job job = {
            .command = "table bounds",
            .caption = qd_buf_str(caption),
            .resolved = qd_buf_str(resolved),
            .study = &study,
            .nitems = last->item + last->nitems,
            .nrows = study.nrows,
            .nkeys = CONSTRUCTION + 1,
            .columns = columns,
            .field = table_count_field,
            .size = sizeof(qd_count),
            .row = item_row,
            .compute = compute,
            .fill = fill,
        };
        code = table_run(&job, ctx);
    } else code = table_fail(st, path, ctx);
    clear_study(&study);
    qd_buf_clear(caption);
    qd_buf_clear(resolved);
    return code;
}
