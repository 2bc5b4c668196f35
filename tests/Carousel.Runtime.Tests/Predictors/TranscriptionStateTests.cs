using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Models;
using Carousel.Runtime.Predictors;
using Carousel.Runtime.Streams;
using Carousel.Runtime.Tests.Kernels;
using Carousel.Runtime.Tests.Models;

namespace Carousel.Runtime.Tests.Predictors;

public sealed class TranscriptionStateTests
{
    private const int Rate = 8000;

    private static readonly CharacterTokenizer Labels = new([" ", "A", "B"]);
    private static readonly float[] First = Sound(1, 5000), Second = Sound(2, 7001), Other = Sound(3, 6000);

    /// <summary>Ways of decoding and listening: search, language model, both directions, another sample rate.</summary>
    public static TheoryData<string, bool, int> Ways => new()
    {
        { "greedy", false, Rate },
        { "search", false, 11025 },
        { "ngram", false, Rate },
        { "character", false, Rate },
        { "word", false, 16000 },
        { "greedy", true, Rate },
        { "word", true, 11025 },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_fork_in_the_middle_of_an_utterance_hears_what_it_would_hear_alone(string decoding, bool bothDirections, int rate)
    {
        using var way = new Way(decoding, bothDirections);
        Transcript both = way.Hear(rate, [.. First, .. Second]), other = way.Hear(rate, [.. First, .. Other]);
        Assert.NotEqual(both.Score, other.Score);
        using TranscriptionStream stream = way.Transcriber.OpenStream(rate);
        stream.Push(First);
        stream.Partial();
        TranscriptionState state = stream.Snapshot();
        using TranscriptionStream fork = way.Transcriber.OpenStream(state), used = way.Transcriber.OpenStream(rate);
        Assert.Equal(state, fork.Snapshot());
        fork.Push(Other);
        stream.Push(Second);
        AssertSame(other, fork.Finish());
        AssertSame(both, stream.Finish());

        // Whatever a stream has heard before it goes on from a state.
        used.Push(Other);
        used.Finish();
        used.Push(Second);
        used.Restore(state);
        Assert.Equal((way.StepsOf(state), state), (way.StepsOf(used.Snapshot()), used.Snapshot()));
        used.Push(Second);
        AssertSame(both, used.Finish());
    }

    [Theory]
    [InlineData("search", 8000)]
    [InlineData("word", 8000)]
    [InlineData("ngram", 44100)]
    public void Any_pieces_of_audio_give_the_text_and_bits_of_the_whole_recording(string decoding, int rate)
    {
        using var way = new Way(decoding, bothDirections: false);
        float[] samples = [.. First, .. Second, .. Other];
        Transcript whole = way.Transcriber.Transcribe(new AudioClip(samples, rate));
        Assert.NotEmpty(whole.Words);
        foreach (int piece in new[] { 1, 7, 160, 1000, samples.Length })
        {
            using TranscriptionStream stream = way.Transcriber.OpenStream(rate);
            for (int at = 0; at < samples.Length; at += piece)
            {
                stream.Push(samples.AsSpan(at, Math.Min(piece, samples.Length - at)));
            }

            AssertSame(whole, stream.Finish());
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void States_are_equal_when_the_same_was_heard_in_whatever_pieces(string decoding, bool bothDirections, int rate)
    {
        using var way = new Way(decoding, bothDirections);
        using TranscriptionStream whole = way.Transcriber.OpenStream(rate), pieces = way.Transcriber.OpenStream(rate);
        TranscriptionState fresh = whole.Snapshot();
        whole.Push(First);
        for (int at = 0; at < First.Length; at += 7)
        {
            pieces.Push(First.AsSpan(at, Math.Min(7, First.Length - at)));
        }

        pieces.Partial();
        Assert.Equal(whole.Snapshot(), pieces.Snapshot());
        Assert.Equal(whole.Snapshot().GetHashCode(), pieces.Snapshot().GetHashCode());
        Assert.NotEqual(fresh, whole.Snapshot());
        pieces.Push(Other.AsSpan(0, 1));
        Assert.NotEqual(whole.Snapshot(), pieces.Snapshot());
        whole.Finish();
        Assert.Equal(fresh, whole.Snapshot());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_state_saved_and_loaded_is_the_same(string decoding, bool bothDirections, int rate)
    {
        using var folder = new TemporaryFolder();
        using var way = new Way(decoding, bothDirections);
        using TranscriptionStream stream = way.Transcriber.OpenStream(rate);
        stream.Push(First);
        stream.Snapshot().Save(folder["state"]);
        var loaded = TranscriptionState.Load(folder["state"], way.Transcriber);
        Assert.Equal(stream.Snapshot(), loaded);
        using TranscriptionStream again = way.Transcriber.OpenStream(loaded);
        again.Push(Second);
        AssertSame(way.Hear(rate, [.. First, .. Second]), again.Finish());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_damaged_state_is_refused_and_breaks_nothing(string decoding, bool bothDirections, int rate)
    {
        using var way = new Way(decoding, bothDirections);
        using TranscriptionStream stream = way.Transcriber.OpenStream(rate);
        stream.Push(First);
        TranscriptionState sound = stream.Snapshot();
        var random = new Random(4);
        int refused = 0;
        for (int trial = 0; trial < 60; trial++)
        {
            byte[] bytes = [.. sound.Bytes];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                // Counts and places are long; flipping a high bit makes them wild.
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            }

            bytes = trial % 10 == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
            using var file = new MemoryStream();
            new TranscriptionState(sound.Settings, sound.SampleRate, sound.Chunks, bytes).Write(file);
            file.Position = 0;
            try
            {
                using TranscriptionStream other = way.Transcriber.OpenStream(TranscriptionState.Read(file, "test", way.Transcriber));
                other.Push(Second);
                other.Finish();
            }
            catch (ModelFileException e)
            {
                Assert.Contains("is not sound", e.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.True(refused >= 6, $"{refused} were refused");
    }

    [Fact]
    public void A_state_of_another_transcriber_or_way_of_listening_is_refused()
    {
        using var folder = new TemporaryFolder();
        using Way greedy = new("greedy", false), words = new("word", false), both = new("greedy", true);
        using TranscriptionStream stream = greedy.Transcriber.OpenStream();
        TranscriptionState state = stream.Snapshot();
        using TranscriptionStream faster = greedy.Transcriber.OpenStream(16000), searching = words.Transcriber.OpenStream(), chunks = both.Transcriber.OpenStream(chunks: new ChunkedListening { ChunkSeconds = 0.1 });
        Assert.Contains("at 8000 Hz, step by step, but this one is at 16000 Hz", Assert.Throws<ArgumentException>(() => faster.Restore(state)).Message, StringComparison.Ordinal);
        Assert.Contains("another transcriber", Assert.Throws<ArgumentException>(() => searching.Restore(state)).Message, StringComparison.Ordinal);
        Assert.Contains("ChunkSeconds = 0.1", Assert.Throws<ArgumentException>(() => chunks.Restore(state)).Message, StringComparison.Ordinal);
        state.Save(folder["state"]);
        Assert.Contains("another transcriber", Assert.Throws<ModelFileException>(() => TranscriptionState.Load(folder["state"], words.Transcriber)).Message, StringComparison.Ordinal);
        Assert.Contains("no saved state of a transcriber", Assert.Throws<ModelFileException>(() => TranscriptionState.Load(Save(RecurrentLanguageModelTests.File(Labels)), greedy.Transcriber)).Message, StringComparison.Ordinal);

        string Save(ModelFile file)
        {
            file.Save(folder["model"]);
            return folder["model"];
        }
    }

    private static void AssertSame(Transcript expected, Transcript found)
    {
        Assert.Equal(expected.Text, found.Text);
        Assert.Equal(expected.Words, found.Words);
        Assert.Equal(expected.Score, found.Score);
    }

    // Noise whose loudness comes and goes, so that different labels are heard.
    private static float[] Sound(int seed, int samples)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, samples).Select(i => (float)((random.NextDouble() - 0.5) * (1 + Math.Sin(i * 0.002 * seed)) * Math.Cos(i * 0.1 * seed)))];
    }

    /// <summary>A transcriber of random weights, and how it decodes.</summary>
    private sealed class Way : IDisposable
    {
        private readonly RecurrentLanguageModel? _model;

        public Way(string decoding, bool bothDirections)
        {
            var features = new AudioFeaturesConfig { SampleRate = Rate, Mels = 8, Deltas = 1, Stack = 2 };
            LayerConfig network = new SequentialConfig(new LstmConfig(features.StepFeatures, 10) { Bidirectional = bothDirections }, new LstmConfig(bothDirections ? 20 : 10, 10));
            var config = new TranscriberConfig { Features = features, Labels = Labels.Count, Network = network };
            var scaler = new StandardScaler([.. features.FeatureNames], [.. features.FeatureNames.Select(_ => -4.0)], [.. features.FeatureNames.Select(_ => 2.0)]);
            var file = new ModelFile(config, config.Parameters().Select((parameter, i) => StoredTensor.FromSingles(parameter.Name, parameter.Shape, Sets.Values((int)parameter.Count, i + 1))), scaler, tokenizer: Labels);
            ILanguageModel? model = decoding switch
            {
                "ngram" => ArpaText.Read("\\data\\\nngram 1=4\nngram 2=1\n\n\\1-grams:\n-0.9\t</s>\n-0.5\tA\t-0.4\n-1.1\tAB\n-2\t<unk>\n\n\\2-grams:\n-0.3\tA AB\n\n\\end\\\n", "test"),
                "character" or "word" => _model = RecurrentLanguageModelTests.Model(decoding == "word" ? TextUnit.Word : TextUnit.Character, Precision.Float32),
                _ => null,
            };
            Transcriber = Transcriber.From(file, "test", new TranscriberOptions { Greedy = decoding == "greedy", LanguageModel = model, Search = new CtcSearchConfig { Width = 6 }, HotWords = decoding == "search" ? ["ABBA"] : [] });
        }

        public Transcriber Transcriber { get; }

        public Transcript Hear(int rate, float[] samples)
        {
            using TranscriptionStream stream = Transcriber.OpenStream(rate);
            stream.Push(samples);
            return stream.Finish();
        }

        /// <summary>Seconds that a stream in this state has heard: more than none.</summary>
        public double StepsOf(TranscriptionState state)
        {
            using TranscriptionStream stream = Transcriber.OpenStream(state);
            return stream.Seconds;
        }

        public void Dispose()
        {
            Transcriber.Dispose();
            _model?.Dispose();
        }
    }
}
