/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of `quadric pieces` share. */
#ifndef QD_ANALYSIS_PIECES_H
#define QD_ANALYSIS_PIECES_H

#include "cli/commands.h"
#include "engine/engine.h"

extern struct pieces_options {
    const char *interval, *line, *plane, *box, *graph, *certificate, *plot;
    cli_texts through;
    bool segment, list, count, zero, classes;
    int64_t slices, output; /* output -1: not said */
} pieces_options;

/* The domain that the options ask for. */
typedef struct {
    slong n;           /* inputs */
    fmpq *base, *step; /* owned: (n), (2, n); of a line or a plane */
    fmpq *lo, *hi;     /* owned: (n + 1) */
    qd_domain d;
    const char *variable; /* of a line */
    const char *network;  /* the path of the network file, borrowed */
} pieces_domain;

/* Reads and checks the options; path: of the network file. Returns an exit code. */
int pieces_domain_read(pieces_domain *dom, const qd_net_t net, const char *path, qd_ctx_t ctx);
void pieces_domain_clear(pieces_domain *dom);

/* The points of --through: two or three, into base and step. Returns an exit code. */
int pieces_through_read(pieces_domain *dom, qd_ctx_t ctx);

/* The first lines of the text: the network and the domain. */
void pieces_text_head(qd_buf_t out, const qd_net_t net);

/* Region i's pattern as text; room for nswitching + 1. */
void pieces_pattern(char *text, const qd_regions_t g, slong i);
/* first[i]: is region i the first one of its pattern? (n) */
void pieces_first(char *first, const qd_regions_t g);
/* Is the suffix of --graph known? Returns an exit code. */
int pieces_graph_check(void);
qd_status pieces_graph_write(const qd_regions_t g, qd_ctx_t ctx);

/* --plot: the check, and the picture. */
int pieces_plot_check(bool plane);
qd_status pieces_plot_write(const qd_answer_t a, const qd_net_t net, const pieces_domain *dom, qd_ctx_t ctx);

/* --zero and --classes. The check is before the work; all three return an exit code. */
int pieces_decide_check(const qd_net_t net, bool plane);
int pieces_decide(const qd_net_t net, const char *path, const qd_domain *domain, qd_ctx_t ctx);
void pieces_decide_json(qd_json_t w);
void pieces_decide_text(qd_buf_t out);
void pieces_decide_clear(void);

/* Count and print; path names the network in messages. Each returns an exit code. */
int pieces_line(const qd_net_t net, const char *path, const pieces_domain *dom, qd_ctx_t ctx);
int pieces_plane(const qd_net_t net, const char *path, const pieces_domain *dom, qd_ctx_t ctx);

/* Beyond the plane: how the counts were found, as a line of text and as members of the object. */
void pieces_text_road(qd_buf_t out, const qd_answer_t a, slong dim);
void pieces_json_road(qd_json_t w, const qd_answer_t a);
/* The smallest upper bound of the number of regions: "(upper bound 22, pattern-curve)" and the end of the line, or a member. */
void pieces_text_bound(qd_buf_t out, const qd_net_t net, const pieces_domain *dom);
void pieces_json_bound(qd_json_t w, const qd_net_t net, const pieces_domain *dom);

#endif
