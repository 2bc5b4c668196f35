// oneDNN's side of run.py: forward and backward of the LSTM layers of a job, weights laid out anew in every pass, as an update between two passes demands.
// usage: onednn_training PRECISION THREADS
#include <omp.h>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>
#include <vector>

using dnnl::memory;
using Type = memory::data_type;
using Tag = memory::format_tag;
using Arguments = std::unordered_map<int, memory>;

static dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
static dnnl::stream queue(cpu);

struct Shape {
    int input, hidden, layers, steps, batch;
};

// The numbers every engine starts from: scale * sin(i + phase) in float64, rounded once.
static std::vector<float> wave(size_t count, double phase, double scale) {
    std::vector<float> values(count);
    for (size_t i = 0; i < count; i++) values[i] = (float)(scale * std::sin((double)i + phase));
    return values;
}

static memory filled(std::vector<float> values, const memory::dims& dims, Tag tag, Type type = Type::f32) {
    memory from({dims, Type::f32, tag}, cpu, values.data()), to({dims, type, tag}, cpu);
    dnnl::reorder(from, to).execute(queue, from, to);
    queue.wait();
    return to;
}

static memory zeros(const memory::desc& desc) {
    memory result(desc, cpu);
    std::memset(result.get_data_handle(), 0, desc.get_size());
    return result;
}

static double sizes(const memory& any, const memory::dims& dims, Tag tag) {
    memory from = any, plain({dims, Type::f32, tag}, cpu);
    dnnl::reorder(from, plain).execute(queue, from, plain);
    queue.wait();
    const float* values = (const float*)plain.get_data_handle();
    double sum = 0;
    for (size_t i = 0; i < plain.get_desc().get_size() / sizeof(float); i++) sum += std::fabs((double)values[i]);
    return sum;
}

// Layers of one input size are one primitive.
struct Stack {
    dnnl::lstm_forward forward;
    dnnl::lstm_backward backward;
    memory weights, recurrent, output, input_gradient;
    memory weights_forward, recurrent_forward, weights_backward, recurrent_backward, weights_gradient, recurrent_gradient, bias_gradient;
    memory::dims weights_dims, recurrent_dims, bias_dims;
    Arguments arguments, gradient_arguments;

