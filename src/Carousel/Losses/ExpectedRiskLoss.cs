using Carousel.Autograd;
using Carousel.Numerics;

namespace Carousel.Losses;

/// <summary>What a model is expected to lose by its own answers: minimum risk training (Shen et al. 2016), over the candidates of a search (Edunov et al. 2018).</summary>
public static class ExpectedRiskLoss
{
    /// <summary>Σ_k q_k·Δ_k in the mean over the groups, with q = softmax(−Σ_t ℓ_tk / d_k) over the candidates k of a group.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="terms">ℓ [T, R], −ln p of every token of every candidate; 0 where a candidate is padded.</param>
    /// <param name="costs">Δ, what each candidate costs [R].</param>
    /// <param name="divisors">d, what the log-probability of each candidate is divided by [R], above 0: its length, so that short candidates are not preferred; less to make q sharper.</param>
    /// <param name="groups">Candidates in each group, 1 or more; those of a group stand side by side.</param>
    /// <returns>A single number, in the unit of the costs.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit, or a divisor is not above 0.</exception>
    public static Tensor ExpectedRisk(this Tape tape, Tensor terms, IReadOnlyList<float> costs, IReadOnlyList<float> divisors, IReadOnlyList<int> groups)
    {
        ArgumentNullException.ThrowIfNull(tape);
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(costs);
        ArgumentNullException.ThrowIfNull(divisors);
        ArgumentNullException.ThrowIfNull(groups);
        if (terms.Rank != 2 || terms.Shape[1] != costs.Count || divisors.Count != costs.Count)
        {
            throw new ArgumentException($"expected risk: terms must be [T, {costs.Count}] beside {costs.Count} costs and as many divisors, found {terms} and {divisors.Count} divisors", nameof(terms));
        }

        if (groups.Any(count => count < 1) || groups.Sum() != costs.Count)
        {
            throw new ArgumentException($"expected risk: groups must be positive numbers that add up to {costs.Count}, found [{string.Join(", ", groups)}]", nameof(groups));
        }

        if (divisors.Any(divisor => !(divisor > 0)))
        {
            throw new ArgumentException($"expected risk: divisors must be above 0, found {divisors.First(divisor => !(divisor > 0))}", nameof(divisors));
        }

        Tensor risk = tape.Empty();
        float[] slopes = new float[costs.Count]; // ∂risk/∂ℓ_tk, the same for every t
        risk.Values[0] = (float)MeanRisk(Scores(terms, divisors), costs, divisors, groups, slopes);
        tape.Record("expected risk", [risk], [terms], () =>
        {
            Span<float> gradient = tape.GradientOf(terms);
            for (int at = 0; at < gradient.Length; at++)
            {
                gradient[at] += risk.Gradient[0] * slopes[at % slopes.Length];
            }
        });
        return risk;
    }

    // s_k = −Σ_t ℓ_tk / d_k being the scores, ∂risk/∂s_k = q_k·(Δ_k − risk), of which each ℓ_tk has −1/d_k.
    private static double MeanRisk(double[] scores, IReadOnlyList<float> costs, IReadOnlyList<float> divisors, IReadOnlyList<int> groups, float[] slopes)
    {
        double total = 0;
        int first = 0;
        foreach (int count in groups)
        {
            int[] members = [.. Enumerable.Range(first, count)];
            double largest = members.Max(k => scores[k]), sum = members.Sum(k => Math.Exp(scores[k] - largest));
            double Share(int k) => Math.Exp(scores[k] - largest) / sum;
            double risk = members.Sum(k => Share(k) * costs[k]);
            foreach (int k in members)
            {
                slopes[k] = (float)(-Share(k) * (costs[k] - risk) / divisors[k] / groups.Count);
            }

            total += risk;
            first += count;
        }

        return total / groups.Count;
    }

    private static double[] Scores(Tensor terms, IReadOnlyList<float> divisors)
    {
        double[] scores = new double[divisors.Count];
        for (int at = 0; at < terms.Length; at++)
        {
            scores[at % scores.Length] -= terms.Values[at];
        }

        for (int k = 0; k < scores.Length; k++)
        {
            scores[k] /= divisors[k];
        }

        return scores;
    }
}
