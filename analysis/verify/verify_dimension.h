/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of `quadric verify dimension` share. */
#ifndef QD_ANALYSIS_VERIFY_DIMENSION_H
#define QD_ANALYSIS_VERIFY_DIMENSION_H

#include "cli/cli.h"
#include "variety/variety.h"

/* All kinds but the conventional one are compared with square activation. */
enum { VERIFY_COMPARED = QD_KINDS - 1 };
/* Number k of them: first those that contain it. */
qd_kind verify_compared(int k);

/* One setting: widths, last layer, biases. */
typedef struct {
    qd_arch arch; /* of square activation */
    qd_variety_result_t square, kind[VERIFY_COMPARED], fair[VERIFY_COMPARED];
    int64_t fair_width[VERIFY_COMPARED][QD_VARIETY_MAX_DEPTH + 1]; /* of square activation with about as many parameters as the kind */
    bool embeds[VERIFY_COMPARED], done;
} verify_setting;

/* Prints the table and the statements, or with --json the statements with their rows; returns the exit code. */
int verify_dimension_answer(const verify_setting *s, int64_t n, qd_ctx_t ctx);

#endif