    // The layers from `first` on, whose parameters bear PyTorch's numbers 4 layer ... 4 layer + 3.
    Stack(const Shape& shape, Type type, memory x, int inputs, int first, int layers) {
        int H = shape.hidden;
        weights_dims = {layers, 1, inputs, 4, H}, recurrent_dims = {layers, 1, H, 4, H}, bias_dims = {layers, 1, 4, H};
        std::vector<float> w, r, b;
        for (int layer = first; layer < first + layers; layer++) {
            append(w, transposed(wave((size_t)4 * H * inputs, 4 * layer, 0.1), inputs, H));
            append(r, transposed(wave((size_t)4 * H * H, 4 * layer + 1, 0.1), H, H));
            std::vector<float> one = wave(4 * H, 4 * layer + 2, 0.1), two = wave(4 * H, 4 * layer + 3, 0.1);
            for (int i = 0; i < 4 * H; i++) b.push_back(one[i] + two[i]);
        }
        weights = filled(w, weights_dims, Tag::abcde), recurrent = filled(r, recurrent_dims, Tag::abcde);
        memory bias = filled(b, bias_dims, Tag::abcd);

        memory::dims in{shape.steps, shape.batch, inputs}, out{shape.steps, shape.batch, H}, state{layers, 1, shape.batch, H};
        memory::desc x_desc(in, type, Tag::tnc), y_desc(out, type, Tag::tnc), h_desc(state, type, Tag::ldnc), c_desc(state, Type::f32, Tag::ldnc);
        memory::desc w_any(weights_dims, type, Tag::any), r_any(recurrent_dims, type, Tag::any), b_desc(bias_dims, Type::f32, Tag::ldgo);
        dnnl::lstm_forward::primitive_desc chosen(
            {dnnl::prop_kind::forward_training, dnnl::rnn_direction::unidirectional_left2right, x_desc, h_desc, c_desc, w_any, r_any, b_desc, y_desc, h_desc, c_desc}, cpu);
        memory::desc dx(in, Type::f32, Tag::tnc), dy(out, Type::f32, Tag::tnc), dstate(state, Type::f32, Tag::ldnc), dw(weights_dims, Type::f32, Tag::any), dr(recurrent_dims, Type::f32, Tag::any);
        dnnl::lstm_backward::primitive_desc chosen_backward({dnnl::prop_kind::backward, dnnl::rnn_direction::unidirectional_left2right, x_desc, h_desc, c_desc, w_any, r_any, b_desc, y_desc, h_desc, c_desc,
                                                              dx, dstate, dstate, dw, dr, b_desc, dy, dstate, dstate}, cpu, chosen);
        forward = dnnl::lstm_forward(chosen), backward = dnnl::lstm_backward(chosen_backward);
        weights_forward = memory(chosen.weights_layer_desc(), cpu), recurrent_forward = memory(chosen.weights_iter_desc(), cpu);
        weights_backward = memory(chosen_backward.weights_layer_desc(), cpu), recurrent_backward = memory(chosen_backward.weights_iter_desc(), cpu);
        weights_gradient = memory(chosen_backward.diff_weights_layer_desc(), cpu), recurrent_gradient = memory(chosen_backward.diff_weights_iter_desc(), cpu);
        bias_gradient = memory(b_desc, cpu), input_gradient = memory(dx, cpu), output = memory(y_desc, cpu);
        memory h = zeros(h_desc), c = zeros(c_desc), h_end(h_desc, cpu), c_end(c_desc, cpu), none = zeros(dstate), dh(dstate, cpu), dc(dstate, cpu), space(chosen.workspace_desc(), cpu);
        arguments = {{DNNL_ARG_SRC_LAYER, x}, {DNNL_ARG_SRC_ITER, h}, {DNNL_ARG_SRC_ITER_C, c}, {DNNL_ARG_WEIGHTS_LAYER, weights_forward}, {DNNL_ARG_WEIGHTS_ITER, recurrent_forward}, {DNNL_ARG_BIAS, bias},
                     {DNNL_ARG_DST_LAYER, output}, {DNNL_ARG_DST_ITER, h_end}, {DNNL_ARG_DST_ITER_C, c_end}, {DNNL_ARG_WORKSPACE, space}};
        gradient_arguments = arguments;
        gradient_arguments[DNNL_ARG_WEIGHTS_LAYER] = weights_backward, gradient_arguments[DNNL_ARG_WEIGHTS_ITER] = recurrent_backward;
        gradient_arguments.insert({{DNNL_ARG_DIFF_SRC_LAYER, input_gradient}, {DNNL_ARG_DIFF_SRC_ITER, dh}, {DNNL_ARG_DIFF_SRC_ITER_C, dc}, {DNNL_ARG_DIFF_WEIGHTS_LAYER, weights_gradient},
                                   {DNNL_ARG_DIFF_WEIGHTS_ITER, recurrent_gradient}, {DNNL_ARG_DIFF_BIAS, bias_gradient}, {DNNL_ARG_DIFF_DST_ITER, none}, {DNNL_ARG_DIFF_DST_ITER_C, none}});
    }

    void run_forward() {
        lay_out(weights, weights_forward), lay_out(recurrent, recurrent_forward);
        forward.execute(queue, arguments);
    }

    void run_backward(memory output_gradient) {
        lay_out(weights, weights_backward), lay_out(recurrent, recurrent_backward);
        // oneDNN adds to these.
        for (memory* gradient : {&weights_gradient, &recurrent_gradient, &bias_gradient}) std::memset(gradient->get_data_handle(), 0, gradient->get_desc().get_size());
        gradient_arguments[DNNL_ARG_DIFF_DST_LAYER] = output_gradient;
        backward.execute(queue, gradient_arguments);
    }

    // PyTorch has two biases with the same gradient.
    double checksum() { return sizes(weights_gradient, weights_dims, Tag::abcde) + sizes(recurrent_gradient, recurrent_dims, Tag::abcde) + 2 * sizes(bias_gradient, bias_dims, Tag::abcd); }

private:
    static void lay_out(memory& from, memory& to) { dnnl::reorder(from, to).execute(queue, from, to); }

