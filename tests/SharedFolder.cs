namespace Carousel.Tests.Shared;

/// <summary>Finds the folders that stand beside the repository and are never part of it: data sets and reference vectors.</summary>
internal static class SharedFolder
{
    /// <summary>The data sets: CAROUSEL_DATA, else ../shared/data beside the repository.</summary>
    public static string? Data => Find("CAROUSEL_DATA", "data");

    /// <summary>The reference vectors: CAROUSEL_VECTORS, else ../shared/conformance/vectors beside the repository.</summary>
    public static string? Vectors => Find("CAROUSEL_VECTORS", Path.Combine("conformance", "vectors"));

    /// <summary>The path of a file of the data sets; skips the test when it is absent, and fails it on a build server (CI=true).</summary>
    /// <param name="name">Path below the data folder, such as ett/ETTh1.csv.</param>
    public static string DataFile(string name)
    {
        string? path = Data is { } folder ? Path.Combine(folder, name) : null;
        return path is not null && File.Exists(path)
            ? path
            : throw Absent($"{name} not found below CAROUSEL_DATA ({Data ?? "no such folder"})");
    }

    /// <summary>Ends a test for want of a shared file: skipped on a desk, failed where CI=true says that everything must be there.</summary>
    /// <param name="reason">What is missing.</param>
    public static Exception Absent(string reason)
    {
        if (string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
        {
            Assert.Fail(reason);
        }

        Assert.Skip(reason);
        return new InvalidOperationException(reason);
    }

    private static string? Find(string variable, string name)
    {
        string? given = Environment.GetEnvironmentVariable(variable);
        string folder = string.IsNullOrEmpty(given) ? Path.Combine(RepositoryRoot(), "..", "shared", name) : given;
        return Directory.Exists(folder) ? Path.GetFullPath(folder) : null;
    }

    /// <summary>The folder that holds Carousel.slnx.</summary>
    public static string RepositoryRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Carousel.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"no folder above {AppContext.BaseDirectory} holds Carousel.slnx");
    }
}
