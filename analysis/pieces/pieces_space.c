/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric pieces beyond the plane: how the counts were found. */
#include "pieces/pieces.h"

void pieces_text_road(qd_buf_t out, const qd_answer_t a, slong dim)
{
    if (a->factors > 1) qd_buf_printf(out, "product        of %ld networks of separate inputs\n", (long) a->factors);
    if (a->forms < dim) qd_buf_printf(out, "linear forms   %ld of %ld inputs\n", (long) a->forms, (long) dim);
    if (a->road == QD_ROAD_SLICES)
        qd_buf_printf(out, "shown by       rational points, from %lld lines and planes\n", (long long) pieces_options.slices);
}

void pieces_json_road(qd_json_t w, const qd_answer_t a)
{
    qd_json_string(w, "road", qd_road_name(a->road));
    qd_json_int(w, "linear_forms", a->forms);
    qd_json_int(w, "factors", a->factors);
    if (a->road == QD_ROAD_SLICES) qd_json_int(w, "slices", pieces_options.slices);
}
