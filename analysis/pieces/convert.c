/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric convert: networks between JSON, safetensors and ONNX. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/network.h"
#include "net/net.h"

static const char *dtype;
static bool rounded;

static const opt_spec options[] = {
    {"dtype", 0, OPT_TEXT, "TYPE", &dtype, 0, 0, "float32 or float64, for safetensors and ONNX (float64 when not given)"},
    {"round", 0, OPT_FLAG, NULL, &rounded, 0, 0, "take the nearest float where a weight is no float; without it that is an error"},
    CLI_ACTIVATIONS,
    {NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL},
};

/* Number of entries in which two networks of the same architecture differ. */
static int64_t differences(const qd_net_t a, const qd_net_t b)
{
    int64_t count = 0;
    for (slong l = 0; l < a->depth; l++) {
        const qd_layer_struct *layer = a->layer + l;
        const qd_kind_info *info = qd_kind_get(layer->neuron.kind);
        for (int k = 0; k < info->nparams; k++)
            for (slong i = 0; i < layer->out * qd_shape_length(info->param[k].shape, layer->in); i++)
                count += !fmpq_equal(layer->param[k] + i, b->layer[l].param[k] + i);
    }
    return count;
}

/* Writes the tensors; *changed: how many entries are not those of net. */
static qd_status write_tensors(int64_t *changed, const char *path, const qd_net_t net, qd_st_type type, qd_ctx_t ctx)
{
    qd_st_t tensors;
    qd_net_t back;
    qd_st_init(tensors);
    qd_net_init(back);
    qd_status st = qd_net_to_safetensors(tensors, net, type, rounded, ctx);
    if (st == QD_OK) st = qd_net_from_safetensors(back, tensors, ctx);
    if (st == QD_OK) *changed = differences(net, back);
    if (st == QD_OK) st = qd_st_write(path, tensors, ctx);
    qd_net_clear(back);
    qd_st_clear(tensors);
    return st;
}

static void print_json(qd_buf_t out, const qd_net_t net, const char *path, const char *format, int64_t changed)
{
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_json_string(w, "file", path);
    qd_json_string(w, "format", format);
    qd_json_int(w, "input_dim", net->input_dim);
    qd_json_int(w, "outputs", qd_net_output_dim(net));
    qd_json_int(w, "layers", net->depth);
    qd_json_int(w, "parameters", qd_net_nparams(net));
    qd_json_int(w, "rounded", changed);
    cli_json_end(w, cli_common.seed);
}

static void print_text(qd_buf_t out, const qd_net_t net, const char *path, const char *format, int64_t changed)
{
    long long n = (long long) qd_net_nparams(net);
    qd_buf_printf(out, "network  %ld input%s, %ld output%s, %ld layer%s, %lld parameters\n", (long) net->input_dim,
                  net->input_dim == 1 ? "" : "s", (long) qd_net_output_dim(net), qd_net_output_dim(net) == 1 ? "" : "s", (long) net->depth,
                  net->depth == 1 ? "" : "s", n);
    qd_buf_printf(out, "written  %s, %s", path, format);
    if (changed > 0) qd_buf_printf(out, ", %lld of %lld parameters rounded\n", (long long) changed, n);
    else qd_buf_puts(out, ", every parameter exact\n");
}

static int run(int n, char **arguments)
{
    (void) n;
    const char *in = arguments[0], *to = arguments[1];
    qd_net_format format = qd_net_format_of(to);
    bool binary = format != QD_NET_JSON, single = dtype != NULL && strcmp(dtype, "float32") == 0;
    if (dtype != NULL && !single && strcmp(dtype, "float64") != 0)
        return cli_usage("convert", "--dtype: found '%.60s', expected float32 or float64", dtype);
    if (!binary && !qd_ends_with(to, ".json") && strcmp(to, "-") != 0)
        return cli_usage("convert", "found the file '%.200s', expected a name that ends with .json, .safetensors or .onnx", to);
    if (!binary && (dtype != NULL || rounded))
        return cli_usage("convert", "--dtype and --round are for safetensors and ONNX; JSON holds every number as it is");
    qd_ctx_t ctx;
    qd_net_t net;
    qd_buf_t out;
    int64_t changed = 0;
    cli_ctx(ctx);
    qd_net_init(net);
    qd_buf_init(out);
    int code;
    qd_status st = qd_file_check(to, ctx);
    if (st != QD_OK) {
        code = cli_fail(st, NULL, ctx);
        goto done;
    }
    st = cli_network_read(net, in, ctx);
    qd_st_type type = single ? QD_ST_F32 : QD_ST_F64;
    if (st == QD_OK && format == QD_NET_SAFETENSORS) st = write_tensors(&changed, to, net, type, ctx);
    if (st == QD_OK && format == QD_NET_ONNX) st = qd_net_write_onnx(&changed, to, net, type, rounded, ctx);
    if (st != QD_OK) {
        code = cli_fail(st, st == QD_EIO && net->depth > 0 ? NULL : in, ctx);
        goto done;
    }
    if (!binary && (st = qd_net_write(to, net, ctx)) != QD_OK) {
        code = cli_fail(st, NULL, ctx);
        goto done;
    }
    (cli_common.json ? print_json : print_text)(out, net, to, !binary ? "json" : single ? "float32" : "float64", changed);
    code = strcmp(to, "-") == 0 ? EXIT_ANSWERED : cli_print(out, EXIT_ANSWERED);
done:
    qd_net_clear(net);
    qd_buf_clear(out);
    return code;
}

