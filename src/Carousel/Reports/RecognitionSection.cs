using Carousel.Metrics;

namespace Carousel.Reports;

/// <summary>The part of the page that shows what a recogniser got wrong.</summary>
internal sealed class RecognitionSection(TrainingReport report)
{
    /// <summary>Writes the sections; none when there is nothing to show.</summary>
    public void Write(MarkupWriter page)
    {
        if (report.Recognition is { } panel)
        {
            WriteErrors(page, panel);
            WriteWorst(page, panel);
        }
    }

    private static void WriteErrors(MarkupWriter page, RecognitionPanel panel)
    {
        using (page.Open("section"))
        {
            page.Text("h2", "What it got wrong");
            page.Text("p", $"Edits that turn what was said in the {panel.Split} part into what was heard.", ("class", "lead"));
            using (page.Open("div", ("class", "scroll")))
            using (page.Open("table", ("class", "dense")))
            {
                using (page.Open("thead"))
                {
                    WriteRow(page, "th", ["", "said", "errors", "substitutions", "deletions", "insertions", "error rate"]);
                }

                using (page.Open("tbody"))
                {
                    foreach ((string name, ErrorRate errors) in panel.Errors)
                    {
                        EditCounts counts = errors.Counts;
                        WriteRow(page, "td", [name, .. new[] { errors.ReferenceLength, errors.Errors, counts.Substitutions, counts.Deletions, counts.Insertions }.Select(NumberText.Count), NumberText.Percent(errors.Value)]);
                    }
                }
            }
        }
    }

    private static void WriteWorst(MarkupWriter page, RecognitionPanel panel)
    {
        if (panel.Worst.Count == 0)
        {
            return;
        }

        using (page.Open("section"))
        {
            page.Text("h2", "Utterances with most word errors");
            page.Text("p", "Words that were not heard, or heard and not said, are marked.", ("class", "lead"));
            foreach (MisheardUtterance utterance in panel.Worst)
            {
                string[] said = Words(utterance.Said), heard = Words(utterance.Heard);
                IReadOnlyList<(int Said, int Heard)> aligned = EditAlignment.Of<string>(said, heard);
                HashSet<int> right = [.. aligned.Where(pair => pair is { Said: >= 0, Heard: >= 0 } && said[pair.Said] == heard[pair.Heard]).Select(static pair => pair.Said)];
                HashSet<int> rightlyHeard = [.. aligned.Where(pair => right.Contains(pair.Said)).Select(static pair => pair.Heard)];
                page.Text("h3", $"{utterance.Name}: {NumberText.Count(aligned.Count - right.Count)} errors in {NumberText.Count(said.Length)} words");
                using (page.Open("div", ("class", "facts single")))
                using (page.Open("table"))
                using (page.Open("tbody"))
                {
                    WriteText(page, "said", said, right);
                    WriteText(page, "heard", heard, rightlyHeard);
                }
            }
        }
    }

    private static void WriteText(MarkupWriter page, string name, string[] words, HashSet<int> right)
    {
        using (page.Open("tr"))
        {
            page.Text("td", name);
            using (page.Open("td"))
            {
                if (words.Length == 0)
                {
                    page.Text("em", "nothing");
                }

                for (int at = 0; at < words.Length; at++)
                {
                    page.Text(at == 0 ? "" : " ");
                    if (right.Contains(at))
                    {
                        page.Text(words[at]);
                    }
                    else
                    {
                        page.Text("mark", words[at]);
                    }
                }
            }
        }
    }

    private static void WriteRow(MarkupWriter page, string cell, IEnumerable<string> texts)
    {
        using (page.Open("tr"))
        {
            foreach (string text in texts)
            {
                page.Text(cell, text);
            }
        }
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
