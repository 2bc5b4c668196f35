namespace Carousel.Conformance;

/// <summary>Which class runs which kind.</summary>
internal static class CaseRunners
{
    private static readonly Dictionary<string, ICaseRunner> ByKind = Discover();

    /// <summary>Every kind that is implemented.</summary>
    public static IReadOnlyCollection<string> Kinds => ByKind.Keys;

    /// <summary>The class that runs a kind; null when nobody does.</summary>
    public static ICaseRunner? Find(string kind) => ByKind.GetValueOrDefault(kind);

    private static Dictionary<string, ICaseRunner> Discover()
    {
        var found = new Dictionary<string, ICaseRunner>(StringComparer.Ordinal);
        foreach (Type type in typeof(ICaseRunner).Assembly.GetTypes())
        {
            if (!type.IsClass || type.IsAbstract || !type.IsAssignableTo(typeof(ICaseRunner)))
            {
                continue;
            }

            var runner = (ICaseRunner)Activator.CreateInstance(type)!;
            foreach (string kind in runner.Kinds)
            {
                if (!found.TryAdd(kind, runner))
                {
                    throw new InvalidOperationException($"kind '{kind}' is claimed by {found[kind].GetType().Name} and by {type.Name}");
                }
            }
        }

        return found;
    }
}
