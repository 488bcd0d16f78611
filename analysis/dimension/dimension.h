/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dimensions of functional varieties: what several commands print. */
#ifndef QD_ANALYSIS_DIMENSION_H
#define QD_ANALYSIS_DIMENSION_H

#include "cli/cli.h"
#include "variety/variety.h"

/* The members of the JSON object of DEFINITIONS section 6, without seed and version. */
void dimension_json(qd_json_t w, const qd_arch *arch, const qd_variety_result_t r);
/* A probability rounded up, or null when there is none to speak of. */
void dimension_print_failure(qd_buf_t out, double log2_failure);

/* The proof of both bounds as a file; r holds a witness. */
qd_status dimension_write_certificate(const char *path, const qd_arch *spec, const qd_variety_result_t r, qd_ctx_t ctx);

#endif
