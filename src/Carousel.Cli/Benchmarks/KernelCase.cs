using Carousel.Runtime.Kernels;

namespace Carousel.Cli.Benchmarks;

/// <summary>A kernel with operands of one size, ready to be called again and again.</summary>
/// <param name="Kernel">Name of the kernel.</param>
/// <param name="Shape">Sizes, for people.</param>
/// <param name="Operations">Arithmetic operations of one call.</param>
/// <param name="Bytes">Bytes that one call must read and write.</param>
/// <param name="IsShared">True when the call can use several threads.</param>
/// <param name="Call">The call.</param>
internal sealed record KernelCase(string Kernel, string Shape, double Operations, double Bytes, bool IsShared, Action<Workers> Call)
{
    // Operations per element, as the formulas of the kernels are written.
    private const double ExpOperations = 18, SigmoidOperations = 21, TanhOperations = 23;

    /// <summary>Every kernel of a set; of a mixed one the products, all else being that of the float32 set. Operands are made when a case is asked for, so only one case's memory is held at a time.</summary>
    public static IEnumerable<KernelCase> Of(KernelSet set)
    {
        IEnumerable<KernelCase> products = Products(set).Concat(PackedProducts(set)).Concat(Gradients(set));
        return set is MixedKernels ? products : products.Concat(Elementwise(set)).Concat(LstmSteps(set));
    }

    // A word language model's output layer, and two large layers.
    private static IEnumerable<KernelCase> Products(KernelSet set)
    {
        foreach ((int rows, int columns, int depth) in ((int, int, int)[])[(640, 10000, 200), (256, 4096, 2048), (1024, 2048, 2048)])
        {
            float[] a = Values(rows * depth), b = Values(depth * columns), c = new float[rows * columns];
            yield return Product("multiply", rows, columns, depth, workers =>
                set.Multiply(new Matrix(a, rows, depth), new Matrix(b, depth, columns), c, columns, accumulate: false, workers));
            yield return Product("multiply by transpose", rows, columns, depth, workers =>
                set.Multiply(new Matrix(a, rows, depth), new Matrix(b, columns, depth).Transposed, c, columns, accumulate: false, workers));
        }
    }

    // One time step of an LSTM layer: a few rows, weights packed once.
    private static IEnumerable<KernelCase> PackedProducts(KernelSet set)
    {
        foreach ((int rows, int columns, int depth) in ((int, int, int)[])[(20, 800, 400), (20, 800, 200), (10, 800, 200), (1, 800, 200), (20, 2600, 650), (32, 2048, 512)])
        {
            float[] a = Values(rows * depth), c = new float[rows * columns];
            PackedMatrix b = set.Pack(new Matrix(Values(depth * columns), depth, columns));
            yield return Product("multiply packed", rows, columns, depth, workers => set.Multiply(new Matrix(a, rows, depth), b, c, columns, accumulate: true, workers));
        }
    }

    // The gradient of weights: the summed axis is time times batch, and A lies transposed.
    private static IEnumerable<KernelCase> Gradients(KernelSet set)
    {
        foreach ((int rows, int columns, int depth) in ((int, int, int)[])[(800, 200, 400), (2600, 650, 700), (256, 64, 3072), (800, 200, 3360)])
        {
            float[] a = Values(depth * rows), b = Values(depth * columns), c = new float[rows * columns];
            yield return Product("multiply transpose", rows, columns, depth, workers =>
                set.Multiply(new Matrix(a, depth, rows).Transposed, new Matrix(b, depth, columns), c, columns, accumulate: true, workers));
        }
    }

    private static IEnumerable<KernelCase> Elementwise(KernelSet set)
    {
        const int Short = 4096, Vocabulary = 10000, Rows = 256, Parameters = 1 << 20;
        float[] x = Values(Short), y = new float[Short];
        yield return Single("exp", $"{Short}", Short * ExpOperations, 2 * Short, _ => set.Exp(x, y));
        yield return Single("sigmoid", $"{Short}", Short * SigmoidOperations, 2 * Short, _ => set.Sigmoid(x, y));
        yield return Single("tanh", $"{Short}", Short * TanhOperations, 2 * Short, _ => set.Tanh(x, y));
        yield return Single("sum", $"{Short}", Short, Short, _ => set.Sum(x));
        yield return Single("dot", $"{Short}", 2 * Short, 2 * Short, _ => set.Dot(x, y));

        float[] logits = Values(Vocabulary), shares = new float[Vocabulary];
        yield return Single("softmax", $"{Vocabulary}", Vocabulary * (ExpOperations + 4), 2 * Vocabulary, _ => set.Softmax(logits, shares));
        yield return Single("log softmax", $"{Vocabulary}", Vocabulary * (ExpOperations + 4), 2 * Vocabulary, _ => set.LogSoftmax(logits, shares));

        float[] matrix = Values(Rows * Vocabulary), sums = new float[Vocabulary];
        yield return Single("column sums", $"{Rows}x{Vocabulary}", Rows * Vocabulary, Rows * Vocabulary, _ => set.AddColumnSums(matrix, Rows, Vocabulary, sums));

        float[] weights = Values(Parameters), gradients = Values(Parameters), mean = new float[Parameters], variance = new float[Parameters];
        var step = new AdamStep(Rate: 1e-3f, Beta1: 0.9f, Beta2: 0.999f, InverseRootCorrection: 1, Epsilon: 1e-8f, Decay: 0, GradientScale: 1);
        yield return Single("adam", $"{Parameters}", 19.0 * Parameters, 7.0 * Parameters, _ => set.AdamStep(weights, gradients, mean, variance, step));
    }

    private static IEnumerable<KernelCase> LstmSteps(KernelSet set)
    {
        foreach ((int batch, int hidden) in ((int, int)[])[(20, 200), (32, 512)])
        {
            int units = batch * hidden;
            float[] fresh = Values(4 * units), gates = new float[4 * units], cell = new float[units], cellTanh = new float[units], output = new float[units];
            float[] cellGradient = new float[units], gateGradient = new float[4 * units];

            // The gates are activated in place, so each call starts from the same pre-activations.
            yield return Single("lstm forward", $"{batch}x{hidden}", units * ((3 * SigmoidOperations) + (2 * TanhOperations) + 6), 12.0 * units, _ =>
            {
                fresh.CopyTo(gates, 0);
                set.LstmForward(batch, hidden, gates, cell, cell, cellTanh, output);
            });
            yield return Single("lstm backward", $"{batch}x{hidden}", 34.0 * units, 13.0 * units, _ =>
                set.LstmBackward(batch, hidden, gates, cell, cellTanh, output, cellGradient, gateGradient));
        }
    }

    private static KernelCase Product(string kernel, int rows, int columns, int depth, Action<Workers> call) => new(
        kernel, $"{rows}x{columns}x{depth}", 2.0 * rows * columns * depth,
        sizeof(float) * (((double)rows * depth) + ((double)depth * columns) + ((double)rows * columns)), IsShared: true, call);

    private static KernelCase Single(string kernel, string shape, double operations, double floats, Action<Workers> call) =>
        new(kernel, shape, operations, sizeof(float) * floats, IsShared: false, call);

    private static float[] Values(int length)
    {
        var random = new Random(length);
        float[] values = new float[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = random.NextSingle() - 0.5f;
        }

        return values;
    }
}
