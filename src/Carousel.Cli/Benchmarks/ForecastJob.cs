using Carousel.Autograd;
using Carousel.Losses;
using Carousel.Numerics;
using Carousel.Runtime.Models;
using Carousel.Tasks.Forecasting;

namespace Carousel.Cli.Benchmarks;

/// <summary>A small forecaster: 7 columns, 96 time steps, one layer of 64 units, one value ahead.</summary>
internal sealed class ForecastJob : TrainingJob
{
    private const int Inputs = 7, Hidden = 64, Steps = 96, Batch = 32;

    private readonly ForecastNetwork _network;
    private readonly Tensor _windows, _truth;

    public ForecastJob()
        : base("forecaster", "samples", Batch)
    {
        _network = new ForecastNetwork(
            new ForecasterConfig
            {
                Window = Steps, Horizon = 1, Targets = ["y"], Covariates = [.. Enumerable.Range(1, Inputs - 1).Select(static column => $"x{column}")], Network = new LstmConfig(Inputs, Hidden),
            },
            new RandomSource(0));
        _windows = Tensor.From(Numbers(0, Steps * Batch * Inputs), Steps, Batch, Inputs);
        _truth = Tensor.From(Numbers(1, Batch), Batch, 1);
        Start();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Parameter Parameter)> Parameters => _network.Parameters;

    /// <inheritdoc/>
    protected override double MultiplyAdds => Batch * (((double)Steps * MatrixWeights((LstmConfig)_network.Config.Network)) + Hidden);

    /// <inheritdoc/>
    public override Tensor Loss(Tape tape) => tape.SquaredError(_network.Forward(tape, _windows), _truth);
}
