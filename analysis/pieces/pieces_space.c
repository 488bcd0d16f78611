/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric pieces in the plane and in space: how the counts were found, and what bounds them. */
#include "pieces/pieces.h"

void pieces_text_road(qd_buf_t out, const qd_answer_t a, slong dim)
{
    if (a->factors > 1) qd_buf_printf(out, "product        of %ld networks of separate inputs\n", (long) a->factors);
    if (a->forms < dim) qd_buf_printf(out, "linear forms   %ld of %ld inputs\n", (long) a->forms, (long) dim);
    if (a->sliced) qd_buf_printf(out, "shown by       rational points, from %lld lines and planes\n", (long long) pieces_options.slices);
}

void pieces_json_road(qd_json_t w, const qd_answer_t a)
{
    qd_json_string(w, "road", qd_road_name(a->road));
    qd_json_int(w, "linear_forms", a->forms);
    qd_json_int(w, "factors", a->factors);
    if (a->sliced) qd_json_int(w, "slices", pieces_options.slices);
}

static qd_bound bound(fmpz_t value, const qd_net_t net, const pieces_domain *dom)
{
    return qd_bound_best_net(value, net, qd_domain_dim(&dom->d, dom->n), dom->d.lo != NULL);
}

void pieces_text_bound(qd_buf_t out, const qd_net_t net, const pieces_domain *dom)
{
    fmpz_t value;
    fmpz_init(value);
    qd_bound which = bound(value, net, dom);
    qd_buf_puts(out, "(upper bound ");
    qd_bound_print(out, value, which);
    qd_buf_printf(out, ", %s)\n", qd_bound_name(which));
    fmpz_clear(value);
}

void pieces_json_bound(qd_json_t w, const qd_net_t net, const pieces_domain *dom)
{
    fmpz_t value;
    fmpz_init(value);
    qd_bound which = bound(value, net, dom);
    qd_json_object(w, "upper_bound");
    qd_json_string(w, "name", qd_bound_name(which));
    qd_fmpz_json(w, "regions", value);
    qd_json_end(w);
    fmpz_clear(value);
}
