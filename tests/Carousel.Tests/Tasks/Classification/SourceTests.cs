using Carousel.Data;
using Carousel.Tasks.Classification;
using Carousel.Tasks.Classification.Sources;

namespace Carousel.Tests.Tasks.Classification;

/// <summary>What files hold, and what is said about files that do not hold it.</summary>
public sealed class SourceTests : IDisposable
{
    private const string Header = "@problemName Toy\n# comment\n@timeStamps false\n@classLabel true up down\n@data\n";
    private const string Cases = "1,2,3:4,5,6:up\n3,2:6,5:down\n1:4:up\n9,8:7,6:down\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("carousel-sources-").FullName;

    [Fact]
    public void Ts_files_of_a_folder_are_its_parts()
    {
        Write("Toy_TRAIN.ts", Header + Cases);
        Write("Toy_TEST.ts", Header + "5,5,5,5:1,1,1,1:down\n");
        ClassificationData data = new SensorSource { ValidShare = 0.5 }.Read(_folder);

        Assert.Equal(["down", "up"], data.Inputs.Labels);
        Assert.Equal(["dim_0", "dim_1"], data.Inputs.Features);
        Assert.Equal((2, 2, 1), (data.Train.Count, data.Valid.Count, data.Test.Count));
        Assert.Equal([1, 1], data.Train.Labels.GroupBy(label => label).Select(label => label.Count()));
        Assert.Equal([4], Enumerable.Range(0, 1).Select(data.Test.StepsOf));
        Assert.Equal(Scaled(data, 5, 1, 5, 1, 5, 1, 5, 1), data.Test.Values[0]);
    }

    [Theory]
    [InlineData("1,2:3,4:up\n1,2,3:up\n", "line 7: the case has 1 dimensions, expected 2")]
    [InlineData("1,2:3,4:up\n1,2:3:down\n", "line 7: dim_1 has 1 values, expected 2 as dim_0 has")]
    [InlineData("1,2:3,4:left\n", "line 6: the label is 'left', expected one of up, down")]
    [InlineData("1,x:3,4:up\n", "line 6, column 'dim_0': 'x' is not a finite number")]
    [InlineData("1,1e999:3,4:up\n", "line 6, column 'dim_0': '1e999' is not a finite number")]
    [InlineData("1,?:3,4:up\n", "line 6, column 'dim_0': '?' is a missing value (set source.missing")]
    [InlineData(":3,4:up\n", "line 6: dim_0 has no values")]
    [InlineData("", "has no case after @data")]
    public void Broken_ts_file_is_refused_by_line(string cases, string message) => AssertProblem(message, new SensorSource(), Write("Toy_TRAIN.ts", Header + cases));

    [Theory]
    [InlineData("@classLabel true up down\n1,2:up\n", "line 2: found '1,2:up' before @data")]
    [InlineData("@timeStamps true\n@data\n(0,1):up\n", "line 1: the cases have time stamps")]
    [InlineData("@targetLabel true\n@data\n1:2.5\n", "line 1: the cases have numbers to predict")]
    [InlineData("@problemName Toy\n", "has no line @data")]
    public void Ts_file_of_another_kind_is_refused(string text, string message) => AssertProblem(message, new SensorSource(), Write("Toy_TRAIN.ts", text));

    [Fact]
    public void Missing_values_are_filled_within_their_sequence()
    {
        string path = Write("Toy_TRAIN.ts", Header + "1,?,3:4,NaN,?:up\n" + Cases);
        Assert.Equal([1, 4, 2, 4, 3, 4], First(MissingRule.Interpolate));
        Assert.Equal([1, 4, 1, 4, 3, 4], First(MissingRule.Previous));
        Assert.Equal([1, 4], First(MissingRule.Drop));
        Write("Toy_TRAIN.ts", Header + "?,2:?,?:up\n" + Cases);
        AssertProblem("line 6, column 'dim_1': the sequence has no value at all", new SensorSource { Missing = MissingRule.Interpolate }, path);
        AssertProblem("line 6, column 'dim_0': the first value of the sequence is missing", new SensorSource { Missing = MissingRule.Previous }, path);
        AssertProblem("line 6: the sequence has no step with a value for every feature", new SensorSource { Missing = MissingRule.Drop }, path);

        double[] First(MissingRule rule) => SensorFiles.ReadUnlabelled(path, new SensorSource { Missing = rule })[0].Content.Values;
    }

