/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times of reading ONNX files: a dense classifier of pictures, 784-256-256-256-256-10, read and counted along a segment, and a network of 50
   layers of 64 units with skip connections, x + relu(W x) and relu(x + W x), too. Weights are 24-bit Gaussian, so float32 holds them. Processor time on one thread, median. */
#include <stdio.h>
#include <unistd.h>

#include "bench/bench.h"
#include "line/line.h"
#include "onnx/onnx.h"

#define REPEAT 5
#define LAYERS 50
#define WIDTH 64

static const char path[] = "bench-quadric.onnx";

/* Processor time of a read and a count along a segment; -1: it failed. */
static double time_read(qd_count *count, const qd_domain *line)
{
    double t[REPEAT];
    for (int i = 0; i < REPEAT; i++) {
        qd_ctx_t ctx;
        qd_net_t net;
        qd_line_t answer;
        qd_ctx_init(ctx);
        ctx->threads = 1;
        qd_net_init(net);
        qd_line_init(answer);
        double start = processor_s();
        qd_status st = qd_net_read(net, path, ctx);
        if (st == QD_OK) st = qd_line_compute(answer, net, line, ctx);
        t[i] = processor_s() - start;
        if (st == QD_OK) *count = qd_line_count(answer);
        qd_line_clear(answer);
        qd_net_clear(net);
        if (st != QD_OK) return -1;
    }
    return median(t, REPEAT);
}

static bool write_dense(void)
{
    static const int64_t width[] = {784, 256, 256, 256, 256, 10};
    const qd_arch arch = {.depth = 5, .width = width, .neuron = qd_neuron_make(QD_LINEAR, QD_RELU), .biases = true};
    const qd_random_weights weights = {.type = QD_WEIGHTS_GAUSS};
    qd_ctx_t ctx;
    qd_net_t net;
    int64_t changed;
    qd_ctx_init(ctx);
    qd_net_init(net);
    qd_net_random(net, &arch, &weights, 1, 0);
    bool done = qd_net_write_onnx(&changed, path, net, QD_ST_F32, false, ctx) == QD_OK;
    qd_net_clear(net);
    return done;
}

/* x becomes x + relu(x W), or relu(x + x W), LAYERS times. */
static bool write_skips(bool relu_last)
{
    const int64_t shape[2] = {WIDTH, WIDTH};
    static double w[WIDTH * WIDTH];
    char x[32] = "x", h[32], r[32], next[32], name[32];
    qd_onnx_file_t file;
    qd_rng_t rng;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_rng_init(rng, 1, 0);
    qd_onnx_file_init(file, true);
    for (int l = 0; l < LAYERS; l++) {
        for (int i = 0; i < WIDTH * WIDTH; i++) w[i] = qd_rng_gauss(rng) / 32;
        snprintf(name, sizeof name, "w%d", l);
        snprintf(h, sizeof h, "h%d", l);
        snprintf(r, sizeof r, "r%d", l);
        if (l + 1 < LAYERS) snprintf(next, sizeof next, "x%d", l);
        else snprintf(next, sizeof next, "y");
        const char *product[2] = {x, name}, *relu[1] = {relu_last ? r : h}, *sum[2] = {x, relu_last ? h : r};
        qd_onnx_file_reals(file, name, 2, shape, w);
        qd_onnx_file_node(file, "MatMul", h, 2, product);
        if (relu_last) {
            qd_onnx_file_node(file, "Add", r, 2, sum);
            qd_onnx_file_node(file, "Relu", next, 1, relu);
        } else {
            qd_onnx_file_node(file, "Relu", r, 1, relu);
            qd_onnx_file_node(file, "Add", next, 2, sum);
        }
        snprintf(x, sizeof x, "%s", next);
    }
    bool done = qd_onnx_file_write(path, file, WIDTH, WIDTH, ctx) == QD_OK;
    qd_onnx_file_clear(file);
    return done;
}

int main(void)
{
    fmpq *base = _fmpq_vec_init(784), *step = _fmpq_vec_init(784), *ends = _fmpq_vec_init(2);
    const qd_domain line = {.dim = 1, .base = base, .step = step, .lo = ends, .hi = ends + 1};
    qd_count count = {0};
    for (slong i = 0; i < 784; i++) {
        fmpq_set_si(base + i, i % 2 ? 1 : -1, 2);
        fmpq_set_si(step + i, 1, (ulong) i % 7 + 1);
    }
    fmpq_one(ends + 1);
    double t = write_dense() ? time_read(&count, &line) : -1;
    printf("ONNX, 784-256-256-256-256-10, read and counted on a segment: %.3f s, %ld regions (promised 0.5 s)\n", t, (long) count.regions);
    for (int k = 0; k < 2 && t >= 0; k++) {
        t = write_skips(k == 1) ? time_read(&count, &line) : -1;
        printf("ONNX, %d layers of %d, %s, the same: %.3f s, %ld regions (promised 2 s)\n", LAYERS, WIDTH,
               k == 0 ? "x + relu(W x)" : "relu(x + W x)", t, (long) count.regions);
    }
    unlink(path);
    _fmpq_vec_clear(base, 784);
    _fmpq_vec_clear(step, 784);
    _fmpq_vec_clear(ends, 2);
    return t < 0;
}
