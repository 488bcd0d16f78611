/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/impl.h"

qd_status qd_engine__slices(qd_answer_t a, const qd_engine__question *q, const qd_box_t box, qd_ctx_t ctx)
{
    (void) a;
    (void) q;
    return qd_fail(ctx, QD_EUNABLE, "no engine counts this network in %ld dimensions", (long) box->dim);
}
