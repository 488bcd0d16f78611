/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which widths fill, and which of them are minimal?

   The variety of smaller hidden widths lies in that of larger ones (a unit that the next layer ignores), so a filling family is minimal
   if none of its immediate predecessors, one unit less in one hidden layer, fills. */
#include <string.h>

#include "variety/variety.h"

qd_status qd_variety_minimal(qd_truth *minimal, int64_t *open, const qd_arch *arch, qd_ctx_t ctx)
{
    int64_t width[QD_VARIETY_MAX_DEPTH + 1];
    size_t bytes = sizeof *width * (size_t) (arch->depth + 1);
    qd_arch s = *arch;
    qd_variety_result_t r;
    qd_truth answer = QD_TRUE;
    qd_status st = QD_OK;
    qd_variety_result_init(r);
    s.width = width;
    for (int64_t l = 1; l < s.depth && st == QD_OK && answer != QD_FALSE; l++) {
        if (arch->width[l] == 1) continue;
        memcpy(width, arch->width, bytes);
        width[l]--;
        st = qd_variety_dimension(r, &s, &qd_variety_defaults, ctx);
        if (st != QD_OK || r->filling == QD_FALSE) continue;
        if (r->filling == QD_UNKNOWN && answer == QD_TRUE) memcpy(open, width, bytes);
        answer = r->filling == QD_TRUE ? QD_FALSE : QD_UNKNOWN;
    }
    if (st == QD_OK) *minimal = answer;
    qd_variety_result_clear(r);
    return st;
}

qd_status qd_variety_threshold(int64_t *least, const qd_arch *arch, int64_t max_power, qd_ctx_t ctx)
{
    int64_t found = 0;
    qd_status st = QD_OK;
    qd_arch s = *arch;
    qd_variety_result_t r;
    qd_variety_result_init(r);
    for (int64_t power = max_power; power >= 2; power--) {
        s.neuron = qd_neuron_raise(QD_LINEAR, power);
        st = qd_variety_dimension(r, &s, &qd_variety_defaults, ctx);
        if (st != QD_OK || r->lower != r->expected) break;
        found = power;
    }
    if (st == QD_OK) *least = found;
    qd_variety_result_clear(r);
    return st;
}

bool qd_variety_unimodal(const qd_arch *arch)
{
    int64_t l = 0;
    while (l < arch->depth && arch->width[l] <= arch->width[l + 1]) l++;
    while (l < arch->depth && arch->width[l] >= arch->width[l + 1]) l++;
    return l == arch->depth;
}
