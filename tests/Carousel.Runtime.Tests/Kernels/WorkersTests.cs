using System.Diagnostics;
using Carousel.Runtime.Kernels;
using Carousel.Tests.Shared;

namespace Carousel.Runtime.Tests.Kernels;

public sealed class WorkersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Run_many_times_runs_every_shard_exactly_once(int threads)
    {
        using var workers = new Workers(threads);
        int[] counts = new int[40];
        Action<int> body = shard => Interlocked.Increment(ref counts[shard]);
        for (int run = 0; run < 20_000; run++)
        {
            int shards = run % counts.Length;
            Array.Clear(counts);
            workers.Run(shards, body);
            for (int shard = 0; shard < counts.Length; shard++)
            {
                Assert.Equal(shard < shards ? 1 : 0, counts[shard]);
            }
        }
    }

    [Fact]
    public void Run_after_pauses_of_every_length_wakes_sleepers()
    {
        using var workers = new Workers(4);
        int total = 0;
        for (int run = 0; run < 300; run++)
        {
            // Around the moment at which the threads stop watching and go to sleep.
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalMicroseconds < run % 100)
            {
                Thread.SpinWait(1);
            }

            workers.Run(7, _ => Interlocked.Increment(ref total));
        }

        Assert.Equal(2100, total);
    }

    [Fact]
    public void Run_uses_several_threads_at_once()
    {
        using var workers = new Workers(3);
        using var meeting = new Barrier(3);
        workers.Run(3, _ => Assert.True(meeting.SignalAndWait(TimeSpan.FromSeconds(30))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Run_with_failing_shards_finishes_all_and_throws_the_lowest(int threads)
    {
        using var workers = new Workers(threads);
        for (int run = 0; run < 500; run++)
        {
            int done = 0;
            ArithmeticException error = Assert.Throws<ArithmeticException>(() => workers.Run(12, shard =>
            {
                Interlocked.Increment(ref done);
                if (shard is 3 or 7 or 11)
                {
                    throw new ArithmeticException($"shard {shard}");
                }
            }));
            Assert.Equal("shard 3", error.Message);
            Assert.Equal(12, done);
        }

        workers.Run(4, _ => { });
    }

    [Fact]
    public void Run_inside_a_shard_of_the_same_workers_is_refused()
    {
        using var workers = new Workers(2);
        Assert.Throws<InvalidOperationException>(() => workers.Run(2, _ => workers.Run(2, _ => { })));
    }

    [Fact]
    public void Run_allocates_nothing_of_its_own()
    {
        using var workers = new Workers(3);
        Action<int> body = _ => { };
        Assert.Equal(0, Allocations.OfCalls(warmUp: 10, calls: 1000, () => workers.Run(8, body)));
    }

    [Fact]
    public void Idle_workers_go_to_sleep_and_stay_asleep()
    {
        using var workers = new Workers(3);
        for (int run = 0; run < 3; run++)
        {
            workers.Run(64, _ => Thread.SpinWait(100));
            Assert.True(SpinWait.SpinUntil(() => workers.AreAsleep, TimeSpan.FromSeconds(30)));
            Thread.Sleep(20);
            Assert.True(workers.AreAsleep);
        }
    }

    [Fact]
    public void Dispose_ends_the_threads_and_later_runs_are_refused()
    {
        var workers = new Workers(4);
        workers.Run(4, _ => { });
        workers.Dispose();
        workers.Dispose();
        Assert.Throws<ObjectDisposedException>(() => workers.Run(1, _ => { }));
    }

    [Fact]
    public void Single_runs_on_the_calling_thread_and_survives_Dispose()
    {
        Workers.Single.Dispose();
        int caller = Environment.CurrentManagedThreadId;
        Workers.Single.Run(3, _ => Assert.Equal(caller, Environment.CurrentManagedThreadId));
    }
}
