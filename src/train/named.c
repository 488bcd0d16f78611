/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Residual networks by name [HZRS16]: 6n + 2 layers, a stem, three stages of n blocks with 16, 32 and 64 channels, the mean over
   positions and a dense layer. Stem and last layer are conventional; "q" makes the blocks quadratic, "c" compact. */
#include "train/impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_conv(qd_spec_t spec, qd_kind kind, int64_t biases, int64_t out, int64_t stride, int64_t shortcut, bool gate)
{
    qd_unit *unit = qd_train__add_unit(spec, QD_UNIT_CONV, kind, QD_RELU, out);
    unit->size = 3;
    unit->stride = stride;
    unit->pad = 1;
    unit->biases = biases;
    unit->norm = true;
    unit->shortcut = shortcut;
    unit->gate = gate;
}

/* "qresnet20" -> kind, biases, depth; false when it is no such name. */
static bool parse(const char *name, qd_kind *kind, int64_t *biases, int64_t *depth)
{
    *kind = name[0] == 'q' ? QD_QUADRATIC : name[0] == 'c' ? QD_COMPACT : QD_LINEAR;
    *biases = *kind == QD_QUADRATIC ? 3 : *kind == QD_COMPACT ? 2 : 0;
    const char *rest = *kind == QD_LINEAR ? name : name + 1;
    if (strncmp(rest, "resnet", 6) || rest[6] < '1' || rest[6] > '9') return false;
    char *end;
    *depth = strtol(rest + 6, &end, 10);
    if (*kind == QD_COMPACT && !strcmp(end, "-b1")) {
        *biases = 1;
        end += 3;
    }
    return *end == '\0' && *depth >= 8 && *depth <= 1202 && *depth % 6 == 2;
}

qd_status qd_spec_named(qd_spec_t spec, const char *name, int64_t channels, int64_t height, int64_t width, int64_t classes, bool rezero,
                        qd_ctx_t ctx)
{
    qd_kind kind;
    int64_t biases, depth;
    if (!parse(name, &kind, &biases, &depth))
        return qd_fail(
            ctx, QD_EINPUT,
            "unknown network '%.40s'; expected resnetN, qresnetN, cresnetN or cresnetN-b1 with N = 6n + 2 (8, 14, 20, 32, 44, 56, 110, ...)",
            name);
    qd_spec_t s;
    qd_spec_init(s);
    snprintf(s->name, sizeof s->name, "%s", name);
    s->channels = channels;
    s->height = height;
    s->width = width;
    add_conv(s, QD_LINEAR, 0, 16, 1, -1, false);
    for (int stage = 0; stage < 3; stage++)
        for (int64_t block = 0; block < (depth - 2) / 6; block++) {
            int64_t first = s->nunits, out = 16 << stage;
            add_conv(s, kind, biases, out, stage > 0 && block == 0 ? 2 : 1, -1, false);
            add_conv(s, kind, biases, out, 1, first, rezero);
        }
    qd_train__add_unit(s, QD_UNIT_DENSE, QD_LINEAR, QD_IDENTITY, classes);
    qd_status st = qd_spec_check(s, ctx);
    if (st == QD_OK) {
        qd_spec_struct t = *spec;
        *spec = *s;
        *s = t;
    }
    qd_spec_clear(s);
    return st;
}
