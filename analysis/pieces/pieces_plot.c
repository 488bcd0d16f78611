/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric pieces --plot: a first picture of the regions in the plane. */
#include <string.h>

#include "pieces/pieces.h"
#include "plane/plane.h"
#include "report/report.h"

#define GRID 384

int pieces_plot_check(bool plane)
{
    const char *file = pieces_options.plot;
    size_t n = file == NULL ? 0 : strlen(file);
    if (file == NULL) return EXIT_ANSWERED;
    if (!plane) return cli_usage("pieces", "--plot is for a plane: a network with two inputs, or --plane O:U:V");
    if (pieces_options.count) return cli_usage("pieces", "--count and --plot exclude each other");
    if (n < 4 || strcmp(file + n - 4, ".svg") != 0)
        return cli_usage("pieces", "--plot: found '%.100s', expected a file that ends with .svg", file);
    return EXIT_ANSWERED;
}

qd_status pieces_plot_write(const qd_answer_t a, const qd_net_t net, const pieces_domain *dom, qd_ctx_t ctx)
{
    qd_plane_raster_t r;
    qd_buf_t out, title;
    qd_plane_raster_init(r);
    qd_buf_init(out);
    qd_buf_init(title);
    qd_status st = qd_plane_raster(r, GRID, a->regions, net, &dom->d, ctx);
    if (st == QD_OK) {
        const char *few = a->count.label == QD_EXACT ? "" : "at least ";
        qd_buf_printf(title, "%s%ld regions, %s%ld pieces", few, (long) a->count.regions, few, (long) a->count.pieces);
        const bool user = dom->d.dim == 2;
        const qd_report_map map = {.n = r->n,
                                   .at = r->at,
                                   .nsegments = r->nsegments,
                                   .segment = r->segment,
                                   .lo = r->lo,
                                   .hi = r->hi,
                                   .name = {user ? "s" : "x1", user ? "t" : "x2"},
                                   .title = qd_buf_str(title)};
        qd_report_map_svg(out, &map);
        st = qd_file_write(pieces_options.plot, qd_buf_str(out), out->len, ctx);
    }
    qd_buf_clear(title);
    qd_buf_clear(out);
    qd_plane_raster_clear(r);
    return st;
}
