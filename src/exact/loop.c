/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parallel loops whose items compute with FLINT's numbers. */
#include "exact/exact.h"

qd_status qd_exact_for(int64_t n, qd_body_fn body, void *arg, qd_ctx_t ctx)
{
    qd_parallel_at_end(flint_cleanup);
    return qd_parallel_for(n, body, arg, ctx);
}
