/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Certificates of regions as files. */
#ifndef QD_PIECES_CERTIFICATE_H
#define QD_PIECES_CERTIFICATE_H

#include "line/line.h"
#include "pieces/pieces.h"

/* Writes the certificate that --certificate asks for, unless the command has failed: code is its exit code so far, and what comes back the one
   from here on. regions, breaks: as qd_proof_make; on a line they come from it. */
int pieces_certificate_write(const qd_net_t net, const pieces_domain *dom, qd_regions_t regions, const qd_alg_list_struct *breaks, int code,
                             qd_ctx_t ctx);
int pieces_certificate_line(const qd_net_t net, const pieces_domain *dom, qd_line_t line, int code, qd_ctx_t ctx);

/* Is the document a certificate of regions? */
bool pieces_check_takes(const qd_node *root);
/* Checks it and appends what was confirmed and what was not.   -> what qd_proof_read or qd_proof_check answers */
qd_status pieces_check(qd_buf_t out, const qd_node *root, qd_ctx_t ctx);

#endif
