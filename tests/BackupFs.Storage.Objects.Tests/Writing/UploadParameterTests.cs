using BackupFs.Storage.Objects.Contract;
using BackupFs.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;
using static BackupFs.Storage.Objects.Tests.Writing.ContentFixture;

namespace BackupFs.Storage.Objects.Tests.Writing;

public sealed class UploadParameterTests
{
    [Theory]
    [InlineData("", 8)]
    [InlineData("?part-size=5MiB", 5)]
    [InlineData("?part-size=16MiB", 16)]
    [InlineData("?part-size=16000000", 16)]
    [InlineData("?part-size=32MiB", 32)]
    [Promise("object-part-size")]
    public async Task A_file_is_uploaded_in_parts_of_the_size_that_the_location_says(string parameters, int size)
    {
        var sink = new SinkStore();
        var content = Open(sink, parameters);
        await WriteAllAsync(content, Bytes((4 * size * MiB) + 12345));
        Assert.True((await content.FlushAsync(default)).IsOk);
        Assert.Equal(
            [size * MiB, size * MiB, size * MiB, size * MiB, 12345L], sink.Parts.OrderBy(part => part.Key).Select(part => part.Value));
        await content.ReleaseAsync();
    }

    [Theory]
    [InlineData("", 6)]
    [InlineData("&upload-parallelism=1", 1)]
    [InlineData("&upload-parallelism=3", 3)]
    [InlineData("&upload-parallelism=12", 12)]
    [Promise("object-upload-parallelism")]
    public async Task As_many_parts_of_a_file_are_under_way_as_the_location_says(string parameters, int count)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var arrived = new CountdownEvent(count);
        var sink = new SinkStore { Gate = gate.Task, OnPart = () => arrived.Signal() };
        var content = Open(sink, "?part-size=5MiB" + parameters);
        var bytes = Bytes((count + 4) * 5 * MiB);

        // With its windows the file is as large as the parts that may be under way, and some more.
        var written = WriteAllAsync(content, bytes);
        Assert.True(arrived.Wait(TimeSpan.FromMinutes(1)));
        await written;
        sink.OnPart = null;
        gate.SetResult();
        Assert.True((await content.FlushAsync(default)).IsOk);
        Assert.Equal((count, bytes.Length), (sink.MostInFlight, sink.Completed));
        await content.ReleaseAsync();
    }

    [Theory]
    [InlineData("part-size=4MiB", "is too small: the store takes parts of 5MiB or more")]
    [InlineData("part-size=33MiB", "part-size=33MiB is too large: a part takes an eighth of the memory at most; it needs --memory 264MiB, or part-size=32MiB or less")]
    [InlineData("part-size=33000000001", "part-size=33000000001 is too large: the store takes parts of 5GiB or less")]
    [InlineData("part-size=9223372036854775807", "the store takes parts of 5GiB or less")]
    [InlineData("part-size=0", "'part-size' is a number of bytes, such as")]
    [InlineData("part-size=16", "is too small")]
    [InlineData("part-size=16M", "'part-size' is a number of bytes, such as")]
    [InlineData("part-size=", "'part-size' has no value")]
    [InlineData("upload-parallelism=0", "'upload-parallelism' is a number from 1 to 64")]
    [InlineData("upload-parallelism=65", "'upload-parallelism' is a number from 1 to 64")]
    [InlineData("upload-parallelism=many", "'upload-parallelism' is a number from 1 to 64")]
    [InlineData("clamp=yes", "'clamp' is true or false")]
    [InlineData("clamp=true&part-size=16M", "'part-size' is a number of bytes, such as")]
    [Promise("object-upload-bounds")]
    public void What_is_not_possible_is_refused_with_what_to_do(string parameters, string message)
    {
        var refused = Assert.Throws<StorageException>(() => Create(new SinkStore(), "?" + parameters, NullLogger.Instance));
        Assert.Equal(StorageErrorKind.InvalidArgument, refused.Kind);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("part-size=1MiB", 5, 6, "part-size=1MiB is too small: the store takes parts of 5MiB or more; 5MiB is used instead")]
    [InlineData("part-size=104857600", 32, 6, "part-size=100MiB is too large: a part takes an eighth of the memory at most; it needs --memory 800MiB, or part-size=32MiB or less; 32MiB is used instead")]
    [InlineData("part-size=6GiB", 32, 6, "part-size=6GiB is too large: the store takes parts of 5GiB or less; 32MiB is used instead")]
    [InlineData("part-size=16MiB&upload-parallelism=100", 16, 64, "upload-parallelism=100 is not possible: 1 to 64 parts of a file are uploaded at a time; 64 is used instead")]
    [InlineData("part-size=16MiB&upload-parallelism=4", 16, 4, null)]
    [Promise("object-upload-bounds")]
    public void With_clamp_the_nearest_is_taken_with_one_warning(string parameters, int size, int count, string? warning)
    {
        var log = new Warnings();
        var windows = Create(new SinkStore(), $"?clamp=true&{parameters}", log).Windows;
        Assert.Equal((size * MiB, count), (windows.Part, windows.PartsInFlight));
        Assert.Equal(warning is null ? [] : ["sink:: " + warning], log.Said);
    }

    [Fact]
    public void A_part_may_be_as_large_as_an_eighth_of_more_memory() => Assert.Equal(
        128 * MiB, Create(new SinkStore(), "?part-size=128MiB", NullLogger.Instance, new ObjectStorageOptions { Memory = 1L << 30 }).Windows.Part);

    [Fact]
    public void Large_first_parts_stay_as_they_are()
    {
        var schedule = new PartSchedule(MemoryObjectStore.DefaultLimits, 1L << 30, 128 * MiB);
        Assert.Equal((128 * MiB, 128 * MiB), (schedule.PartSize(0), schedule.PartSize(1L << 40)));
    }

    private static TransferContext Create(IObjectStore store, string parameters, ILogger logger, ObjectStorageOptions? options = null) => TransferContext.Create(
        store, UploadParameters.Apply(StorageUrl.Parse("sink://bucket" + parameters), options ?? new ObjectStorageOptions()), TimeProvider.System, logger);

    private static FileContent Open(SinkStore sink, string parameters) =>
        new(Create(sink, parameters, NullLogger.Instance), new ContentFixture(store: sink), "dir/file", null);

    private sealed class Warnings : ILogger
    {
        internal List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Assert.Equal(LogLevel.Warning, logLevel);
            Said.Add(formatter(state, exception));
        }
    }
}
