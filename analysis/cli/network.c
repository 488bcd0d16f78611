/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/network.h"

#include <stdio.h>

const char *cli_activations;

qd_status cli_network_read(qd_net_t net, const char *path, qd_ctx_t ctx)
{
    qd_buf_t note;
    qd_buf_init(note);
    const qd_net_reading how = {.activations = cli_activations, .note = note};
    qd_status st = qd_net_read_as(net, &how, path, ctx);
    if (st == QD_OK && note->len > 0 && !cli_common.quiet) fprintf(stderr, "quadric: %s: %s\n", path, qd_buf_str(note));
    qd_buf_clear(note);
    return st;
}
