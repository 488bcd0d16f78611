/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tests of several modules need of networks. */
#ifndef TESTS_NETWORK_H
#define TESTS_NETWORK_H

#include "net/net.h"
#include "oracle/oracle.h"

/* The same network for the oracle; freed with oracle_net_free. */
oracle_net *to_oracle(const qd_net_t net);

#endif
