/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boxes on which doubles can name everything: at most four curves of one layer, or one curve with one more on each side of it, and all other
   units have a sign. Cases: no open curve, one (pair.c), several of one layer (several.c), one unit on which everything depends (level.c). */
#include "plane/leaf.h"

#include <string.h>

void qd_plane__side_init(qd_plane_side *side, slong n)
{
    side->n = n;
    side->e = qd_malloc(sizeof *side->e * (size_t) (2 * n - 1));
}

void qd_plane__whole_box(qd_plane_patch *patch, qd_plane_worker *w, const qd_word *pattern)
{
    const qd_plane_box *b = &w->box;
    slong face = qd_plane__face_new(&w->record, pattern, w->chart, b->s0 + (b->s1 - b->s0) / 2, b->t0 + (b->t1 - b->t0) / 2, true);
    for (int side = 0; side < 4; side++) {
        qd_plane__side_init(patch->side + side, 1);
        patch->side[side].e[0] = face;
    }
}

/* Curves of which doubles see nothing but zero. */
static bool looks_zero(const qd_plane_view *v, const qd_plane_form *form)
{
    for (slong k = 0; k < v->nopen && k < QD_PLANE_OPEN; k++)
        if (form[k].size <= 4 * form[k].rad) return true;
    return false;
}

bool qd_plane__leaf(qd_plane_patch *patch, qd_plane_worker *w, bool *suspect)
{
    qd_word pattern[w->model->m.nwords];
    w->nviews = 0;
    *suspect = false;
    if (w->model->switching == 0) {
        qd_plane__whole_box(patch, w, memset(pattern, 0, sizeof pattern));
        return true;
    }
    w->nviews = 1;
    qd_plane_only only = {NULL, -1};
    slong k = qd_plane__ascend(w->view, w->form[0], pattern, w, qd_plane__sheet_first(w), &only);
    if (only.unit >= 0) {
        if (qd_plane__level_leaf(patch, w, only.sheet, only.unit)) return true;
        k = qd_plane__ascend(w->view, w->form[0], pattern, w, qd_plane__sheet_first(w), NULL);
    }
    *suspect = k > 0 && looks_zero(w->view, w->form[0]);
    if (k == 0) {
        w->nviews = 0;
        qd_plane__whole_box(patch, w, pattern);
        return true;
    }
    if (k > QD_PLANE_OPEN) return false;
    bool done = k == 1 ? qd_plane__single(patch, w, suspect) : qd_plane__several(patch, w, w->view, w->form[0], suspect);
    for (int i = 1; i < w->nviews && !done; i++) *suspect |= looks_zero(w->view + i, w->form[i]);
    return done;
}
