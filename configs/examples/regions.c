/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a network with two inputs and prints its regions: what the library does, in one page.

       cc regions.c $(pkg-config --cflags --libs quadric) -o regions && ./regions net.json */
#include <stdio.h>

#include "plane/plane.h"

int main(int argc, char **argv)
{
    qd_ctx_t ctx; /* seed, threads, budget, message: plain data */
    qd_net_t net;
    qd_regions_t regions;
    const qd_domain whole_plane = {0};
    if (argc != 2) return 2;
    qd_ctx_init(ctx);
    qd_net_init(net); /* init cannot fail; clear stands for each */
    qd_regions_init(regions);
    qd_status st = qd_net_read(net, argv[1], ctx);
    if (st == QD_OK) st = qd_plane_compute(regions, net, &whole_plane, ctx);
    if (st == QD_OK)
        printf("%ld regions, %ld pieces, %ld pairs of neighbours\n", (long) regions->count.regions, (long) regions->count.pieces,
               (long) regions->nwalls);
    else fprintf(stderr, "%s\n", qd_ctx_message(ctx));
    qd_regions_clear(regions);
    qd_net_clear(net);
    return st != QD_OK;
}
