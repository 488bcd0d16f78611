/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UTF-8 by table 3-7 of the Unicode standard: the second byte's range depends on the first byte,
   which excludes overlong forms, surrogates and values beyond U+10FFFF. */
#include "io/impl.h"

static bool within(unsigned char c, unsigned char lo, unsigned char hi)
{
    return lo <= c && c <= hi;
}

size_t qd_io__utf8(const char *s, size_t len)
{
    const unsigned char *u = (const unsigned char *) s;
    size_t n;
    unsigned char lo = 0x80, hi = 0xBF;
    if (len == 0) return 0;
    if (u[0] < 0x80) return 1;
    if (within(u[0], 0xC2, 0xDF)) n = 2;
    else if (within(u[0], 0xE0, 0xEF)) n = 3;
    else if (within(u[0], 0xF0, 0xF4)) n = 4;
    else return 0;
    if (u[0] == 0xE0) lo = 0xA0;
    if (u[0] == 0xED) hi = 0x9F;
    if (u[0] == 0xF0) lo = 0x90;
    if (u[0] == 0xF4) hi = 0x8F;
    if (len < n || !within(u[1], lo, hi)) return 0;
    for (size_t k = 2; k < n; k++)
        if (!within(u[k], 0x80, 0xBF)) return 0;
    return n;
}