    [Fact]
    public void Folder_for_each_label_index_and_long_table_give_the_same()
    {
        string[] ups = ["a,b\n1,5\n2,5\n", "a,b\n3,5\n4,6\n5,6\n"], downs = ["a,b\n3,1\n", "a,b\n2,2\n1,1\n"];
        string folders = Path.Combine(_folder, "folders"), index = Path.Combine(_folder, "index");
        foreach ((string label, string[] files) in new[] { ("down", downs), ("up", ups) })
        {
            foreach ((int at, string text) in files.Index())
            {
                Write(Path.Combine("folders", label, $"{at}.csv"), text);
                Write(Path.Combine("index", $"{label}{at}.csv"), text);
            }
        }

        Write(Path.Combine("index", "index.csv"), "file,label,part\ndown0.csv,down,train\ndown1.csv,down,train\nup0.csv,up,train\nup1.csv,up,train\n");
        string table = Write("table.csv", "time,sequence,a,b,label\n2026-01-01,d0,3,1,down\n2026-01-01,d1,2,2,down\n2026-01-02,d1,1,1,down\n" +
            "2026-01-01,u0,1,5,up\n2026-01-02,u0,2,5,up\n2026-01-01,u1,3,5,up\n2026-01-02,u1,4,6,up\n2026-01-03,u1,5,6,up\n");

        Example<SensorSequence>[][] all = [.. new[] { folders, index, table }.Select(path => SensorFiles.ReadParts(path, new SensorSource()).Train.ToArray())];
        foreach (Example<SensorSequence>[] examples in all)
        {
            Assert.Equal(["down", "down", "up", "up"], examples.Select(example => example.Label));
            Assert.Equal(["3 1", "2 2 1 1", "1 5 2 5", "3 5 4 6 5 6"], examples.Select(example => string.Join(' ', example.Content.Values)));
            Assert.All(examples, example => Assert.Equal(["a", "b"], example.Content.Features));
        }
    }

    [Fact]
    public void Folders_of_parts_are_the_parts()
    {
        foreach (string part in new[] { "train", "valid", "test" })
        {
            Write(Path.Combine(part, "x", "1.csv"), "a\n1\n");
            Write(Path.Combine(part, "y", "1.csv"), "a\n2\n");
        }

        ClassificationData data = new SensorSource().Read(_folder);
        Assert.Equal((2, 2, 2), (data.Train.Count, data.Valid.Count, data.Test.Count));
    }

    [Theory]
    [InlineData("sequence,a,label\n1,2,x\n1,3,y\n", "line 3, column 'label': sequence '1' has the label 'y' here and 'x' in line 2")]
    [InlineData("sequence,a,label\n1,two,x\n", "line 2, column 'a': 'two' is not a number")]
    [InlineData("sequence,a,label\n", "has a header but no rows")]
    [InlineData("id,a,label\n1,2,x\n", "no column 'sequence'")]
    [InlineData("sequence,a,label\n1,2\n", "line 2: 2 fields, expected 3")]
    [InlineData("sequence,label\n1,x\n", "has no column of numbers")]
    public void Broken_table_is_refused_by_line(string text, string message) => AssertProblem(message, new SensorSource(), Write("t.csv", text));

    [Fact]
    public void Broken_folder_is_refused()
    {
        for (int file = 0; file < 10; file++)
        {
            Write(Path.Combine("unequal", "x", $"{file}.csv"), "a,b\n1,2\n");
            Write(Path.Combine("unequal", "y", $"{file}.csv"), file == 7 ? "a\n1\n" : "a,b\n1,2\n");
        }

        AssertProblem("7.csv: the sequence has 1 features (a), expected 2 as in the training part (a, b)", new SensorSource(), Path.Combine(_folder, "unequal"));
        Write(Path.Combine("none", "x", "1.csv"), "a,b\n");
        AssertProblem("1.csv: has a header but no rows: a sequence of no steps", new SensorSource(), Path.Combine(_folder, "none"));
        Write(Path.Combine("out", "index.csv"), "file,label\n../none/x/1.csv,a\n");
        AssertProblem("index.csv, line 2: there is no file '../none/x/1.csv' in this folder", new SensorSource(), Path.Combine(_folder, "out"));
        Write(Path.Combine("part", "index.csv"), "file,label,part\na.csv,a,exam\n");
        AssertProblem("index.csv, line 2, column 'part': the part is 'exam'", new SensorSource(), Path.Combine(_folder, "part"));
        AssertProblem("no such file or folder", new SensorSource(), Path.Combine(_folder, "nowhere"));
    }

    [Theory]
    [InlineData("x.tsv", "sentence\tlabel\na \"fine\" film\t1\nso dull\t0\n")]
    [InlineData("x.csv", "id,label,text\n7,1,\"a \"\"fine\"\" film\"\n8,0,so dull\n")]
    [InlineData("x.jsonl", "{\"text\":\"a \\\"fine\\\" film\",\"label\":1}\n\n{\"text\":\"so dull\",\"label\":\"0\"}\n")]
    public void Labelled_text_is_read_from_tables_and_json_lines(string name, string text)
    {
        IReadOnlyList<Example<string>> examples = LabelledText.Read(Write(name, text), new TextSource());
        Assert.Equal([("a \"fine\" film", "1"), ("so dull", "0")], examples.Select(example => (example.Content, example.Label)));
    }

