using Carousel.Runtime.Models;

namespace Carousel.Runtime.Tests.Models;

public sealed class Seq2SeqConfigTests
{
    private static readonly Seq2SeqConfig Plain = new() { SourceVocabularySize = 7, TargetVocabularySize = 9, EmbeddingSize = 2, HiddenSize = 4, Layers = 1 };

    private static readonly Seq2SeqConfig Full = Plain with
    {
        SourceVocabularySize = 9,
        Layers = 2,
        Bidirectional = true,
        Bridge = BridgeKind.Final,
        Attention = AttentionKind.Bahdanau,
        AttentionSize = 3,
        AttentionalSize = 5,
        InputFeeding = true,
        Tied = TiedEmbeddings.All,
    };

    [Fact]
    public void Presets_have_the_published_sizes()
    {
        Assert.Equal(
            [(128, 256, 1), (256, 512, 2), (512, 1024, 4)],
            new[] { Seq2SeqConfig.Small, Seq2SeqConfig.Medium, Seq2SeqConfig.Large }.Select(preset => (preset.EmbeddingSize, preset.HiddenSize, preset.Layers)));
        Assert.Equal((0.1f, 0, AttentionKind.None), (Seq2SeqConfig.Medium.Dropout, Seq2SeqConfig.Medium.PaddingIndex, Seq2SeqConfig.Medium.Attention));
    }

    [Fact]
    public void Parameters_of_the_plain_network()
    {
        Assert.Equal(
            [
                "source_embedding.weight [7, 2]", "target_embedding.weight [9, 2]",
                "encoder.weight_ih_l0 [16, 2]", "encoder.weight_hh_l0 [16, 4]", "encoder.bias_ih_l0 [16]", "encoder.bias_hh_l0 [16]",
                "decoder.weight_ih_l0 [16, 2]", "decoder.weight_hh_l0 [16, 4]", "decoder.bias_ih_l0 [16]", "decoder.bias_hh_l0 [16]",
                "head.weight [9, 4]", "head.bias [9]",
            ],
            Plain.Parameters().Select(parameter => parameter.ToString()));
    }

    [Fact]
    public void Parameters_that_the_switches_add()
    {
        string[] names = [.. Full.Parameters().Select(parameter => parameter.ToString())];

        Assert.DoesNotContain(names, name => name.StartsWith("source_embedding", StringComparison.Ordinal) || name.StartsWith("head.weight", StringComparison.Ordinal));
        foreach (string expected in new[]
        {
            "encoder.weight_hh_l1_reverse [8, 2]", "bridge.weight [16, 4]", "bridge.bias [16]", "decoder.weight_ih_l0 [16, 7]", "attention.weight_query [3, 4]",
            "attention.weight_key [3, 4]", "attention.v [3]", "attention.weight_c [5, 8]", "projection.weight [2, 5]", "head.bias [9]",
        })
        {
            Assert.Contains(expected, names);
        }

        Seq2SeqConfig luong = Full with { Attention = AttentionKind.LuongGeneral, AttentionSize = 0, AttentionalSize = 2 };
        Assert.Contains("attention.weight_a [4, 4]", luong.Parameters().Select(parameter => parameter.ToString()));
        Assert.DoesNotContain("projection.weight", luong.Parameters().Select(parameter => parameter.Name));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Json_gives_the_config_back(bool full)
    {
        ModelConfig config = full ? Full : Plain;

        Assert.Equal(config, ModelJson.Shared.Read<ModelConfig>(ModelJson.Shared.Write(config), "architecture"));
        Assert.Empty(config.Validate());
    }

    [Fact]
    public void Validate_lists_every_problem()
    {
        string problems = string.Join('\n', (Plain with
        {
            HiddenSize = 5,
            Bidirectional = true,
            Dropout = 1,
            BeginIndex = 9,
            EndIndex = 0,
            InputFeeding = true,
            AttentionSize = 3,
            AttentionalSize = 2,
            Tied = TiedEmbeddings.All,
            MaxTargetLength = 0,
        }).Validate());

        foreach (string expected in new[]
        {
            "hidden_size is 5", "dropout is 1", "begin_index is 9, expected 0 … 8", "must differ", "input_feeding is true", "attention_size is 3", "attentional_size is 2", "tied is all",
            "max_target_length is 0",
        })
        {
            Assert.Contains(expected, problems, StringComparison.Ordinal);
        }
    }
}
