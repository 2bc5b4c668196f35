using System.Globalization;
using System.Text;
using System.Xml;

namespace Carousel.Reports;

/// <summary>Writes HTML and SVG that is also well-formed XML. Everything that comes in as text or attribute is escaped; numbers do not depend on the culture.</summary>
internal sealed class MarkupWriter(XmlWriter xml)
{
    // That of the open element: none in HTML, SVG's inside a drawing.
    private string _namespace = "";

    /// <summary>Begins a drawing of this size; it ends with the returned scope, and everything inside is SVG.</summary>
    /// <param name="width">In pixels; the page scales it.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="description">What it shows, for those who cannot see it.</param>
    public Scope OpenDrawing(double width, double height, string description)
    {
        _namespace = "http://www.w3.org/2000/svg";
        Scope scope = Open("svg", ("viewBox", $"0 0 {Pixel(width)} {Pixel(height)}"), ("role", "img"), ("class", "chart"));
        Text("title", description);
        return scope;
    }

    /// <summary>Begins an element; it ends with the returned scope. Never abbreviated to <c>&lt;div/&gt;</c>, which HTML would read as a beginning.</summary>
    public Scope Open(string name, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        xml.WriteStartElement(name, _namespace);
        WriteAttributes(attributes);
        return new Scope(this, endsDrawing: name == "svg");
    }

    /// <summary>An element without content, such as <c>line</c> or <c>meta</c>.</summary>
    public void Empty(string name, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        xml.WriteStartElement(name, _namespace);
        WriteAttributes(attributes);
        xml.WriteEndElement();
    }

    /// <summary>An element that holds text.</summary>
    public void Text(string name, string text, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        xml.WriteStartElement(name, _namespace);
        WriteAttributes(attributes);
        xml.WriteString(Clean(text));
        xml.WriteFullEndElement();
    }

    /// <summary>Text inside the open element.</summary>
    public void Text(string text) => xml.WriteString(Clean(text));

    /// <summary>Our own markup, written as it stands; never for anything that comes from outside.</summary>
    public void Trusted(string markup) => xml.WriteRaw(markup);

    /// <summary>A coordinate, to a tenth of a pixel.</summary>
    public static string Pixel(double value) => Math.Round(value, 1).ToString(CultureInfo.InvariantCulture);

    private void WriteAttributes(ReadOnlySpan<(string Name, string Value)> attributes)
    {
        foreach ((string name, string value) in attributes)
        {
            xml.WriteAttributeString(name, Clean(value));
        }
    }

    // Control characters and half surrogate pairs are no XML, whatever the escape; a column name may hold them all the same.
    private static string Clean(string text)
    {
        StringBuilder? clean = null;
        for (int i = 0; i < text.Length; i++)
        {
            bool pair = i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i]);
            if (pair)
            {
                clean?.Append(text[i]).Append(text[i + 1]);
                i++;
            }
            else if (XmlConvert.IsXmlChar(text[i]))
            {
                clean?.Append(text[i]);
            }
            else
            {
                clean ??= new StringBuilder(text, 0, i, text.Length);
                clean.Append('\uFFFD');
            }
        }

        return clean?.ToString() ?? text;
    }

    private void End(bool endsDrawing)
    {
        xml.WriteFullEndElement();
        _namespace = endsDrawing ? "" : _namespace;
    }

    /// <summary>An open element; ends it when disposed.</summary>
    public readonly struct Scope(MarkupWriter page, bool endsDrawing) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => page.End(endsDrawing);
    }
}
