/* Families of polynomial networks as a configuration lists them; shared by `verify dimension`, `table dimension` and `table filling`. */
#ifndef QD_DIMENSION_CONFIG_H
#define QD_DIMENSION_CONFIG_H

#include "variety/variety.h"

typedef struct {
    int64_t n;                           /* widths, the input and output included */
    int64_t *width;                      /* owned */
} dimension_shape;

typedef struct {
    qd_kind kind;
    int64_t power;
} dimension_neuron;

typedef struct {
    char *name;                          /* owned */
    int64_t nshapes, nneurons;
    dimension_shape *shape;              /* owned */
    dimension_neuron *neuron;            /* owned */
    bool last[2], biases[2];             /* which are wanted: last[1]: same; biases[1]: with biases */
    int64_t inputs, outputs, max_depth, max_width;   /* the grid, 0 where shapes were listed */
} dimension_config;

void dimension_config_init(dimension_config *c, const char *name);
void dimension_config_clear(dimension_config *c);

/* A YAML file. widths: [[2, 3, 1], ...], or inputs, outputs, hidden_layers and max_width for a grid (all hidden widths up to
   max_width), deeper ones later; neurons: [square, "power:3", quadratic, ...] when with_neurons; last: [linear, same];
   biases: [false, true]. Defaults: linear, false. */
qd_status dimension_config_read(dimension_config *c, const char *path, bool with_neurons, qd_ctx_t ctx);
void dimension_add_shape(dimension_config *c, const int64_t *width, int64_t n);

/* All that the configuration says but its name, for the caption and the state. */
void dimension_config_print(qd_buf_t out, const dimension_config *c);

/* "square" for linear neurons with power 2, "power:3", "quadratic", ... */
void dimension_neuron_name(qd_buf_t out, const dimension_neuron *neuron);

/* The rank and its bounds in one line without tab, and back: parameters orbit expected lower upper certificate filling identifiable
   log2_failure. */
void dimension_write_line(qd_buf_t line, const qd_variety_result_t r);
void dimension_read_line(qd_variety_result_t r, const char *line);

/* proved, probable (a valid failure probability below 2^-20) or lower_bound. */
const char *dimension_status(const qd_variety_result_t r);

#endif
