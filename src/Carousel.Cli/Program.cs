using System.Runtime.InteropServices;
using Carousel.Cli;
using Carousel.Cli.Output;
using Carousel.Jit;

using CancellationTokenSource cancellation = new();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);

JitKernels.Register();
bool trace = Environment.GetEnvironmentVariable(Failure.TraceVariable) is "1" or "true";
return await new CarouselApplication(TimeProvider.System, trace).RunAsync(args, ConsoleStreams.OfProcess(), cancellation.Token).ConfigureAwait(false);

// The first signal asks the command to stop in good order (a training run saves its checkpoint); the second one ends the process.
void OnSignal(PosixSignalContext context)
{
    if (cancellation.IsCancellationRequested)
    {
        Environment.Exit(ExitCode.Cancelled);
    }

    context.Cancel = true;
    Console.Error.WriteLine("stopping; once more to stop at once");
    cancellation.Cancel();
}
