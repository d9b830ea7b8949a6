using System.Globalization;
using BackupFs.Storage.Objects.Contract;
using CsCheck;
using Xunit;
using static BackupFs.Storage.Objects.Tests.Writing.ContentFixture;

namespace BackupFs.Storage.Objects.Tests.Writing;

/// <summary>A file is as an array whatever is done to it, or the call says that it cannot.</summary>
public sealed class FileContentModelTests
{
    private enum Kind
    {
        Append,
        Write,
        Resize,
        ResizeToNothing,
        Flush,
        Read,
        Checksums,
        Reopen,
    }

    /// <summary>More when it is run by hand for longer.</summary>
    private static readonly int Iterations = int.Parse(Environment.GetEnvironmentVariable("BACKUPFS_MODEL_ITERATIONS") ?? "40", CultureInfo.InvariantCulture);

    private static readonly Gen<(Kind Kind, double Where, int Length, int Seed)> GenOperation = Gen.Select(
        Gen.Frequency(
            (6, Gen.Const(Kind.Append)),
            (3, Gen.Const(Kind.Write)),
            (1, Gen.Const(Kind.Resize)),
            (1, Gen.Const(Kind.ResizeToNothing)),
            (2, Gen.Const(Kind.Flush)),
            (3, Gen.Const(Kind.Read)),
            (1, Gen.Const(Kind.Checksums)),
            (1, Gen.Const(Kind.Reopen))),
        Gen.Double[0, 1.2],
        Gen.Frequency((1, Gen.Int[1, 1000]), (1, Gen.Int[1, MiB]), (1, Gen.Int[1, 3].Select(n => n * MiB)), (1, Gen.Int[1, 3 * MiB])),
        Gen.Int[1, 1000]);

    [Theory]
    [InlineData(true, false, 10_000)]
    [InlineData(false, false, 10_000)]
    [InlineData(false, true, 10_000)]
    [InlineData(true, false, 20)]
    public async Task Without_a_spool(bool partCopy, bool inOrder, int parts) =>
        await GenOperation.List[1, 25].SampleAsync(
            operations => RunAsync(SmallParts with { PartCopy = partCopy, PartsInOrder = inOrder, MaximumParts = parts }, operations),
            iter: Iterations,
            threads: 1,
            print: Print);

    [Theory]
    [InlineData(true, false, 0)]
    [InlineData(false, true, 0)]
    [InlineData(true, false, 1000)]
    [InlineData(false, false, 1000)]
    [InlineData(false, true, 1000)]
    [InlineData(true, false, 5)]
    public async Task With_little_memory(bool partCopy, bool inOrder, int spool)
    {
        using var directory = new TemporaryDirectory();
        var options = spool == 0 ? null : new ObjectStorageOptions { SpoolDirectory = directory.Path, SpoolBytes = (long)spool * MiB };
        await GenOperation.List[1, 25].SampleAsync(
            operations => RunAsync(SmallParts with { PartCopy = partCopy, PartsInOrder = inOrder }, operations, options, granules: 3),
            iter: Iterations,
            threads: 1,
            print: Print);
    }

    [Theory]
    [InlineData(true, false, 10_000, 1000)]
    [InlineData(false, false, 10_000, 1000)]
    [InlineData(false, true, 10_000, 1000)]
    [InlineData(true, false, 20, 1000)]
    [InlineData(true, false, 10_000, 5)]
    [InlineData(false, true, 10_000, 5)]
    public async Task With_a_spool(bool partCopy, bool inOrder, int parts, int spool)
    {
        using var directory = new TemporaryDirectory();
        var options = new ObjectStorageOptions { SpoolDirectory = directory.Path, SpoolBytes = (long)spool * MiB };
        await GenOperation.List[1, 25].SampleAsync(
            operations => RunAsync(SmallParts with { PartCopy = partCopy, PartsInOrder = inOrder, MaximumParts = parts }, operations, options),
            iter: Iterations,
            threads: 1,
            print: Print);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
    }

    private static string Print(List<(Kind Kind, double Where, int Length, int Seed)> operations) =>
        string.Join("; ", operations.Select(x => $"{x.Kind} {x.Where:f3} {x.Length} {x.Seed}"));

    private static async Task RunAsync(ObjectStoreLimits limits, List<(Kind, double, int, int)> operations, ObjectStorageOptions? options = null, int granules = 100)
    {
        var fixture = new ContentFixture(limits, options: options);
        fixture.TakeAllBut(granules);
        bool IsRefused(StorageError? error) =>
            options is null ? error is { Kind: StorageErrorKind.Unsupported } && error.Message.Contains("--spool DIR", StringComparison.Ordinal)
            : options.SpoolBytes < 100 * MiB && error is { Kind: StorageErrorKind.NoSpace }
                && error.Message.Contains("--spool-size", StringComparison.Ordinal);
        var content = fixture.Open();
        var model = Array.Empty<byte>();
        foreach (var (kind, where, length, seed) in operations)
        {
            var at = (int)(model.Length * where);
            switch (kind)
            {
                case Kind.Append or Kind.Write:
                    at = kind == Kind.Append ? model.Length : at;
                    var data = Bytes(length, seed);
                    var written = await content.WriteAsync(data, at, default);
                    if (IsRefused(written.Error))
                    {
                        break;
                    }

                    Assert.Equal(length, written.Value);
                    Array.Resize(ref model, Math.Max(model.Length, at + length));
                    data.CopyTo(model, at);
                    break;
                case Kind.Resize or Kind.ResizeToNothing:
                    at = kind == Kind.ResizeToNothing ? 0 : at;
                    Assert.True((await content.ResizeAsync(at, default)).IsOk);
                    Array.Resize(ref model, at);
                    break;
                case Kind.Flush:
                    await FlushAsync(fixture, content, model);
                    break;
                case Kind.Read:
                    var buffer = new byte[length];
                    var read = await content.ReadAsync(buffer, at, default);
                    if (!IsRefused(read.Error))
                    {
                        var wanted = model.AsSpan(Math.Min(at, model.Length));
                        wanted = wanted[..Math.Min(wanted.Length, length)];
                        Assert.Equal(wanted.Length, read.Value);
                        Assert.True(wanted.SequenceEqual(buffer.AsSpan(0, read.Value)));
                    }

                    break;
                case Kind.Checksums:
                    await FlushAsync(fixture, content, model);
                    Assert.True((await content.GetChecksumsAsync(default)).Value.Matches(Sums(model)));
                    break;
                case Kind.Reopen:
                    await FlushAsync(fixture, content, model);
                    await content.ReleaseAsync();
                    fixture.AssertClean();
                    content = seed % 2 == 0 ? content : fixture.Open(content.Stored);
                    break;
            }

            Assert.Equal(model.Length, content.Size);
        }

        await FlushAsync(fixture, content, model);
        Assert.True((await content.GetChecksumsAsync(default)).Value.Matches(Sums(model)));
        await content.DiscardAsync();
        fixture.AssertClean();
        Assert.Equal(0, fixture.Context.Spool?.Used ?? 0);
    }

    private static async Task FlushAsync(ContentFixture fixture, FileContent content, byte[] model)
    {
        var flushed = await content.FlushAsync(default);
        Assert.True(flushed.IsOk, flushed.Error?.ToString());
        var stored = fixture.Store.Objects["backup/file"]!;
        Assert.Equal(model.Length, stored.Length);
        Assert.Equal(model.Length, model.AsSpan().CommonPrefixLength(stored));
    }
}
