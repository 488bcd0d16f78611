/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The domain of `quadric pieces`: what --interval, --line, --segment, --plane, --through and --box say. */
#include <string.h>

#include "cli/text.h"
#include "pieces/pieces.h"

void pieces_domain_clear(pieces_domain *dom)
{
    _fmpq_vec_clear(dom->base, dom->n);
    _fmpq_vec_clear(dom->step, 2 * dom->n);
    _fmpq_vec_clear(dom->lo, dom->n + 1);
    _fmpq_vec_clear(dom->hi, dom->n + 1);
}

static int read_line(pieces_domain *dom, qd_ctx_t ctx)
{
    const char *points = pieces_options.line;
    qd_buf_t a;
    qd_buf_init(a);
    const char *b = text_split(a, points);
    int code = EXIT_ANSWERED;
    dom->d = (qd_domain){.dim = 1, .base = dom->base, .step = dom->step};
    dom->variable = "t";
    if (b == NULL) code = cli_usage("pieces", "--line: found '%.60s', expected two points P:Q", points);
    else if (qd_rat_set_list(dom->base, dom->n, qd_buf_str(a), ctx) != QD_OK || qd_rat_set_list(dom->step, dom->n, b, ctx) != QD_OK)
        code = cli_usage("pieces", "--line: %s", qd_ctx_message(ctx));
    else {
        qd_domain_difference(dom->step, dom->base, dom->step, dom->n);
        if (qd_domain_check(&dom->d, dom->n, ctx) != QD_OK)
            code = cli_usage("pieces", "--line: the two points of '%.60s' are equal", points);
    }
    qd_buf_clear(a);
    return code;
}

/* O:U:V */
static int read_plane(pieces_domain *dom, qd_ctx_t ctx)
{
    const char *s = pieces_options.plane, *first = strchr(s, ':'), *second = first == NULL ? NULL : strchr(first + 1, ':');
    fmpq *v[3] = {dom->base, dom->step, dom->step + dom->n};
    const char *from[3] = {s, first + 1, second + 1}, *to[3] = {first, second, s + strlen(s)};
    qd_buf_t part;
    int code = EXIT_ANSWERED;
    if (second == NULL || strchr(second + 1, ':') != NULL)
        return cli_usage("pieces", "--plane: found '%.60s', expected a point and two vectors O:U:V", s);
    qd_buf_init(part);
    for (int k = 0; k < 3 && code == EXIT_ANSWERED; k++) {
        qd_buf_reset(part);
        qd_buf_add(part, from[k], (size_t) (to[k] - from[k]));
        if (qd_rat_set_list(v[k], dom->n, qd_buf_str(part), ctx) != QD_OK) code = cli_usage("pieces", "--plane: %s", qd_ctx_message(ctx));
    }
    qd_buf_clear(part);
    dom->d = (qd_domain){.dim = 2, .base = dom->base, .step = dom->step};
    if (code == EXIT_ANSWERED && qd_domain_check(&dom->d, dom->n, ctx) != QD_OK)
        code = cli_usage("pieces", "--plane: the two vectors of '%.60s' are linearly dependent", s);
    return code;
}

static int read_interval(pieces_domain *dom, const char *text, qd_ctx_t ctx)
{
    dom->d.lo = dom->lo;
    dom->d.hi = dom->hi;
    if (text_interval(dom->lo, dom->hi, text, ctx) == QD_OK) return EXIT_ANSWERED;
    return cli_usage("pieces", "--interval: %s", qd_ctx_message(ctx));
}

static int box_usage(const char *s, slong dim)
{
    if (dim == 2) return cli_usage("pieces", "--box: found '%.60s', expected two ranges A:B,C:D", s);
    return cli_usage("pieces", "--box: found '%.60s', expected %ld ranges A:B,C:D,...", s, (long) dim);
}

