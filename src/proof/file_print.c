/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A certificate as a file: JSON, a region a line, with a checksum over everything. */
#include "proof/impl.h"

#include <inttypes.h>
#include <stdlib.h>

static void print_vec(qd_json_t w, const char *key, const fmpq *v, slong n)
{
    if (v == NULL) {
        qd_json_null(w, key);
        return;
    }
    qd_json_array(w, key);
    for (slong i = 0; i < n; i++) qd_rat_json(w, NULL, v + i);
    qd_json_end(w);
}

static void print_domain(qd_json_t w, const qd_proof_t p)
{
    slong inputs = p->net->input_dim;
    qd_json_line(w, 1);
    qd_json_object(w, "domain");
    qd_json_int(w, "dim", p->dim);
    print_vec(w, "base", p->base, inputs);
    if (p->step == NULL) qd_json_null(w, "steps");
    else {
        qd_json_array(w, "steps");
        for (slong k = 0; k < p->dim; k++) print_vec(w, NULL, p->step + k * inputs, inputs);
        qd_json_end(w);
    }
    print_vec(w, "lo", p->lo, p->dim);
    print_vec(w, "hi", p->hi, p->dim);
    qd_json_end(w);
}

static void print_counts(qd_json_t w, const qd_proof_t p)
{
    const qd_count *c = &p->regions->count;
    qd_json_line(w, 1);
    qd_json_string(w, "status", qd_label_name(c->label));
    qd_json_int(w, "patterns", c->patterns);
    qd_json_int(w, "regions", c->regions);
    qd_json_int(w, "pieces", c->pieces);
    qd_json_int(w, "max_degree", c->max_degree);
    qd_json_int(w, "bounded_regions", p->bounded);
    qd_json_int(w, "holes", p->holes);
}

static void print_regions(qd_json_t w, const qd_proof_t p)
{
    const qd_regions_struct *g = p->regions;
    char *bits = qd_malloc((size_t) g->nswitching + 1);
    qd_json_line(w, 1);
    qd_json_array(w, "list");
    for (slong i = 0; i < g->n; i++) {
        qd_proof__pattern(bits, g, i);
        qd_json_line(w, 2);
        qd_json_object(w, NULL);
        qd_json_string(w, "pattern", bits);
        print_vec(w, "point", g->point + i * g->dim, g->dim);
        qd_json_int(w, "piece", g->piece[i]);
        qd_json_bool(w, "bounded", g->bounded[i]);
        qd_json_int(w, "holes", g->holes[i]);
        qd_json_end(w);
    }
    qd_json_end(w);
    qd_json_line(w, 1);
    qd_json_array(w, "walls");
    for (slong k = 0; k < g->nwalls; k++) qd_json_ints(w, NULL, (int64_t[]){g->wall[2 * k], g->wall[2 * k + 1]}, 2);
    qd_json_end(w);
    free(bits);
}

static void print_breaks(qd_json_t w, const qd_proof_t p)
{
    qd_json_line(w, 1);
    qd_json_array(w, "breakpoints");
    for (slong i = 0; i < p->breaks->n; i++) {
        const qd_alg_struct *a = p->breaks->e + i;
        qd_json_line(w, 2);
        qd_json_object(w, NULL);
        qd_json_array(w, "poly");
        for (slong k = 0; k < fmpz_poly_length(a->poly); k++) qd_fmpz_json(w, NULL, a->poly->coeffs + k);
        qd_json_end(w);
        qd_json_array(w, "interval");
        qd_rat_json(w, NULL, a->lo);
        qd_rat_json(w, NULL, a->hi);
        qd_json_end(w);
        qd_json_end(w);
    }
    qd_json_end(w);
}

void qd_proof__print_body(qd_buf_t out, const qd_proof_t p)
{
    qd_json_t w;
    qd_buf_t net;
    qd_buf_init(net);
    qd_net_print(net, p->net);
    while (net->len > 0 && net->s[net->len - 1] == '\n') net->s[--net->len] = '\0';
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_json_string(w, "certificate", QD_PROOF_FORMAT);
    qd_json_line(w, 1);
    qd_json_raw(w, "network", qd_buf_str(net));
    print_domain(w, p);
    print_counts(w, p);
    print_regions(w, p);
    if (p->dim == 1) print_breaks(w, p);
    qd_json_line(w, 1);
    qd_json_string(w, "version", p->version != NULL ? p->version : QD_VERSION);
    qd_buf_puts(out, ",\n");
    qd_buf_clear(net);
}

void qd_proof_print(qd_buf_t out, const qd_proof_t p)
{
    qd_buf_t body;
    qd_buf_init(body);
    qd_proof__print_body(body, p);
    qd_buf_puts(out, qd_buf_str(body));
    qd_buf_printf(out, " \"checksum\": \"%016" PRIx64 "\"}\n", qd_hash(qd_buf_str(body), body->len));
    qd_buf_clear(body);
}
