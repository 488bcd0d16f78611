/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks as every command takes them: JSON, safetensors, ONNX, state dicts. */
#ifndef QD_CLI_NETWORK_H
#define QD_CLI_NETWORK_H

#include "cli/cli.h"
#include "net/net.h"

/* The option of every command that reads a network. */
extern const char *cli_activations;
#define CLI_ACTIVATIONS                                                                                                                    \
    {                                                                                                                                      \
        "activations", 0, OPT_TEXT, "A,...", &cli_activations, 0, 0,                                                                       \
            "of a PyTorch state dict in safetensors: relu for all layers but the last, or one a layer"                                     \
    }

/* Reads the network; what was left away is said on stderr, unless --quiet.   -> what qd_net_read_as answers */
qd_status cli_network_read(qd_net_t net, const char *path, qd_ctx_t ctx);

#endif
