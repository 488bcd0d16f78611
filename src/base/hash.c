/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/base.h"

uint64_t qd_hash(const char *s, size_t len)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < len; i++) h = (h ^ (unsigned char) s[i]) * 1099511628211u;
    return h;
}
