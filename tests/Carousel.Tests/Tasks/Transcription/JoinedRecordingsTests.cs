using Carousel.Data;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Tasks.Transcription;

namespace Carousel.Tests.Tasks.Transcription;

public sealed class JoinedRecordingsTests : IDisposable
{
    private static readonly AudioFeaturesConfig Features = new() { SampleRate = 8000, Mels = 10 };
    private static readonly JoinedRecordings Joined = new()
    {
        Words = new Dictionary<string, string> { ["1"] = "one" },
        TrainCount = 40,
        ValidCount = 10,
        TestCount = 20,
        MostWords = 3,
        ShortestGapMs = 30,
        LongestGapMs = 60,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("carousel-joined-").FullName;

    // Every sample of a recording is its number, so that joined audio tells what it is made of.
    public JoinedRecordingsTests()
    {
        for (int at = 0; at < 40; at++)
        {
            string name = $"{at % 2}_{(at < 20 ? "ann" : "bob")}_{at % 20 / 2}.wav";
            WaveWriter.Write(Path.Combine(_folder, "recordings", name), [.. Enumerable.Repeat((at + 1) / 64f, 1600)], 8000);
        }
    }

    [Fact]
    public void Read_same_seed_gives_the_same_utterances_and_another_others()
    {
        SpeechCorpus one = Joined.Read(_folder, Features), same = Joined.Read(_folder, Features), other = (Joined with { Seed = 2 }).Read(_folder, Features);
        Assert.Equal((40, 10, 20), (one.Train.Count, one.Valid.Count, one.Test.Count));
        Assert.Equal(Texts(one), Texts(same));
        Assert.All(one.Train.Zip(same.Train), pair => Assert.Equal(pair.First.Frames, pair.Second.Frames));
        Assert.NotEqual(Texts(one), Texts(other));
    }

    [Fact]
    public void Read_joins_recordings_of_one_speaker_and_one_part_with_silence_between()
    {
        SpeechCorpus corpus = Joined.Read(_folder, Features);
        var counts = new HashSet<int>();
        foreach ((IReadOnlyList<Utterance> part, Func<int, bool> belongs) in new (IReadOnlyList<Utterance>, Func<int, bool>)[]
        {
            (corpus.Train, index => index > 7), (corpus.Valid, index => index is >= 5 and <= 7), (corpus.Test, index => index <= 4),
        })
        {
            foreach (Utterance utterance in part)
            {
                (int Value, int Length)[] runs = [.. Runs(utterance.Clip!.Samples.ToArray())];
                Assert.All(runs.Where((_, at) => at % 2 == 0), gap => Assert.True(gap.Value == 0 && gap.Length is >= 240 and <= 480));
                int[] recordings = [.. runs.Where((_, at) => at % 2 == 1).SelectMany(run => Enumerable.Repeat(run.Value - 1, run.Length / 1600))];
                Assert.All(recordings, recording => Assert.True(belongs(recording % 20 / 2) && (recording < 20 ? "ann" : "bob") == utterance.Speaker));
                Assert.Equal(utterance.Text, string.Join(' ', recordings.Select(recording => recording % 2 == 1 ? "one" : "0")));
                counts.Add(recordings.Length);
            }
        }

        Assert.Equal([1, 2, 3], counts.Order());
    }

    [Fact]
    public void Read_part_without_recordings_and_name_without_label_are_refused()
    {
        Assert.Contains("no recording is in the test part", Assert.Throws<DataFileException>(() => (Joined with { TestPattern = "nothing" }).Read(_folder, Features)).Message, StringComparison.Ordinal);
        Assert.Contains("there is no label in the name", Assert.Throws<DataFileException>(() => (Joined with { LabelPattern = "(?<label>[5-9])_" }).Read(_folder, Features)).Message, StringComparison.Ordinal);
        Assert.Throws<DataFileException>(() => Joined.Read(_folder, Features with { Kind = AudioFeatureKind.Precomputed }));
        Assert.Throws<DataFileException>(() => Joined.Read(Path.Combine(_folder, "none"), Features));
    }

    [Fact]
    public void Validate_names_every_problem()
    {
        Assert.Empty(Joined.Validate());
        var broken = new JoinedRecordings { LabelPattern = "x", ValidPattern = "(", TrainCount = 0, MostWords = 101, ShortestGapMs = 5, LongestGapMs = 1 };
        Assert.Equal(["label_pattern", "valid_pattern", "train_count", "most_words", "shortest_gap_ms"], broken.Validate().Select(problem => problem.Split(' ')[0]));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static IEnumerable<string> Texts(SpeechCorpus corpus) => corpus.Train.Concat(corpus.Valid).Concat(corpus.Test).Select(utterance => $"{utterance.Name} {utterance.Text}");

    private static IEnumerable<(int Value, int Length)> Runs(float[] samples)
    {
        for (int start = 0; start < samples.Length;)
        {
            int end = Array.FindIndex(samples, start, sample => sample != samples[start]);
            end = end < 0 ? samples.Length : end;
            yield return ((int)Math.Round(samples[start] * 64), end - start);
            start = end;
        }
    }
}
