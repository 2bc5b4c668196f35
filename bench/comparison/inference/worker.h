// What the C++ workers share: the protocol (README.md, "Inference"), the numbers every engine starts from, and the clock.
#pragma once
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

// A command of the driver. It is one flat JSON object, so a number is what follows its quoted name and a colon.
struct Question {
    std::string line, precision;
    int input, hidden, layers, outputs, batch, steps, calls;
    bool keep_state;
    double spaced_us;

    explicit Question(const std::string& text) : line(text) {
        input = (int)number("input"), hidden = (int)number("hidden"), layers = (int)number("layers"), outputs = (int)number("outputs");
        batch = (int)number("batch"), steps = (int)number("steps"), calls = (int)number("calls");
        keep_state = number("keep_state") != 0, spaced_us = number("spaced_us");
        size_t at = value_of("precision"), first = line.find('"', at) + 1;
        precision = line.substr(first, line.find('"', first) - first);
    }

    // The same for all commands that want the same model at the same batch.
    std::string shape() const {
        std::string key;
        for (int size : {input, hidden, layers, outputs, batch, steps, (int)keep_state}) key += std::to_string(size) + " ";
        return key;
    }

private:
    size_t value_of(const std::string& name) const {
        size_t at = line.find("\"" + name + "\"");
        if (at == std::string::npos) throw std::runtime_error("the command has no '" + name + "'");
        return line.find(':', at) + 1;
    }

    double number(const std::string& name) const { return std::strtod(line.c_str() + value_of(name), nullptr); }
};

// Element i of tensor k: the hash "lowbias32" of i + k * 0x9E3779B9, its upper 24 bits as a number from -1 to 1, times the size.
inline std::vector<float> numbers(uint32_t tensor, float size, size_t count) {
    std::vector<float> values(count);
    uint32_t next = tensor * 0x9E3779B9u;
    for (float& value : values) {
        uint32_t hash = next++;
        hash = (hash ^ (hash >> 16)) * 0x7FEB352Du;
        hash = (hash ^ (hash >> 15)) * 0x846CA68Bu;
        hash ^= hash >> 16;
        value = ((hash >> 8) * (1.f / (1 << 23)) - 1) * size;
    }
    return values;
}

// The tensors of a stack of LSTM layers and the linear layer after it, in PyTorch's layout and order.
struct Weights {
    const Question& q;
    explicit Weights(const Question& question) : q(question) {}
    int inputs(int layer) const { return layer == 0 ? q.input : q.hidden; }
    std::vector<float> input(int layer) const { return of(4 * layer, (size_t)4 * q.hidden * inputs(layer)); }
    std::vector<float> recurrent(int layer) const { return of(4 * layer + 1, (size_t)4 * q.hidden * q.hidden); }
    std::vector<float> input_bias(int layer) const { return of(4 * layer + 2, (size_t)4 * q.hidden); }
    std::vector<float> recurrent_bias(int layer) const { return of(4 * layer + 3, (size_t)4 * q.hidden); }
    std::vector<float> linear() const { return of(4 * q.layers, (size_t)q.outputs * q.hidden); }
    std::vector<float> linear_bias() const { return of(4 * q.layers + 1, (size_t)q.outputs); }
    std::vector<float> x() const { return numbers(1000, 1, (size_t)q.steps * q.batch * q.input); }
    float size() const { return 1 / std::sqrt((float)q.hidden); }

private:
    std::vector<float> of(int tensor, size_t count) const { return numbers(tensor, size(), count); }
};

// A model ready to be called.
struct Model {
    virtual ~Model() = default;
    virtual void call() = 0;
    virtual std::vector<float> output() = 0;  // of the last time step
};

using Clock = std::chrono::steady_clock;

inline std::string answer(Model& model, double checksum, const Question& q) {
    std::vector<int64_t> ns(q.calls);
    auto pause = std::chrono::nanoseconds((int64_t)(q.spaced_us * 1000));
    Clock::time_point next{};
    for (int64_t& duration : ns) {
        while (Clock::now() < next) {}
        Clock::time_point start = Clock::now();
        model.call();
        Clock::time_point end = Clock::now();
        duration = std::chrono::duration_cast<std::chrono::nanoseconds>(end - start).count();
        next = Clock::now() + pause;
    }
    std::string text = "{\"checksum\": " + std::to_string(checksum) + ", \"ns\": [";
    for (size_t i = 0; i < ns.size(); i++) text += (i ? "," : "") + std::to_string(ns[i]);
    return text + "]}";
}

// Answers questions until there are no more.
template <class Build>
int serve(const std::string& engine, const std::string& version, Build build) {
    std::cout << "{\"engine\": \"" << engine << "\", \"version\": \"" << version << "\"}" << std::endl;
    std::map<std::string, std::pair<std::unique_ptr<Model>, double>> models;
    std::string shape;
    for (std::string line; std::getline(std::cin, line);) {
        try {
            Question question(line);
            if (question.shape() != shape) models.clear(), shape = question.shape();
            auto& [model, checksum] = models[question.precision];
            if (!model) {
                model = build(question);
                model->call();
                checksum = 0;
                for (float value : model->output()) checksum += std::fabs(value);
            }
            std::cout << answer(*model, checksum, question) << std::endl;
        } catch (const std::exception& error) {
            models.clear();
            std::string message = error.what();
            for (char& c : message) if (c == '"' || c == '\\' || c < ' ') c = '\'';
            std::cout << "{\"error\": \"" << message << "\"}" << std::endl;
        }
    }
    return 0;
}
