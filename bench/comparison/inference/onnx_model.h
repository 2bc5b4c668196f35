// Writes the ONNX model of a stack of LSTM layers as bytes: the few protobuf messages of onnx.proto that this takes.
#pragma once
#include "worker.h"

// A protobuf message under construction: fields of the two kinds that are needed.
struct Message {
    std::string bytes;

    Message& number(int field, uint64_t value) {
        varint((uint64_t)field << 3);
        varint(value);
        return *this;
    }

    Message& text(int field, const std::string& value) {
        varint((uint64_t)field << 3 | 2);
        varint(value.size());
        bytes += value;
        return *this;
    }

    Message& part(int field, const Message& value) { return text(field, value.bytes); }

private:
    void varint(uint64_t value) {
        for (; value > 127; value >>= 7) bytes += (char)(value | 128);
        bytes += (char)value;
    }
};

// Inputs x [T, B, I] and, when the state is kept, h<l> and c<l> [1, B, H]; outputs y, the last step's, [1, B, outputs or H], and hn<l>, cn<l>.
class OnnxModel {
public:
    explicit OnnxModel(const Question& question) : q(question), weights(q), int8(q.precision == "int8") {
        if (!int8 && q.precision != "float32") throw std::runtime_error("has no precision " + q.precision);
        declare(11, "x", {q.steps, q.batch, q.input});
        std::string x = "x";
        for (int layer = 0; layer < q.layers; layer++) x = lstm(layer, x);
        if (q.outputs > 0) linear("hn" + std::to_string(q.layers - 1));
    }

    std::string bytes() {
        graph.text(2, "lstm");
        Message standard, contrib;
        standard.number(2, 14);
        contrib.text(1, "com.microsoft").number(2, 1);
        return Message().number(1, 7).part(7, graph).part(8, standard).part(8, contrib).bytes;
    }

private:
    enum { Float = 1, Int8 = 3, Int64 = 7 };
    const Question& q;
    Weights weights;
    bool int8;
    Message graph;

    std::string lstm(int layer, const std::string& x) {
        std::string n = std::to_string(layer);
        int I = weights.inputs(layer), H = q.hidden;
        std::vector<float> bias = ordered(weights.input_bias(layer), 1), recurrent_bias = ordered(weights.recurrent_bias(layer), 1);
        bias.insert(bias.end(), recurrent_bias.begin(), recurrent_bias.end());
        floats("B" + n, {1, 8 * H}, bias);
        matrix("W" + n, ordered(weights.input(layer), I), I);
        matrix("R" + n, ordered(weights.recurrent(layer), H), H);
        std::vector<std::string> in = {x, "W" + n, "R" + n, "B" + n, "", "", ""};
        if (q.keep_state) {
            in[5] = "h" + n, in[6] = "c" + n;
            declare(11, in[5], {1, q.batch, H});
            declare(11, in[6], {1, q.batch, H});
        }
        if (int8) for (const char* extra : {"", "Ws", "Wz", "Rs", "Rz"}) in.push_back(*extra ? extra + n : "");
        for (const char* state : {"hn", "cn"}) if (q.keep_state || (state[0] == 'h' && layer == q.layers - 1)) declare(12, state + n, {1, q.batch, H});
        bool is_last = layer == q.layers - 1, whole = q.steps > 1 && !is_last;

        // Of one time step Y_h is all there is, and it has the shape of the next layer's input.
        node(int8 ? "DynamicQuantizeLSTM" : "LSTM", int8 ? "com.microsoft" : "", in, {whole ? "Y" + n : "", "hn" + n, "cn" + n}, H);
        if (!whole) return "hn" + n;
        int64_t axis = 1;
        tensor("axis" + n, Int64, {1}, &axis, sizeof axis);
        node("Squeeze", "", {"Y" + n, "axis" + n}, {"X" + n}, 0);
        return "X" + n;
    }

    void linear(const std::string& x) {
        std::vector<float> w = weights.linear(), t(w.size());
        for (int row = 0; row < q.outputs; row++)
            for (int k = 0; k < q.hidden; k++) t[(size_t)k * q.outputs + row] = w[(size_t)row * q.hidden + k];
        floats("LW", {q.hidden, q.outputs}, t);
        floats("LB", {q.outputs}, weights.linear_bias());
        node("MatMul", "", {x, "LW"}, {"product"}, 0);
        node("Add", "", {"product", "LB"}, {"y"}, 0);
        declare(12, "y", {1, q.batch, q.outputs});
    }

    // ONNX has the gates in the order i o f c, PyTorch i f g o.
    std::vector<float> ordered(const std::vector<float>& rows, int width) const {
        size_t block = (size_t)q.hidden * width;
        std::vector<float> result;
        for (int gate : {0, 3, 1, 2}) result.insert(result.end(), rows.begin() + gate * block, rows.begin() + (gate + 1) * block);
        return result;
    }

    // float32 as [1, 4H, K]; int8 with one scale for all, as [1, K, 4H].
    void matrix(const std::string& name, const std::vector<float>& values, int K) {
        int rows = 4 * q.hidden;
        if (!int8) return floats(name, {1, rows, K}, values);
        float largest = 0;
        for (float value : values) largest = std::fmax(largest, std::fabs(value));
        float scale = largest / 127;
        std::vector<int8_t> quantised(values.size());
        for (int row = 0; row < rows; row++)
            for (int k = 0; k < K; k++) quantised[(size_t)k * rows + row] = (int8_t)std::lrint(values[(size_t)row * K + k] / scale);
        int8_t zero = 0;
        std::string n = name.substr(1);
        tensor(name, Int8, {1, K, rows}, quantised.data(), quantised.size());
        floats(name[0] + std::string("s") + n, {1}, {scale});
        tensor(name[0] + std::string("z") + n, Int8, {1}, &zero, 1);
    }

    void floats(const std::string& name, const std::vector<int64_t>& shape, const std::vector<float>& values) { tensor(name, Float, shape, values.data(), values.size() * sizeof(float)); }

    void tensor(const std::string& name, int type, const std::vector<int64_t>& shape, const void* data, size_t size) {
        Message message;
        for (int64_t length : shape) message.number(1, length);
        graph.part(5, message.number(2, type).text(8, name).text(9, std::string((const char*)data, size)));
    }

    void node(const std::string& type, const std::string& domain, const std::vector<std::string>& in, const std::vector<std::string>& out, int hidden) {
        Message message;
        for (const std::string& name : in) message.text(1, name);
        for (const std::string& name : out) message.text(2, name);
        message.text(4, type).text(7, domain);
        if (hidden > 0) message.part(5, Message().text(1, "hidden_size").number(3, hidden).number(20, 2));
        graph.part(1, message);
    }

    // An input (field 11) or output (field 12) of the graph.
    void declare(int field, const std::string& name, const std::vector<int64_t>& shape) {
        Message dims;
        for (int64_t length : shape) dims.part(1, Message().number(1, length));
        graph.part(field, Message().text(1, name).part(2, Message().part(1, Message().number(1, Float).part(2, dims))));
    }
};
