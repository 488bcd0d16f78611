/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A map of regions as SVG: cells of a grid in the colour of their number, curves on top. */
#include <stdlib.h>

#include "report/report.h"

#define SIZE 600  /* px, of the map */
#define MARGIN 46 /* px, left and below */
#define FINE 20   /* coordinates are twentieths of px */

static void colour(qd_buf_t out, int32_t k)
{
    static const char *const fill[] = {"#cfe3f5", "#f9dcc4", "#d5ecd4", "#f6d5e5", "#fdf1c0", "#dcd6ee",
                                       "#c9e9e7", "#ecdccb", "#e3eab9", "#e2e2e2", "#b9d3ef", "#f4c7b0"};
    qd_buf_puts(out, fill[k % 12]);
}

/* Runs of one colour along the rows. */
static void cells(qd_buf_t out, const qd_report_map *m)
{
    double w = (double) SIZE / (double) (m->n - 1);
    qd_buf_puts(out, "<g shape-rendering=\"crispEdges\">\n");
    for (int64_t j = 0; j < m->n; j++)
        for (int64_t i = 0, end; i < m->n; i = end) {
            int32_t k = m->at[j * m->n + i];
            for (end = i + 1; end < m->n && m->at[j * m->n + end] == k;) end++;
            double x0 = i == 0 ? 0 : ((double) i - 0.5) * w, x1 = end == m->n ? SIZE : ((double) end - 0.5) * w;
            double y1 = j == 0 ? SIZE : SIZE - ((double) j - 0.5) * w, y0 = j + 1 == m->n ? 0 : SIZE - ((double) j + 0.5) * w;
            qd_buf_printf(out, "<path d=\"M%.6g %.6gH%.6gV%.6gH%.6gz\" fill=\"", x0, y0, x1, y1, x0);
            colour(out, k);
            qd_buf_puts(out, "\"/>\n");
        }
    qd_buf_puts(out, "</g>\n");
}

static void curves(qd_buf_t out, const qd_report_map *m)
{
    double w = (double) SIZE * FINE / (double) (m->n - 1);
    qd_buf_printf(out, "<path transform=\"scale(%g)\" fill=\"none\" stroke=\"#1b2733\" stroke-width=\"%d\" stroke-linecap=\"round\" d=\"",
                  1.0 / FINE, FINE);
    for (int64_t k = 0; k < m->nsegments; k++) {
        const double *s = m->segment + 4 * k;
        int x0 = (int) (s[0] * w + 0.5), y0 = (int) (SIZE * FINE - s[1] * w + 0.5), x1 = (int) (s[2] * w + 0.5),
            y1 = (int) (SIZE * FINE - s[3] * w + 0.5);
        qd_buf_printf(out, "M%d %dl%d %d", x0, y0, x1 - x0, y1 - y0);
    }
    qd_buf_puts(out, "\"/>\n");
}

static void labels(qd_buf_t out, const qd_report_map *m)
{
    const char *style = "font-family=\"sans-serif\" font-size=\"15\" fill=\"#1b2733\"";
    qd_buf_printf(out, "<rect width=\"%d\" height=\"%d\" fill=\"none\" stroke=\"#1b2733\"/>\n", SIZE, SIZE);
    qd_buf_printf(out, "<text x=\"0\" y=\"%d\" %s>%.4g</text>\n", SIZE + 20, style, m->lo[0]);
    qd_buf_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" %s>%s</text>\n", SIZE / 2, SIZE + 20, style, m->name[0]);
    qd_buf_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" %s>%.4g</text>\n", SIZE, SIZE + 20, style, m->hi[0]);
    qd_buf_printf(out, "<text x=\"-6\" y=\"%d\" text-anchor=\"end\" %s>%.4g</text>\n", SIZE, style, m->lo[1]);
    qd_buf_printf(out, "<text x=\"-6\" y=\"%d\" text-anchor=\"end\" %s>%s</text>\n", SIZE / 2, style, m->name[1]);
    qd_buf_printf(out, "<text x=\"-6\" y=\"12\" text-anchor=\"end\" %s>%.4g</text>\n", style, m->hi[1]);
    qd_buf_printf(out, "<text x=\"0\" y=\"-10\" %s>%s</text>\n", style, m->title);
}

void qd_report_map_svg(qd_buf_t out, const qd_report_map *m)
{
    int left = MARGIN + 14, width = SIZE + left + 16, height = SIZE + MARGIN + 32;
    qd_buf_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"%d -32 %d %d\">\n", width, height,
                  -left, width, height);
    qd_buf_printf(out, "<rect x=\"%d\" y=\"-32\" width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", -left, width, height);
    cells(out, m);
    curves(out, m);
    labels(out, m);
    qd_buf_puts(out, "</svg>\n");
}
