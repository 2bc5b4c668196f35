using System.Reflection;
using System.Runtime.CompilerServices;
using Carousel.Autograd;
using Carousel.Numerics;
using Carousel.Runtime.Kernels;

namespace Carousel.Tests.Autograd;

/// <summary>Law 2: every differentiable operation against finite differences of a float64 reference. Law 5: the same bits with several threads.</summary>
public sealed class GradientTests
{
    private static readonly Dictionary<string, GradientCase> All = typeof(IGradientCases).Assembly.GetTypes()
        .Where(type => type.IsClass && type.IsAssignableTo(typeof(IGradientCases)))
        .SelectMany(type => ((IGradientCases)Activator.CreateInstance(type)!).Cases())
        .ToDictionary(test => test.Name);

    public static TheoryData<string> Names() => [.. All.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Every public operation that reads a tensor.</summary>
    public static TheoryData<string> Operations() => [.. typeof(Tape).Assembly.GetTypes()
        .Where(type => type.IsPublic)
        .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
        .Where(method => method.IsDefined(typeof(ExtensionAttribute)) && method.GetParameters()[0].ParameterType == typeof(Tape))
        .Where(method => method.GetParameters().Skip(1).Any(parameter => Mentions(parameter.ParameterType)))
        .Select(method => $"{method.DeclaringType!.Name}.{method.Name}")
        .Distinct()
        .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Forward_agrees_with_float64_reference(string name) => All[name].CheckForward();

    [Theory]
    [MemberData(nameof(Names))]
    public void Backward_agrees_with_finite_differences(string name) => All[name].CheckGradient();

    [Theory]
    [MemberData(nameof(Names))]
    public void Backward_input_without_gradient_gets_none(string name) => All[name].CheckUnneeded();

    [Theory]
    [MemberData(nameof(Names))]
    public void Operation_on_three_threads_gives_the_bits_of_one(string name)
    {
        using var workers = new Workers(3);
        All[name].CheckThreads(workers);
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Operation_has_a_gradient_test(string operation) => Assert.Contains(All.Values, test => test.Operation == operation);

    private static bool Mentions(Type type) => type == typeof(Tensor)
        || type.GetGenericArguments().Any(Mentions)
        || (type.Assembly == typeof(Tensor).Assembly && type.GetProperties().Any(property => property.PropertyType == typeof(Tensor)));
}
