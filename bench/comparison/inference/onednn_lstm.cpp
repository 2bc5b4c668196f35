// oneDNN's side of the comparison: its LSTM primitive, weights laid out once, and an inner product after it.
// usage: onednn_lstm THREADS
#include <omp.h>
#include <cstring>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>
#include "worker.h"

using dnnl::memory;
using Type = memory::data_type;
using Tag = memory::format_tag;

static dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
static dnnl::stream queue(cpu);

// States of int8 are u8 around 128; -1 ... 1 is their whole range.
static const float DataScale = 127, DataShift = 128;

static memory of(const std::vector<float>& values, const memory::desc& desc, const dnnl::primitive_attr& attributes = {}) {
    memory::dims dims = desc.dims();
    std::vector<float> copy = values;
    Tag plain = dims.size() == 5 ? Tag::abcde : dims.size() == 4 ? Tag::abcd : dims.size() == 3 ? Tag::abc : dims.size() == 2 ? Tag::ab : Tag::a;
    memory from({dims, Type::f32, plain}, cpu, copy.data()), to(desc, cpu);
    dnnl::reorder(dnnl::reorder::primitive_desc(from, to, attributes)).execute(queue, from, to);
    queue.wait();
    return to;
}

// u8 states and inputs are written here, not by a reorder: the layout is plain.
static memory data(const std::vector<float>& values, const memory::desc& desc) {
    if (desc.data_type() != Type::u8) return of(values, desc);
    memory to(desc, cpu);
    auto* bytes = (uint8_t*)to.get_data_handle();
    for (size_t i = 0; i < values.size(); i++) bytes[i] = (uint8_t)std::lrint(std::fmin(std::fmax(values[i] * DataScale + DataShift, 0), 255));
    return to;
}

// Layers of one input size: one primitive. Its input is memory that someone else fills.
struct Stack {
    dnnl::lstm_forward lstm;
    memory output, h[2], c[2];
    std::unordered_map<int, memory> arguments[2];

    Stack(const Question& q, Type type, memory input, int first, int count) {
        Weights weights(q);
        Type weight_type = type == Type::u8 ? Type::s8 : type;
        int I = weights.inputs(first), H = q.hidden;
        memory::desc src({q.steps, q.batch, I}, type, Tag::tnc), dst({q.steps, q.batch, H}, type, Tag::tnc);
        memory::desc states({count, 1, q.batch, H}, type, Tag::ldnc), cells({count, 1, q.batch, H}, Type::f32, Tag::ldnc), bias({count, 1, 4, H}, Type::f32, Tag::ldgo);
        memory::desc wi({count, 1, I, 4, H}, weight_type, Tag::any), wr({count, 1, H, 4, H}, weight_type, Tag::any);
        dnnl::primitive_attr attributes;
        if (type == Type::u8) {
            attributes.set_rnn_data_qparams(DataScale, DataShift);
            attributes.set_rnn_weights_qparams(0, {127 / weights.size()});
        }
        dnnl::lstm_forward::primitive_desc chosen(
            {dnnl::prop_kind::forward_inference, dnnl::rnn_direction::unidirectional_left2right, src, states, cells, wi, wr, bias, dst, states, cells}, attributes, cpu);
        lstm = dnnl::lstm_forward(chosen);
        std::vector<float> in, recurrent, biases;
        for (int layer = first; layer < first + count; layer++) {
            append(in, transposed(weights.input(layer), I, H));
            append(recurrent, transposed(weights.recurrent(layer), H, H));
            std::vector<float> a = weights.input_bias(layer), b = weights.recurrent_bias(layer);
            for (size_t i = 0; i < a.size(); i++) biases.push_back(a[i] + b[i]);
        }
        memory input_weights = of(in, chosen.weights_layer_desc(), attributes), recurrent_weights = of(recurrent, chosen.weights_iter_desc(), attributes);
        memory bias_memory = of(biases, bias);
        output = memory(dst, cpu);
        std::vector<float> zeros((size_t)count * q.batch * H);
        for (int side = 0; side < 2; side++) h[side] = data(zeros, states), c[side] = of(zeros, cells);
        for (int side = 0; side < 2; side++) {
            arguments[side] = {{DNNL_ARG_SRC_LAYER, input}, {DNNL_ARG_SRC_ITER, h[side]}, {DNNL_ARG_SRC_ITER_C, c[side]}, {DNNL_ARG_WEIGHTS_LAYER, input_weights},
                               {DNNL_ARG_WEIGHTS_ITER, recurrent_weights}, {DNNL_ARG_BIAS, bias_memory}, {DNNL_ARG_DST_LAYER, output},
                               {DNNL_ARG_DST_ITER, h[1 - side]}, {DNNL_ARG_DST_ITER_C, c[1 - side]}};
        }
    }

private:
    static void append(std::vector<float>& all, const std::vector<float>& more) { all.insert(all.end(), more.begin(), more.end()); }

