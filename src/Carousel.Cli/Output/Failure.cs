using System.Reflection;
using System.Text.Json;
using Carousel.Data;
using Carousel.Runtime.Inputs;
using Carousel.Runtime.Inputs.Audio;
using Carousel.Runtime.Models;
using Carousel.Training;

namespace Carousel.Cli.Output;

/// <summary>Turns an exception into what the person at the keyboard needs: a message when they can mend it, a bug report when only we can.</summary>
internal static class Failure
{
    /// <summary>The environment variable that adds the stack trace.</summary>
    public const string TraceVariable = "CAROUSEL_TRACE";

    /// <summary>Reports the exception.</summary>
    /// <param name="exception">What ended the command.</param>
    /// <param name="output">Where to say so.</param>
    /// <param name="trace">True to show the stack trace.</param>
    /// <returns>The exit code.</returns>
    public static int Report(Exception exception, CommandOutput output, bool trace)
    {
        Exception cause = Unwrap(exception);
        int code = cause switch
        {
            StoppedException => Report("cancelled", cause.Message, ExitCode.Cancelled),
            OperationCanceledException => Report("cancelled", "cancelled", ExitCode.Cancelled),
            UsageException => Report("usage", cause.Message, ExitCode.WrongUsage),
            _ when IsForTheUser(cause) => Report("failed", Message(cause), ExitCode.Failed),
            _ => Report("bug", $"this is a bug in Carousel: {cause.GetType().Name}: {cause.Message}"
                + (trace ? "" : $" (set {TraceVariable}=1 and run again for the stack trace)"), ExitCode.Failed),
        };
        if (trace)
        {
            output.Message(exception.ToString());
        }

        return code;

        int Report(string kind, string message, int exitCode)
        {
            output.Error(kind, message);
            return exitCode;
        }
    }

    // What a static constructor or a task throws comes wrapped; the person needs the reason.
    private static Exception Unwrap(Exception exception) => exception switch
    {
        TypeInitializationException or TargetInvocationException { InnerException: not null } => Unwrap(exception.InnerException!),
        AggregateException { InnerExceptions.Count: 1 } => Unwrap(exception.InnerException!),
        _ => exception,
    };

    private static bool IsForTheUser(Exception exception) => exception
        is ArgumentException
        or IOException
        or UnauthorizedAccessException
        or InvalidDataException
        or JsonException
        or ConfigException
        or ModelFileException
        or DataFileException
        or AudioFileException
        or UnknownTokenException
        or NonFiniteNumberException
        or PlatformNotSupportedException;

    private static string Message(Exception exception) =>
        exception is ArgumentException { ParamName: { } name } ? exception.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : exception.Message;
}
