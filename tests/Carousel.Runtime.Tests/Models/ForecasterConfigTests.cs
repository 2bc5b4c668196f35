using Carousel.Runtime.Models;

namespace Carousel.Runtime.Tests.Models;

public sealed class ForecasterConfigTests
{
    private static readonly ForecasterConfig Sound = new()
    {
        Window = 336,
        Horizon = 24,
        Patch = 24,
        Targets = ["OT", "MULL"],
        Covariates = ["HUFL"],
        Normalisation = WindowNormalisation.Window,
        Quantiles = [0.1, 0.5, 0.9],
        Network = new SequentialConfig(new LstmConfig(72, 64), new DropoutConfig(64, 0.1f)),
        DateColumn = "date",
        Frequency = "15min",
        SeasonLength = 96,
    };

    [Fact]
    public void Read_of_written_config_gives_equal_config()
    {
        Assert.Empty(Sound.Validate());
        string json = ModelJson.Shared.Write<ModelConfig>(Sound);
        Assert.StartsWith("""{"task":"forecast","window":336,""", json, StringComparison.Ordinal);
        Assert.Equal(Sound, ModelJson.Shared.Read<ModelConfig>(json, "test"));
    }

    [Fact]
    public void Read_with_keys_left_out_takes_the_defaults()
    {
        var read = (ForecasterConfig)ModelJson.Shared.Read<ModelConfig>("""{"targets":["OT"],"task":"forecast","network":{"type":"gru","hidden_size":8}}""", "test");
        Assert.Equal(new ForecasterConfig { Targets = ["OT"], Network = new GruConfig(0, 8) }, read);
        Assert.Equal((96, 24, WindowNormalisation.LastValue), (read.Window, read.Horizon, read.Normalisation));
    }

    [Fact]
    public void Equals_sees_every_field()
    {
        ForecasterConfig[] others =
        [
            Sound with { Window = 48 }, Sound with { Horizon = 25 }, Sound with { Patch = 12 }, Sound with { Targets = ["OT"] }, Sound with { Covariates = [] },
            Sound with { Normalisation = WindowNormalisation.None }, Sound with { Quantiles = [] }, Sound with { Network = new LstmConfig(72, 64) },
            Sound with { DateColumn = null }, Sound with { Frequency = "1h" }, Sound with { SeasonLength = 1 },
        ];
        Assert.All(others, other => Assert.NotEqual(Sound, other));
        Assert.Equal(others.Length, typeof(ForecasterConfig).GetProperties().Count(property => property.CanWrite));
        Assert.Equal(Sound, Sound with { Targets = ["OT", "MULL"] });
    }

    [Fact]
    public void Parameters_are_those_of_network_and_head()
    {
        Assert.Equal(
            "network.0.weight_ih_l0 [256, 72]; network.0.weight_hh_l0 [256, 64]; network.0.bias_ih_l0 [256]; network.0.bias_hh_l0 [256]; head.weight [144, 64]; head.bias [144]",
            string.Join("; ", Sound.Parameters()));
        Assert.Equal((3, 72, 14, 3, 144), (Sound.Features, Sound.StepFeatures, Sound.Steps, Sound.OutputsPerValue, Sound.HeadSize));
    }

    public static TheoryData<ForecasterConfig, string> Unsound => new()
    {
        { Sound with { Window = 0 }, "window is 0, expected 1 … 1048576" },
        { Sound with { Horizon = -1 }, "horizon is -1, expected 1 … 1048576" },
        { Sound with { Patch = 0 }, "patch is 0, expected 1 … 1048576" },
        { Sound with { Patch = 25, Network = new LstmConfig(75, 64) }, "window is 336, expected a multiple of patch 25" },
        { Sound with { Targets = [] }, "targets is empty, expected at least one column name" },
        { Sound with { Targets = ["OT", " "] }, "targets and covariates hold an empty name" },
        { Sound with { Covariates = ["OT"] }, "column 'OT' stands more than once among targets and covariates" },
        { Sound with { DateColumn = "OT" }, "date_column 'OT' is also a target or covariate" },
        { Sound with { Frequency = "hourly" }, "frequency is 'hourly', expected a number and one of s, min, h, d, w, month, year, e.g. 1h" },
        { Sound with { Frequency = "0h" }, "frequency is '0h'" },
        { Sound with { Frequency = "1" }, "frequency is '1'" },
        { Sound with { Frequency = "" }, "frequency is ''" },
        { Sound with { SeasonLength = 0 }, "season_length is 0" },
        { Sound with { Normalisation = (WindowNormalisation)7 }, "normalisation is 7, expected none or last_value or window" },
        { Sound with { Quantiles = [0.5, 1] }, "quantiles are 0.5, 1, expected each within (0, 1)" },
        { Sound with { Quantiles = [double.NaN] }, "quantiles are NaN, expected each within (0, 1)" },
        { Sound with { Quantiles = [0.5, 0.1] }, "quantiles are 0.5, 0.1, expected them to rise" },
        { Sound with { Network = new LstmConfig(71, 64) }, "network takes 71 features, expected patch 24 × 3 columns = 72" },
        { Sound with { Network = new LstmConfig(72, 0) }, "network.hidden_size is 0" },
        { Sound with { Horizon = 1 << 20, Targets = [.. Enumerable.Range(0, 30).Select(i => $"{i}")] }, "horizon × targets × quantiles is 94371840, expected at most 16777216" },
    };

    [Theory]
    [MemberData(nameof(Unsound))]
    public void Validate_of_unsound_config_says_why(ForecasterConfig config, string expected) =>
        Assert.Contains(config.Validate(), problem => problem.StartsWith(expected, StringComparison.Ordinal));

    [Fact]
    public void Validate_lists_every_problem_at_once() =>
        Assert.Equal(5, (Sound with { Window = 0, Horizon = 0, Quantiles = [2, 1], Network = new LstmConfig(72, 0) }).Validate().Count());
}
