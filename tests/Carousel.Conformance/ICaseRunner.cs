namespace Carousel.Conformance;

/// <summary>
/// Computes what the cases of some kinds are about. Every class in this assembly that implements this interface and has a constructor
/// without parameters takes part: adding a kind means adding one file to Cases/.
/// </summary>
internal interface ICaseRunner
{
    /// <summary>The kinds this class knows, as the vectors' `kind` field names them.</summary>
    IReadOnlyCollection<string> Kinds { get; }

    /// <summary>
    /// Computes the case and hands every entry of `expected`, and every gradient where the case has some, to <paramref name="compare"/>.
    /// An entry that is never handed over fails the case; so does a setting in `config` the class cannot honour, by an exception.
    /// </summary>
    void Run(ConformanceCase vector, Comparison compare);
}