    [Theory]
    [InlineData("x.tsv", "sentence\tlabel\n\t1\n", "x.tsv, line 2: the text is empty")]
    [InlineData("x.tsv", "sentence\tlabel\na\t \n", "x.tsv, line 2: the label is empty")]
    [InlineData("x.tsv", "sentence\tlabel\n", "x.tsv: holds no example")]
    [InlineData("x.tsv", "sentence\tlabel\na\t1\t2\n", "x.tsv, line 2: 3 fields, expected 2")]
    [InlineData("x.tsv", "sentence\tclass\na\t1\n", "no column 'label'")]
    [InlineData("x.csv", "a,b,label\n1,2,3\n", "no telling which column holds the text, set source.text_column to one of a, b")]
    [InlineData("x.jsonl", "{\"text\":\"a\",\"label\":1}\n{\"text\":\n", "x.jsonl, line 2: is no JSON object")]
    [InlineData("x.jsonl", "[1]\n", "x.jsonl, line 1: holds a Array, expected an object")]
    [InlineData("x.jsonl", "{\"text\":\"a\"}\n", "x.jsonl, line 1: there is no key 'label', only text")]
    [InlineData("x.jsonl", "{\"text\":[],\"label\":1}\n", "x.jsonl, line 1: 'text' is a Array, expected a text")]
    public void Broken_text_file_is_refused_by_line(string name, string text, string message) => AssertProblem(message, new TextSource(), Write(name, text));

    [Fact]
    public void Unknown_label_in_the_test_part_one_label_only_and_too_few_examples_are_refused()
    {
        Write("train.tsv", "sentence\tlabel\n" + string.Concat(Enumerable.Repeat("a\t1\nb\t0\n", 10)));
        Write("test.tsv", "sentence\tlabel\na\t1\nb\tmaybe\n");
        AssertProblem("test.tsv, line 3: the label 'maybe' does not occur in the training part, which has 0, 1", new TextSource(), _folder);
        Write("train.tsv", "sentence\tlabel\n" + string.Concat(Enumerable.Repeat("a\t1\n", 20)));
        AssertProblem("all 18 training examples have the label '1', expected two or more", new TextSource(), _folder);
        Write("train.tsv", "sentence\tlabel\na\t1\nb\t0\n");
        AssertProblem("2 examples leave none for the validation part", new TextSource(), _folder);
    }

    [Fact]
    public void Parts_are_cut_by_label_always_the_same_and_numbers_are_sorted_by_size()
    {
        string path = Write("all.tsv", "sentence\tlabel\n" + string.Concat(Enumerable.Range(0, 120).Select(at => $"w{at}\t{(at % 3 == 0 ? 10 : 9)}\n")));
        ClassificationData data = new TextSource().Read(path), again = new TextSource().Read(path);
        Assert.Equal(["9", "10"], data.Inputs.Labels);
        Assert.Equal((96, 12, 12), (data.Train.Count, data.Valid.Count, data.Test.Count));
        Assert.Equal([8, 4], data.Test.Labels.GroupBy(label => label).OrderBy(label => label.Key).Select(label => label.Count()));
        Assert.Equal(data.Test.Values, again.Test.Values);

        // A trained model's inputs are kept, and its words are those of its own training part.
        ClassificationData later = new TextSource().Read(Write("test.tsv", "sentence\tlabel\nw0 new\t10\n"), data.Inputs);
        Assert.Same(data.Inputs, later.Inputs);
        Assert.Equal((0, 1), (later.Train.Count, later.Test.Count));
        Assert.Equal(data.Inputs.Tokenizer!.IdOf("<unk>"), later.Test.Values[0][1]);
    }

    [Theory]
    [InlineData("BasicMotions", 6, 4, 100, 100)]
    [InlineData("JapaneseVowels", 12, 9, 7, 29)]
    [InlineData("PickupGestureWiimoteZ", 1, 10, 29, 361)]
    public void Archive_is_read_whole(string name, int features, int labels, int shortest, int longest)
    {
        string train = SharedFolder.DataFile($"ucr-uea/{name}/{name}_TRAIN.ts");
        ClassificationData data = new SensorSource().Read(Path.GetDirectoryName(train)!);
        Assert.Equal((features, labels), (data.Inputs.Features.Count, data.Inputs.Labels.Count));
        int[] lengths = [.. new[] { data.Train, data.Valid, data.Test }.SelectMany(part => Enumerable.Range(0, part.Count).Select(part.StepsOf))];
        Assert.Equal((shortest, longest), (lengths.Min(), lengths.Max()));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static float[] Scaled(ClassificationData data, params double[] rows)
    {
        float[] scaled = new float[rows.Length];
        data.Inputs.Scaler!.Scale(rows, scaled);
        return scaled;
    }

    private static void AssertProblem(string message, SequenceSource source, string path) =>
        Assert.Contains(message, Assert.Throws<DataFileException>(() => source.Read(path)).Message, StringComparison.Ordinal);

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
