/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wider layers for as many parameters as another family has. */
#include <string.h>

#include "variety/variety.h"

static int64_t distance(int64_t a, int64_t b)
{
    return a < b ? b - a : a - b;
}

void qd_variety_widen(int64_t *width, const qd_arch *arch, int64_t wanted)
{
    qd_arch s = *arch;
    memcpy(width, arch->width, sizeof *width * (size_t) (s.depth + 1));
    s.width = width;
    for (int64_t l = 1, stuck = 0; stuck < s.depth - 1; l = l % (s.depth - 1) + 1) {
        int64_t before = distance(qd_variety_nparams(&s), wanted);
        width[l]++;
        if (distance(qd_variety_nparams(&s), wanted) < before) stuck = 0;
        else {
            width[l]--;
            stuck++;
        }
    }
}
