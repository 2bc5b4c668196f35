using System.Buffers.Binary;

namespace Carousel.Tests.Tasks.Transcription;

/// <summary>A language of a few words whose sounds are easily told apart: each character sounds for three frames, with silence between. Written as a corpus of feature files.</summary>
internal sealed class SpokenPatterns
{
    public const int Features = 4;

    public static readonly string[] Words = ["ab", "ba", "cab", "a"];

    private readonly Random _random = new(1);

    /// <summary>A corpus with five speakers of eight utterances to train on and two to test on.</summary>
    public static string Write(string folder)
    {
        var patterns = new SpokenPatterns();
        foreach ((string part, int speakers) in new[] { ("train", 5), ("test", 2) })
        {
            var list = new List<(string Id, string Text)>();
            for (int i = 0; i < speakers * 8; i++)
            {
                string text = string.Join(' ', Enumerable.Range(0, 1 + patterns._random.Next(3)).Select(_ => Words[patterns._random.Next(Words.Length)])), id = $"{part}/speaker{i / 8}/u{i}";
                list.Add((id, text));
                WriteFrames(Path.Combine(folder, "feat", $"{id}.mfc"), patterns.Say(text));
            }

            WriteLists(folder, part, list);
        }

        return folder;
    }

    public static void WriteLists(string folder, string part, IReadOnlyList<(string Id, string Text)> list)
    {
        Directory.CreateDirectory(Path.Combine(folder, "etc"));
        File.WriteAllLines(Path.Combine(folder, "etc", $"toy_{part}.fileids"), list.Select(entry => entry.Id));
        File.WriteAllLines(Path.Combine(folder, "etc", $"toy_{part}.transcription"), list.Select(entry => $"{entry.Text} ({Path.GetFileName(entry.Id)})"));
    }

    public static void WriteFrames(string path, float[] frames)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        byte[] bytes = new byte[4 + (4 * frames.Length)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, frames.Length);
        foreach ((int at, float value) in frames.Index())
        {
            BinaryPrimitives.WriteSingleBigEndian(bytes.AsSpan(4 + (4 * at)), value);
        }

        File.WriteAllBytes(path, bytes);
    }

    public float[] Say(string text)
    {
        var frames = new List<float>();
        foreach (char letter in $"  {text}  ")
        {
            for (int frame = 0; frame < 4; frame++)
            {
                for (int feature = 0; feature < Features; feature++)
                {
                    bool sounds = frame < 3 && feature == " abc".IndexOf(letter, StringComparison.Ordinal);
                    frames.Add((sounds ? 3 : 0) + (0.3f * (_random.NextSingle() - 0.5f)));
                }
            }
        }

        return [.. frames];
    }
}
