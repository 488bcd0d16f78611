/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a check of a certificate showed, as every command prints it. */
#ifndef QD_CLI_VERDICT_H
#define QD_CLI_VERDICT_H

#include "cli/cli.h"
#include "proof/proof.h"

/* Appends the statement as verified, or, where something was not confirmed, as not contradicted, and what was confirmed and what was not. */
void cli_print_verdict(qd_buf_t out, const qd_buf_t statement, const qd_proof_report_t r);

#endif