const cli_command command_convert = {
    .name = "convert",
    .arguments = "IN OUT",
    .summary = "a network between .json, .safetensors and .onnx",
    .description = "Reads the network file IN and writes it as OUT; the suffixes .json, .safetensors and .onnx say which\n"
                   "is which, and OUT is replaced. A float becomes the rational that it is, so the way to JSON loses\n"
                   "nothing. On the way back a weight that is no float of the type is an error that names it, unless\n"
                   "--round is given. All commands that take a network read all formats.\n"
                   "\n"
                   "From PyTorch, any module with one input:\n"
                   "\n"
                   "  torch.onnx.export(model.eval(), torch.zeros(1, 2), \"net.onnx\")\n"
                   "\n"
                   "(from PyTorch 2.9 on with external_data=False, so that the weights are in that file).\n"
                   "\n"
                   "Of ONNX is read, with constant weights in float16, bfloat16, float32 or float64: Gemm, MatMul, Conv,\n"
                   "AveragePool, GlobalAveragePool, ReduceMean, ReduceSum, Add, Sub, Mul, Div by constants, Neg, Sum, Pow by\n"
                   "an integer from 1 to 64, Relu, LeakyRelu, PRelu, Abs, Clip, Max, Min, MaxPool, Dropout in inference, and\n"
                   "what moves entries: Reshape, Flatten, Squeeze, Unsqueeze, Transpose, Concat, Slice, Split, Gather, Expand,\n"
                   "Pad, Identity, Cast, Constant, ConstantOfShape, Shape, Equal and Where of constants. Products of\n"
                   "computed tensors (Mul, MatMul) are quadratic neurons: a layer becomes the kind that it is, else a sparse\n"
                   "one. Values skip layers through identity units. Clip is two relu units an entry, which switch where it\n"
                   "does; Max, Min and MaxPool compare in pairs, one relu unit a comparison, so they have regions that are\n"
                   "one piece. Cast rounds constants only, and computed values are never rounded. A batch axis may stay open\n"
                   "and is 1. A final Softmax or LogSoftmax is left away, with a note.\n"
                   "\n"
                   "Refused, with the name of the node: what is no piecewise polynomial with rational coefficients (Sigmoid,\n"
                   "Tanh, GELU, Softmax inside), what is not continuous (Sign, Greater), BatchNormalization (its square root;\n"
                   "fold it into the layer before, fused = torch.nn.utils.fusion.fuse_linear_bn_eval(linear.eval(),\n"
                   "bn.eval())), several inputs or outputs, other open axes, data in other files.\n"
                   "\n"
                   "A state dict without our metadata, safetensors.torch.save_file(model.state_dict(), \"net.safetensors\"),\n"
                   "is read with --activations relu (all layers but the last) or one a layer, relu,abs,identity\n"
                   "(leaky_relu:1/10 has a slope): dense layers in the order of the numbers in their names, or the only one\n"
                   "in which their shapes fit.\n"
                   "\n"
                   "A file of torch.save (.pt, .pth) is not read: state = torch.load(\"net.pt\") and\n"
                   "safetensors.torch.save_file(state, \"net.safetensors\") make one of its state dict.\n"
                   "\n"
                   "The kinds, with inputs a:\n" QD_KIND_FORMULAS ".\n"
                   "JSON also holds sparse layers (skip connections, convolutions, mixed activations), which safetensors\n"
                   "files cannot: {\"kind\": \"sparse\", \"units\": [{\"activation\": \"relu\", \"quadratic\": [[i, j, \"c\"], ...],\n"
                   "\"linear\": [[i, \"c\"], ...], \"b\": \"0\"}, ...]}, inputs from 0, i <= j.\n"
                   "\n"
                   "A safetensors file holds the tensors layers.0.w, layers.0.b, ... (matrices (out, in) as in PyTorch,\n"
                   "keys as in JSON, those of the formulas) in float32 or float64, and in its metadata the architecture.\n"
                   "From PyTorch, with the safetensors package and m = nn.Sequential(nn.Linear(1, 8), nn.ReLU(),\n"
                   "nn.Linear(8, 1)):\n"
                   "\n"
                   "  import json, safetensors.torch\n"
                   "  t = {}\n"
                   "  for i, layer in enumerate(l for l in m if isinstance(l, torch.nn.Linear)):\n"
                   "      t[f\"layers.{i}.w\"] = layer.weight.detach().contiguous()\n"
                   "      t[f\"layers.{i}.b\"] = layer.bias.detach()\n"
                   "  head = {\"input_dim\": 1, \"layers\": [{\"kind\": \"linear\", \"activation\": \"relu\"},\n"
                   "                                    {\"kind\": \"linear\", \"activation\": \"identity\"}]}\n"
                   "  safetensors.torch.save_file(t, \"net.safetensors\", {\"architecture\": json.dumps(head)})\n",
    .examples = "  quadric convert model.onnx net.json\n"
                "  quadric convert net.json model.onnx --dtype float32 --round\n"
                "  quadric convert model.safetensors net.json --activations relu\n"
                "  quadric convert net.json model.safetensors --dtype float32 --round\n",
    .options = options,
    .min_arguments = 2,
    .max_arguments = 2,
    .run = run,
};