    static void append(std::vector<float>& all, const std::vector<float>& more) { all.insert(all.end(), more.begin(), more.end()); }

    // [4H, K] to oneDNN's [K, 4, H]; both have the gates in the order i f g o.
    static std::vector<float> transposed(const std::vector<float>& w, int K, int H) {
        std::vector<float> result(w.size());
        for (int row = 0; row < 4 * H; row++)
            for (int k = 0; k < K; k++) result[(size_t)k * 4 * H + row] = w[(size_t)row * K + k];
        return result;
    }
};

// The layers of one network, with an input and a gradient of the output.
struct Part {
    Shape shape;
    std::vector<Stack> stacks;
    memory output_gradient;

    Part(const Shape& s, Type type) : shape(s) {
        memory x = filled(wave((size_t)s.steps * s.batch * s.input, 0.5, 1), {s.steps, s.batch, s.input}, Tag::abc, type);
        int first = s.input == s.hidden ? s.layers : 1;
        stacks.emplace_back(s, type, x, s.input, 0, first);
        if (first < s.layers) stacks.emplace_back(s, type, stacks[0].output, s.hidden, first, s.layers - first);
        output_gradient = filled(wave((size_t)s.steps * s.batch * s.hidden, 0.25, 0.01), {s.steps, s.batch, s.hidden}, Tag::abc);
    }

    void run() {
        for (Stack& stack : stacks) stack.run_forward();
        memory gradient = output_gradient;
        for (size_t i = stacks.size(); i-- > 0;) {
            stacks[i].run_backward(gradient);
            gradient = stacks[i].input_gradient;
        }
        queue.wait();
    }

    double checksum() {
        double sum = sizes(stacks[0].input_gradient, {shape.steps, shape.batch, shape.input}, Tag::abc);
        for (Stack& stack : stacks) sum += stack.checksum();
        return sum;
    }
};

struct Job {
    std::vector<Part> parts;

    std::vector<double> measure(double seconds) {
        std::vector<double> samples;
        auto begin = std::chrono::steady_clock::now();
        auto passed = [&](auto since) { return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count(); };
        while (samples.size() < 3 || passed(begin) < seconds) {
            auto start = std::chrono::steady_clock::now();
            for (Part& part : parts) part.run();
            samples.push_back(passed(start) * 1e6);
        }
        return samples;
    }
};

static double number(const std::string& line, const std::string& name, size_t from) {
    return std::strtod(line.c_str() + line.find(':', line.find("\"" + name + "\"", from)) + 1, nullptr);
}

int main(int count, char** words) {
    std::string precision = count > 2 ? words[1] : "";
    if (precision != "float32" && precision != "bf16") {
        std::cerr << "usage: onednn_training float32|bf16 THREADS" << std::endl;
        return 1;
    }
    omp_set_num_threads(std::atoi(words[2]));
    const dnnl_version_t* v = dnnl_version();
    std::cout << "{\"engine\": \"onednn\", \"version\": \"" << v->major << "." << v->minor << "." << v->patch << "\"}" << std::endl;
    std::map<std::string, Job> jobs;
    for (std::string line; std::getline(std::cin, line);) {
        size_t quote = line.find('"', line.find(':', line.find("\"job\"")));
        std::string name = line.substr(quote + 1, line.find('"', quote + 1) - quote - 1);
        Job& job = jobs[name];
        if (job.parts.empty()) {
            for (size_t at = 0; (at = line.find("\"input\"", at)) != std::string::npos; at++) {
                Shape shape{(int)number(line, "input", at), (int)number(line, "hidden", at), (int)number(line, "layers", at), (int)number(line, "steps", at), (int)number(line, "batch", at)};
                job.parts.emplace_back(shape, precision == "bf16" ? Type::bf16 : Type::f32);
            }
            job.measure(0.5);
        }
        std::vector<double> samples = job.measure(number(line, "seconds", 0));
        std::sort(samples.begin(), samples.end());
        double checksum = 0;
        for (Part& part : job.parts) checksum += part.checksum();
        std::cout << "{\"job\": \"" << name << "\", \"us\": " << samples[samples.size() / 2] << ", \"runs\": " << samples.size() << ", \"checksum\": " << checksum << "}" << std::endl;
    }
    return 0;
}
