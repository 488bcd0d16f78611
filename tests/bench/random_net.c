/* random_net KIND WIDTH DEPTH WEIGHTS SEED: one random network of the benchmarks on stdout. KIND as in network files, relu; WEIGHTS is
   grid (k/8, k uniform in -8..8) or gauss (24-bit Gaussian). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/net.h"

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: random_net KIND WIDTH DEPTH grid|gauss SEED\n");
        return 2;
    }
    slong width = atol(argv[2]), depth = atol(argv[3]), widths[64];
    qd_net_t net;
    qd_buf_t out;
    for (slong l = 0; l < depth && l < 64; l++) widths[l] = width;
    qd_random_spec spec = {1, depth, widths, 1, qd_kind_from_name(argv[1]), QD_RELU, 1, NULL,
                           strcmp(argv[4], "gauss") == 0 ? QD_WEIGHTS_GAUSS : QD_WEIGHTS_GRID, 8, 8, true};
    qd_net_init(net);
    qd_buf_init(out);
    qd_net_random(net, &spec, strtoull(argv[5], NULL, 10), 0);
    qd_net_print(out, net);
    fputs(qd_buf_str(out), stdout);
    qd_buf_clear(out);
    qd_net_clear(net);
    return 0;
}
