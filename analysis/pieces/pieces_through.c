/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric pieces --through: a line or a plane through points, by their names. */
#include "cli/point.h"
#include "pieces/pieces.h"

int pieces_through_read(pieces_domain *dom, qd_ctx_t ctx)
{
    const cli_texts *through = &pieces_options.through;
    fmpq *v[3] = {dom->base, dom->step, dom->step + dom->n};
    dom->variable = "t";
    dom->d = (qd_domain){.dim = through->n - 1, .base = dom->base, .step = dom->step};
    for (int i = 0; i < through->n; i++) {
        bool command;
        qd_status st = cli_point_read(v[i], dom->n, through->text[i], dom->network, &command, ctx);
        if (st != QD_OK && command) return cli_usage("pieces", "--through: %s", qd_ctx_message(ctx));
        if (st != QD_OK) return cli_fail(st, NULL, ctx);
        if (i > 0) qd_domain_difference(v[i], dom->base, v[i], dom->n);
    }
    if (qd_domain_check(&dom->d, dom->n, ctx) == QD_OK) return EXIT_ANSWERED;
    return cli_usage("pieces", through->n == 2 ? "--through: the two points are equal" : "--through: the three points lie on one line");
}
