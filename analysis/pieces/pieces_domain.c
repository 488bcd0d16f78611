/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The domain of `quadric pieces`: what --interval, --line, --segment, --plane and --box say. */
#include <string.h>

#include "cli/text.h"
#include "pieces/pieces.h"

void pieces_domain_clear(pieces_domain *dom)
{
    _fmpq_vec_clear(dom->base, dom->n);
    _fmpq_vec_clear(dom->step, 2 * dom->n);
    _fmpq_vec_clear(dom->lo, 2);
    _fmpq_vec_clear(dom->hi, 2);
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

/* x0:x1,y0:y1 */
static int read_box(pieces_domain *dom, qd_ctx_t ctx)
{
    const char *s = pieces_options.box, *comma = strchr(s, ',');
    qd_buf_t first;
    int code = EXIT_ANSWERED;
    if (comma == NULL || strchr(comma + 1, ',') != NULL) return cli_usage("pieces", "--box: found '%.60s', expected two ranges A:B,C:D", s);
    qd_buf_init(first);
    qd_buf_add(first, s, (size_t) (comma - s));
    if (text_interval(dom->lo, dom->hi, qd_buf_str(first), ctx) != QD_OK ||
        text_interval(dom->lo + 1, dom->hi + 1, comma + 1, ctx) != QD_OK)
        code = cli_usage("pieces", "--box: %s", qd_ctx_message(ctx));
    dom->d.lo = dom->lo;
    dom->d.hi = dom->hi;
    qd_buf_clear(first);
    return code;
}

/* Which options exclude each other. */
static int check_options(const pieces_domain *dom)
{
    const struct pieces_options *o = &pieces_options;
    bool line = o->line != NULL, plane = o->plane != NULL;
    if (line && plane) return cli_usage("pieces", "--line and --plane exclude each other");
    if (o->segment && !line) return cli_usage("pieces", "--segment needs --line P:Q");
    if (o->segment && o->interval != NULL) return cli_usage("pieces", "--segment and --interval exclude each other");
    if (!line && !plane && dom->n > 2)
        return cli_usage("pieces", "the network has %ld inputs; choose a line with --line P:Q or a plane with --plane O:U:V",
                         (long) dom->n);
    bool flat = plane || (!line && dom->n == 2);
    if (flat && o->interval != NULL) return cli_usage("pieces", "--interval is for a line; in a plane it is --box A:B,C:D");
    if (!flat && o->box != NULL) return cli_usage("pieces", "--box is for a plane; on a line it is --interval A:B");
    if (!flat && o->graph != NULL) return cli_usage("pieces", "--graph is for a plane");
    return pieces_graph_check();
}

int pieces_domain_read(pieces_domain *dom, const qd_net_t net, qd_ctx_t ctx)
{
    memset(dom, 0, sizeof *dom);
    dom->n = net->input_dim;
    dom->base = _fmpq_vec_init(dom->n);
    dom->step = _fmpq_vec_init(2 * dom->n);
    dom->lo = _fmpq_vec_init(2);
    dom->hi = _fmpq_vec_init(2);
    dom->variable = "x";
    int code = check_options(dom);
    if (code == EXIT_ANSWERED && pieces_options.line != NULL) code = read_line(dom, ctx);
    if (code == EXIT_ANSWERED && pieces_options.plane != NULL) code = read_plane(dom, ctx);
    if (code == EXIT_ANSWERED && pieces_options.interval != NULL) code = read_interval(dom, pieces_options.interval, ctx);
    if (code == EXIT_ANSWERED && pieces_options.segment) code = read_interval(dom, "0:1", ctx);
    if (code == EXIT_ANSWERED && pieces_options.box != NULL) code = read_box(dom, ctx);
    return code;
}
