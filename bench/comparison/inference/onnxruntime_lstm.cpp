// ONNX Runtime's side of the comparison, through its C interface: float32, and int8 with activations quantised as they come (DynamicQuantizeLSTM).
// usage: onnxruntime_lstm LIBRARY THREADS
#include <dlfcn.h>
#include "onnx_model.h"

// The functions used, by their place in the interface's table, to which entries are only ever appended (onnxruntime_c_api.h).
enum { GetErrorMessage = 2, CreateEnv = 3, CreateSessionFromArray = 8, Run = 9, CreateSessionOptions = 10, SetSessionGraphOptimizationLevel = 23, SetIntraOpNumThreads = 24,
       SetInterOpNumThreads = 25, CreateTensorWithDataAsOrtValue = 49, CreateCpuMemoryInfo = 69, ReleaseSession = 95 };

struct ApiBase {
    void* const* (*get_api)(uint32_t version);
    const char* (*get_version)();
};

static void* const* table;
static void *environment, *cpu_memory;
static int threads = 1;

template <class... Arguments>
static void ort(int entry, Arguments... arguments) {
    if (void* status = ((void* (*)(Arguments...))table[entry])(arguments...)) throw std::runtime_error(((const char* (*)(void*))table[GetErrorMessage])(status));
}

struct OrtModel : Model {
    Question q;
    void* session = nullptr;
    std::vector<float> x, y;
    std::vector<std::vector<float>> states[2];
    std::vector<std::string> names;
    std::vector<const char*> input_names, output_names;
    std::vector<void*> inputs[2], outputs[2];
    int side = 0;

    explicit OrtModel(const Question& question) : q(question), x(Weights(q).x()), y((size_t)q.batch * (q.outputs > 0 ? q.outputs : q.hidden)) {
        std::string model = OnnxModel(q).bytes();
        void* options = nullptr;
        ort(CreateSessionOptions, &options);
        ort(SetSessionGraphOptimizationLevel, options, 99);
        ort(SetIntraOpNumThreads, options, threads);
        ort(SetInterOpNumThreads, options, 1);
        ort(CreateSessionFromArray, environment, (const void*)model.data(), model.size(), (const void*)options, &session);
        bind();
    }

    ~OrtModel() override { ((void (*)(void*))table[ReleaseSession])(session); }

    void call() override {
        ort(Run, session, (const void*)nullptr, input_names.data(), (void* const*)inputs[side].data(), input_names.size(), output_names.data(), output_names.size(), outputs[side].data());
        if (q.keep_state) side = 1 - side;
    }

    // After a call the state lies where the next one reads it.
    std::vector<float> output() override { return q.outputs > 0 || !q.keep_state ? y : states[side][2 * (q.layers - 1)]; }

private:
    // All tensors lie in memory of ours; two sets of states change roles with every call, so that nothing is copied.
    void bind() {
        names.reserve(4 * q.layers + 2);
        for (auto& set : states) set.assign(2 * q.layers, std::vector<float>((size_t)q.batch * q.hidden));
        add(input_names, inputs, "x", x, x, {q.steps, q.batch, q.input});
        for (int i = 0; q.keep_state && i < 2 * q.layers; i++) {
            std::string layer = std::to_string(i / 2), state = i % 2 ? "c" : "h";
            add(input_names, inputs, state + layer, states[0][i], states[1][i], {1, q.batch, q.hidden});
            add(output_names, outputs, state + "n" + layer, states[1][i], states[0][i], {1, q.batch, q.hidden});
        }
        if (q.outputs > 0) add(output_names, outputs, "y", y, y, {1, q.batch, q.outputs});
        else if (!q.keep_state) add(output_names, outputs, "hn" + std::to_string(q.layers - 1), y, y, {1, q.batch, q.hidden});
    }

    void add(std::vector<const char*>& to, std::vector<void*> (&values)[2], const std::string& name, std::vector<float>& first, std::vector<float>& second, const std::vector<int64_t>& shape) {
        names.push_back(name);
        to.push_back(names.back().c_str());
        values[0].push_back(tensor(first, shape));
        values[1].push_back(tensor(second, shape));
    }

    static void* tensor(std::vector<float>& data, const std::vector<int64_t>& shape) {
        void* value = nullptr;
        ort(CreateTensorWithDataAsOrtValue, (const void*)cpu_memory, (void*)data.data(), data.size() * sizeof(float), shape.data(), shape.size(), 1, &value);
        return value;
    }
};

int main(int count, char** words) {
    void* library = count > 2 ? dlopen(words[1], RTLD_NOW) : nullptr;
    if (!library) {
        std::cerr << (count > 2 ? dlerror() : "usage: onnxruntime_lstm LIBRARY THREADS") << std::endl;
        return 1;
    }
    auto* base = ((ApiBase * (*)()) dlsym(library, "OrtGetApiBase"))();
    table = base->get_api(1);
    threads = std::atoi(words[2]);
    ort(CreateEnv, 3, "worker", &environment);
    ort(CreateCpuMemoryInfo, 1, 0, &cpu_memory);
    return serve("onnxruntime", base->get_version(), [](const Question& q) { return std::make_unique<OrtModel>(q); });
}