/* x0:x1,y0:y1,... */
static int read_box(pieces_domain *dom, qd_ctx_t ctx)
{
    const char *s = pieces_options.box, *from = s;
    slong dim = qd_domain_dim(&dom->d, dom->n), commas = 0;
    qd_buf_t range;
    int code = EXIT_ANSWERED;
    for (const char *c = s; *c != '\0'; c++) commas += *c == ',';
    if (commas + 1 != dim) return box_usage(s, dim);
    qd_buf_init(range);
    for (slong k = 0; k < dim && code == EXIT_ANSWERED; k++) {
        size_t length = strcspn(from, ",");
        qd_buf_reset(range);
        qd_buf_add(range, from, length);
        if (text_interval(dom->lo + k, dom->hi + k, qd_buf_str(range), ctx) != QD_OK)
            code = cli_usage("pieces", "--box: %s", qd_ctx_message(ctx));
        from += length + 1;
    }
    dom->d.lo = dom->lo;
    dom->d.hi = dom->hi;
    qd_buf_clear(range);
    return code;
}

/* Which options exclude each other. */
static int check_options(const pieces_domain *dom, const qd_net_t net)
{
    const struct pieces_options *o = &pieces_options;
    bool line = o->line != NULL || o->through.n == 2, plane = o->plane != NULL || o->through.n == 3;
    if (o->line != NULL && o->plane != NULL) return cli_usage("pieces", "--line and --plane exclude each other");
    if (o->through.n > 0 && (o->line != NULL || o->plane != NULL))
        return cli_usage("pieces", "--through and --%s exclude each other", o->line != NULL ? "line" : "plane");
    if (o->through.n == 1) return cli_usage("pieces", "--through: found one point, expected two for a line or three for a plane");
    if (o->segment && !line) return cli_usage("pieces", "--segment needs --line P:Q");
    if (o->segment && o->interval != NULL) return cli_usage("pieces", "--segment and --interval exclude each other");
    bool flat = plane || (!line && dom->n > 1);
    bool two = plane || (!line && dom->n == 2);
    int code = pieces_decide_check(net, two);
    if (code == EXIT_ANSWERED) code = pieces_plot_check(two);
    if (code != EXIT_ANSWERED) return code;
    if (flat && o->interval != NULL) return cli_usage("pieces", "--interval is for a line; in a plane it is --box A:B,C:D");
    if (!flat && o->box != NULL) return cli_usage("pieces", "--box is for a plane; on a line it is --interval A:B");
    if (!flat && o->graph != NULL) return cli_usage("pieces", "--graph is for a plane");
    if (o->count && o->list) return cli_usage("pieces", "--count and --list exclude each other");
    if (o->count && o->graph != NULL) return cli_usage("pieces", "--count and --graph exclude each other");
    if (o->count && o->certificate != NULL) return cli_usage("pieces", "--count and --certificate exclude each other");
    return pieces_graph_check();
}

int pieces_domain_read(pieces_domain *dom, const qd_net_t net, const char *path, qd_ctx_t ctx)
{
    memset(dom, 0, sizeof *dom);
    dom->n = net->input_dim;
    dom->network = path;
    dom->base = _fmpq_vec_init(dom->n);
    dom->step = _fmpq_vec_init(2 * dom->n);
    dom->lo = _fmpq_vec_init(dom->n + 1);
    dom->hi = _fmpq_vec_init(dom->n + 1);
    dom->variable = "x";
    int code = check_options(dom, net);
    if (code == EXIT_ANSWERED && pieces_options.line != NULL) code = read_line(dom, ctx);
    if (code == EXIT_ANSWERED && pieces_options.plane != NULL) code = read_plane(dom, ctx);
    if (code == EXIT_ANSWERED && pieces_options.through.n > 0) code = pieces_through_read(dom, ctx);
    if (code == EXIT_ANSWERED && pieces_options.interval != NULL) code = read_interval(dom, pieces_options.interval, ctx);
    if (code == EXIT_ANSWERED && pieces_options.segment) code = read_interval(dom, "0:1", ctx);
    if (code == EXIT_ANSWERED && pieces_options.box != NULL) code = read_box(dom, ctx);
    return code;
}