    // [4H, K] to oneDNN's [K, 4, H]; both have the gates in the order i f g o.
    static std::vector<float> transposed(const std::vector<float>& w, int K, int H) {
        std::vector<float> result(w.size());
        for (int row = 0; row < 4 * H; row++)
            for (int k = 0; k < K; k++) result[(size_t)k * 4 * H + row] = w[(size_t)row * K + k];
        return result;
    }
};

struct OneDnnModel : Model {
    Question q;
    Type type;
    std::vector<Stack> stacks;
    dnnl::inner_product_forward linear;
    std::unordered_map<int, memory> linear_arguments;
    memory y;
    int side = 0;

    OneDnnModel(const Question& question)
        : q(question), type(q.precision == "float32" ? Type::f32 : q.precision == "bfloat16" ? Type::bf16 : q.precision == "int8" ? Type::u8 : Type::undef) {
        if (type == Type::undef) throw std::runtime_error("has no precision " + q.precision);
        memory input = data(Weights(q).x(), {{q.steps, q.batch, q.input}, type, Tag::tnc});
        int first = q.input == q.hidden ? q.layers : 1;
        stacks.emplace_back(q, type, input, 0, first);
        if (first < q.layers) stacks.emplace_back(q, type, stacks[0].output, first, q.layers - first);
        if (q.outputs > 0) add_linear();
    }

    void call() override {
        for (Stack& stack : stacks) stack.lstm.execute(queue, stack.arguments[side]);
        if (q.outputs > 0) linear.execute(queue, linear_arguments);
        queue.wait();
        if (q.keep_state) side = 1 - side;  // else side 0 stays zero: a call only reads it
    }

    std::vector<float> output() override {
        if (q.outputs > 0) return std::vector<float>((float*)y.get_data_handle(), (float*)y.get_data_handle() + (size_t)q.batch * q.outputs);
        size_t count = (size_t)q.batch * q.hidden;
        std::vector<float> values(count);
        for (size_t i = 0; i < count; i++) {
            if (type == Type::f32) values[i] = ((float*)last())[i];
            else if (type == Type::u8) values[i] = (((uint8_t*)last())[i] - DataShift) / DataScale;
            else { uint32_t bits = (uint32_t)((uint16_t*)last())[i] << 16; std::memcpy(&values[i], &bits, 4); }
        }
        return values;
    }

private:
    void* last() {
        size_t bytes = type == Type::f32 ? 4 : type == Type::bf16 ? 2 : 1;
        return (char*)stacks.back().output.get_data_handle() + (size_t)(q.steps - 1) * q.batch * q.hidden * bytes;
    }

    void add_linear() {
        Weights weights(q);
        Type weight_type = type == Type::u8 ? Type::s8 : type;
        memory::desc src({q.batch, q.hidden}, type, Tag::nc), w({q.outputs, q.hidden}, weight_type, Tag::any), b({q.outputs}, Type::f32, Tag::x), dst({q.batch, q.outputs}, Type::f32, Tag::nc);
        std::vector<float> values = weights.linear(), bias = weights.linear_bias();
        dnnl::primitive_attr attributes;
        if (type == Type::u8) {
            // y = s (sum of w_q x_q + bias), where bias makes up for the shift of x_q.
            float scale = 127 / weights.size(), s = 1 / (scale * DataScale);
            for (int row = 0; row < q.outputs; row++) {
                float sum = 0;
                for (int k = 0; k < q.hidden; k++) {
                    float& value = values[(size_t)row * q.hidden + k];
                    sum += value = std::rint(value * scale);
                }
                bias[row] = bias[row] / s - DataShift * sum;
            }
            attributes.set_output_scales(0, {s});
        }
        dnnl::inner_product_forward::primitive_desc chosen({dnnl::prop_kind::forward_inference, src, w, b, dst}, attributes, cpu);
        linear = dnnl::inner_product_forward(chosen);
        y = memory(dst, cpu);
        linear_arguments = {{DNNL_ARG_SRC, memory(src, cpu, last())}, {DNNL_ARG_WEIGHTS, of(values, chosen.weights_desc())}, {DNNL_ARG_BIAS, of(bias, b)}, {DNNL_ARG_DST, y}};
    }
};

int main(int count, char** words) {
    omp_set_num_threads(count > 1 ? std::atoi(words[1]) : 1);
    const dnnl_version_t* v = dnnl_version();
    std::string version = std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
    return serve("onednn", version, [](const Question& q) { return std::make_unique<OneDnnModel>(q); });
}
