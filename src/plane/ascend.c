/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Through the sheets over a box, from the first layer up to the first one that does not have all signs. */
#include "plane/leaf.h"

#include <string.h>

static void bits_of(char *bit, const qd_plane_sheet *s, slong n, const signed char *sign)
{
    for (slong u = 0; u < n; u++) {
        int v = s->unit[u].sign;
        for (slong k = 0; k < s->unit[u].ncurves && v != 0; k++) v *= sign[s->unit[u].curve[k]];
        bit[u] = v > 0;
    }
}

slong qd_plane__units(const qd_plane_worker *w, const qd_plane_sheet *s)
{
    return w->model->m.low->layer[s->layer].out;
}

static void level(qd_plane_worker *w, qd_plane_sheet *s)
{
    s->levelled = true;
    for (slong u = 0; u < qd_plane__units(w, s); u++)
        if (qd_restriction_switches(&w->model->m, s->layer, u) && qd_plane__sheet_refine(w, s, u) != QD_OK) qd_ctx_forget(w->ctx);
}

/* The only unit of the sheet whose output is not zero on the box, as far as the signs in v say; -1: there are more, or none. */
static slong only_unit(const qd_plane_worker *w, const qd_plane_sheet *s, const qd_plane_view *v)
{
    slong found = -1;
    if (s->z.degree == 0) return -1;
    for (slong u = 0; u < qd_plane__units(w, s); u++) {
        int sign = s->unit[u].sign;
        for (slong k = 0; k < s->unit[u].ncurves && sign != 0; k++)
            if (v->sign[s->unit[u].curve[k]] == 0) sign = 2; /* open */
            else if (sign != 2) sign *= v->sign[s->unit[u].curve[k]];
        if (sign == 0 || (sign == -1 && w->model->m.unit_mod[s->layer][u].off_zero)) continue;
        if (found >= 0) return -1;
        found = u;
    }
    return found;
}

slong qd_plane__ascend(qd_plane_view *v, qd_plane_form *forms, qd_word *pattern, qd_plane_worker *w, qd_plane_sheet *s, qd_plane_only *only)
{
    for (;;) {
        slong n = qd_plane__units(w, s);
        char bit[n];
        memset(bit, 0, (size_t) n);
        if (s->switches) {
            if (w->chart > 0 && s->active_sheet != NULL && !s->levelled) level(w, s);
            qd_plane__view(v, w, s, forms);
            if (only != NULL && s->layer + 1 < w->model->switching && (only->unit = only_unit(w, s, v)) >= 0) {
                only->sheet = s;
                return v->nopen;
            }
            if (v->nopen > 0) return v->nopen;
            bits_of(bit, s, n, v->sign);
        }
        if (s->layer + 1 == w->model->switching) {
            qd_plane__pattern_above(pattern, w, s, bit);
            return 0;
        }
        s = qd_plane__sheet_above(w, s, bit);
    }
}

slong qd_plane__ascend_face(qd_plane_view *to, qd_plane_form *forms, qd_word *pattern, qd_plane_worker *w, qd_plane_view *v, slong face)
{
    slong n = qd_plane__units(w, v->sheet);
    char bit[n];
    for (slong k = 0; k < v->nopen; k++) v->sign[v->open[k]] = face >> k & 1 ? 1 : -1;
    bits_of(bit, v->sheet, n, v->sign);
    for (slong k = 0; k < v->nopen; k++) v->sign[v->open[k]] = 0;
    if (v->sheet->layer + 1 == w->model->switching) {
        qd_plane__pattern_above(pattern, w, v->sheet, bit);
        return 0;
    }
    return qd_plane__ascend(to, forms, pattern, w, qd_plane__sheet_above(w, v->sheet, bit), NULL);
}
