/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric pieces --zero and --classes: where an output is positive, and where which output is the largest. */
#include <stdlib.h>

#include "pieces/pieces.h"
#include "plane/plane.h"

static struct {
    bool zero, classes; /* decided */
    qd_plane_zero_count z;
    qd_plane_class *class; /* (outputs + 1) */
    slong outputs;
} answer;

int pieces_decide_check(const qd_net_t net, bool plane)
{
    const struct pieces_options *o = &pieces_options;
    slong outputs = qd_net_output_dim(net);
    if (!o->zero && o->output >= 0) return cli_usage("pieces", "--output needs --zero");
    if (!o->zero && !o->classes) return EXIT_ANSWERED;
    if (!plane) return cli_usage("pieces", "--zero and --classes are for a plane: a network with two inputs, or --plane O:U:V");
    if (o->classes && outputs < 2) return cli_usage("pieces", "--classes compares outputs, and the network has one");
    if (o->zero && o->output < 0 && outputs > 1)
        return cli_usage("pieces", "--zero: the network has %ld outputs; choose one with --output I, from 0 to %ld", (long) outputs,
                         (long) outputs - 1);
    if (o->output >= outputs)
        return cli_usage("pieces", "--output: found %ld, the outputs of the network are 0 to %ld", (long) o->output, (long) outputs - 1);
    return EXIT_ANSWERED;
}

int pieces_decide(const qd_net_t net, const char *path, const qd_domain *domain, qd_ctx_t ctx)
{
    const struct pieces_options *o = &pieces_options;
    int code = EXIT_ANSWERED;
    if (o->zero) {
        qd_status st = qd_plane_zero(&answer.z, net, o->output < 0 ? 0 : o->output, domain, ctx);
        answer.zero = st == QD_OK;
        if (st != QD_OK) code = cli_fail(st, st == QD_EUNABLE ? "--zero" : path, ctx);
    }
    if (o->classes && code == EXIT_ANSWERED) {
        answer.outputs = qd_net_output_dim(net);
        answer.class = qd_calloc((size_t) answer.outputs + 1, sizeof *answer.class);
        qd_status st = qd_plane_classes(answer.class, net, domain, ctx);
        answer.classes = st == QD_OK;
        if (st != QD_OK) code = cli_fail(st, st == QD_EUNABLE ? "--classes" : path, ctx);
    }
    return code;
}

static void json_class(qd_json_t w, const char *key, const qd_plane_class *c)
{
    qd_json_object(w, key);
    qd_json_int(w, "components", c->components);
    qd_json_int(w, "holes", c->holes);
    qd_json_end(w);
}

void pieces_decide_json(qd_json_t w)
{
    if (pieces_options.zero && !answer.zero) qd_json_null(w, "zero");
    if (answer.zero) {
        qd_json_object(w, "zero");
        qd_json_int(w, "positive", answer.z.positive);
        qd_json_int(w, "negative", answer.z.negative);
        qd_json_int(w, "zero", answer.z.zero);
        qd_json_int(w, "arcs", answer.z.arcs);
        qd_json_int(w, "ovals", answer.z.ovals);
        qd_json_int(w, "crossings", answer.z.crossings);
        qd_json_end(w);
    }
    if (pieces_options.classes && !answer.classes) qd_json_null(w, "classes");
    if (!answer.classes) return;
    qd_json_array(w, "classes");
    for (slong k = 0; k < answer.outputs; k++) json_class(w, NULL, answer.class + k);
    qd_json_end(w);
    json_class(w, "ties", answer.class + answer.outputs);
}

static const char *plural(slong n)
{
    return n == 1 ? "" : "s";
}

static void text_class(qd_buf_t out, const qd_plane_class *c)
{
    qd_buf_printf(out, "%ld component%s, %ld hole%s\n", (long) c->components, plural(c->components), (long) c->holes, plural(c->holes));
}

void pieces_decide_text(qd_buf_t out)
{
    const qd_plane_zero_count *z = &answer.z;
    if (pieces_options.zero && !answer.zero) qd_buf_puts(out, "zero           not decided\n");
    if (answer.zero) {
        qd_buf_printf(out, "y > 0          %ld component%s\n", (long) z->positive, plural(z->positive));
        qd_buf_printf(out, "y < 0          %ld component%s\n", (long) z->negative, plural(z->negative));
        if (z->zero > 0) qd_buf_printf(out, "y = 0          %ld open component%s\n", (long) z->zero, plural(z->zero));
        qd_buf_printf(out, "between them   %ld arc%s, %ld oval%s, %ld with crossings\n", (long) z->arcs, plural(z->arcs), (long) z->ovals,
                      plural(z->ovals), (long) z->crossings);
    }
    if (pieces_options.classes && !answer.classes) qd_buf_puts(out, "classes        not decided\n");
    if (!answer.classes) return;
    for (slong k = 0; k < answer.outputs; k++) {
        qd_buf_printf(out, "output %-7ld ", (long) k);
        text_class(out, answer.class + k);
    }
    if (answer.class[answer.outputs].components == 0) return;
    qd_buf_puts(out, "ties           ");
    text_class(out, answer.class + answer.outputs);
}

void pieces_decide_clear(void)
{
    free(answer.class);
    answer.class = NULL;
}
