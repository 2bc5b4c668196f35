using Carousel.Data;
using Carousel.Runtime.Decoding;
using Carousel.Runtime.Inputs;

namespace Carousel.Tests.Data;

public sealed class NGramFitTests
{
    private static readonly string[][] Sentences =
    [
        .. new[] { "a b c", "a b", "a c b a", "c", "b b b c a", "a b c", "", "c a b a b", "d a b c", "a b c d e" }.Select(text => LabelText.Split(text, TextUnit.Word).ToArray()),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void After_every_history_the_probabilities_of_all_tokens_add_up_to_one(int order)
    {
        NGramModel model = NGramFit.Of(Sentences, TextUnit.Word, order);
        string[] tokens = [.. model.Tokens.Where(token => token != NGramModel.Begin)];
        foreach (string[] history in Sentences.Append(["e", "e"]).Append(["zebra", "a"]).SelectMany(sentence => Enumerable.Range(0, sentence.Length + 1).Select(length => sentence[..length])))
        {
            int state = model.Start;
            foreach (string token in history)
            {
                model.Score(state, model.IdOf(token), out state);
            }

            Assert.Equal(1, tokens.Sum(token => Math.Exp(model.Score(state, model.IdOf(token), out _))), 1e-5);
        }
    }

    [Fact]
    public void Bigrams_are_those_of_the_equations()
    {
        // "x y" twice and "x z" once: too little for discounts from counts, so those are 0.5, 1 and 1.
        NGramModel model = NGramFit.Of([["x", "y"], ["x", "y"], ["x", "z"]], TextUnit.Word, 2);

        // Different tokens before: x 1, y 1, z 1, </s> 2 of 5; n1 = 3 and n2 = 1 give D1 = 1 − 2·0.6/3 = 0.6, D2 = 2 by the missing n3, so 1 instead.
        double gamma1 = ((3 * 0.6) + 1) / 5, even = 1.0 / 5, y1 = (0.4 / 5) + (gamma1 * even), z1 = y1, end1 = (1.0 / 5) + (gamma1 * even);

        // Bigrams: <s> x 3, x y 2, x z 1, y </s> 2, z </s> 1; n1 = 2, n2 = 2, n3 = 1: Y = 1/3, D1 = 1/3, D2 = 2 − 3·(1/3)·(1/2) = 1.5, D3 = 3 − 0, out of range: 1.
        double d1 = 1.0 / 3, d2 = 1.5, gamma = (d1 + d2) / 3;
        Check("x", "y", ((2 - d2) / 3) + (gamma * y1));
        Check("x", "z", ((1 - d1) / 3) + (gamma * z1));
        Check("x", NGramModel.End, gamma * end1);
        Check("y", NGramModel.End, ((2 - d2) / 2) + (d2 / 2 * end1));

        void Check(string history, string token, double expected)
        {
            model.Score(model.Start, model.IdOf(history), out int state);
            Assert.Equal(Math.Log(expected), model.Score(state, model.IdOf(token), out _), 1e-5);
        }
    }

    [Fact]
    public void What_was_said_is_likelier_than_the_same_words_in_another_order()
    {
        NGramModel model = NGramFit.Of(Sentences, TextUnit.Word, 3);
        Assert.True(Score("a b c") > Score("c b a") + 2);
        Assert.True(Score("a b") > Score("a zebra") + 1);

        double Score(string text) => model.ScoreText(LabelText.Split(text, TextUnit.Word).Select(model.IdOf));
    }
}
