using Carousel.Data;

namespace Carousel.Tests.Data;

public sealed class TextLinesTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("a", new[] { "a" })]
    [InlineData("a\nb\n", new[] { "a", "b" })]
    [InlineData("\n\r\nä😀\r\nlast", new[] { "", "", "ä😀", "last" })]
    [InlineData("\ufeffa\n\ufeffb", new[] { "a", "\ufeffb" })]
    public void Next_gives_every_line_however_the_bytes_come(string text, string[] lines)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        for (int atOnce = 1; atOnce <= bytes.Length + 1; atOnce++)
        {
            using var drops = new Drops(bytes, atOnce);
            var reader = new TextLines(drops, "drops");
            Assert.Equal(lines, All(reader));
            Assert.Equal(lines.Length, reader.Line);
        }
    }

    [Fact]
    public void Next_long_lines_and_whether_one_is_there()
    {
        string[] lines = [new string('x', 200_000), "", new string('y', 70_000), "z"];
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        var reader = new TextLines(stream, "long");
        Assert.False(reader.HasLine);
        Assert.Equal(lines, All(reader));
        Assert.False(reader.HasLine);
    }

    [Fact]
    public void Next_what_is_no_text_is_refused_with_its_place()
    {
        using var stream = new MemoryStream([.. "ok\nab"u8, 0xFF, (byte)'\n']);
        var reader = new TextLines(stream, "bytes");
        Assert.Equal("ok", reader.Next());
        Assert.Contains("bytes, line 2: byte 3 of the line is 0xFF, which is not valid UTF-8", Assert.Throws<DataFileException>(reader.Next).Message, StringComparison.Ordinal);
        using var endless = new MemoryStream(new byte[TextLines.LongestLine + 1]);
        Assert.Contains("longer than", Assert.Throws<DataFileException>(new TextLines(endless, "endless").Next).Message, StringComparison.Ordinal);
    }

    private static List<string> All(TextLines reader)
    {
        var lines = new List<string>();
        while (reader.Next() is { } line)
        {
            lines.Add(line);
        }

        return lines;
    }

    private sealed class Drops(byte[] bytes, int atOnce) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, atOnce));
    }
}
