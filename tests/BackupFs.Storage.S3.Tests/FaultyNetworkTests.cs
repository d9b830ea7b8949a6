using System.Net;
using BackupFs.FaultProxy;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Storage.S3.Tests;

/// <summary>
/// Whole backups over a network that does what networks do, against a real gateway: whatever happens, no call hangs, no wrong
/// bytes are read, and a backup that ended is whole.
/// </summary>
public class FaultyNetworkTests
{
    private static readonly Dictionary<string, Action<TcpProxy>> Faults = new()
    {
        ["delayed"] = proxy => proxy.Faults.Delay = TimeSpan.FromMilliseconds(30),
        ["black hole"] = proxy => proxy.Faults.IsBlackHole = true,
        ["refused"] = proxy => proxy.Faults.RefusesConnections = true,
        ["reset while sending"] = proxy => proxy.Faults.Add(new ByteFault(FlowDirection.ToServer, 3_000_000, ConnectionEnd.Reset)),
        ["stalled while sending"] = proxy => proxy.Faults.Add(new ByteFault(FlowDirection.ToServer, 3_000_000, ConnectionEnd.Stall)),
        ["closed while receiving"] = proxy => proxy.Faults.Add(new ByteFault(FlowDirection.ToClient, 100_000, ConnectionEnd.Close)),
        ["stalled while receiving"] = proxy => proxy.Faults.Add(new ByteFault(FlowDirection.ToClient, 100_000, ConnectionEnd.Stall)),
        ["slow down a few times"] = proxy => proxy.Http.Add(new HttpFault { Times = 2, Answer = HttpAnswer.SlowDown }),
        ["slow down for ever"] = proxy => proxy.Http.Add(new HttpFault { Times = int.MaxValue, Answer = HttpAnswer.SlowDown }),
        ["error after the body"] = proxy => proxy.Http.Add(new HttpFault { Method = "PUT", Times = 1, Answer = HttpAnswer.S3Error(500, "InternalError", "an error of the test") }),
        ["forbidden midway"] = proxy => proxy.Http.Add(new HttpFault { Method = "PUT", PathContains = "partNumber=2", Times = int.MaxValue, Answer = HttpAnswer.S3Error(403, "AccessDenied", "an error of the test") }),
        ["lost answers"] = proxy => proxy.Http.Add(new HttpFault { Times = 3, LoseResponse = ConnectionEnd.Reset }),
        ["corrupted once"] = proxy => proxy.Http.Add(new HttpFault { Method = "GET", PathContains = "large", Times = 1, CorruptBodyAt = 4711 }),
        ["corrupted for ever"] = proxy => proxy.Http.Add(new HttpFault { Method = "GET", PathContains = "large", Times = int.MaxValue, CorruptBodyAt = 4711 }),
        ["cut bodies"] = proxy => proxy.Http.Add(new HttpFault { Method = "GET", PathContains = "large", Times = 2, CutBodyAfter = 70_000, CutWith = ConnectionEnd.Close }),
    };

    /// <summary>Larger than what stays in memory, so that parts are uploaded while it is written.</summary>
    private static readonly byte[] Large = RandomBytes(40 << 20);

    public static TheoryData<string> Names => [.. Faults.Keys];

    /// <summary>Only against hangs; the time-outs below add up to far less.</summary>
    private static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromMinutes(4)).Token;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_backup_that_ends_is_whole_and_what_is_read_is_right(string fault)
    {
        var gateway = await Gateway.GetAsync();
        var bucket = await gateway.CreateBucketAsync();
        await using var proxy = TcpProxy.StartHttp(new IPEndPoint(IPAddress.Loopback, gateway.Endpoint.Port));
        var storage = Open(gateway, bucket, new Uri(proxy.Url));
        try
        {
            using (var writing = await storage.StartBackupAsync("db", "written", Soon))
            {
                await AddAsync(writing, "small", [1, 2, 3]);
                Faults[fault](proxy);
                var ended = await SucceedsAsync(async () =>
                {
                    await AddAsync(writing, "large", Large);
                    await writing.EndBackupAsync(BackupNotes.None, Soon);
                });
                proxy.Faults.Clear();
                proxy.Http.Clear();
                if (!ended)
                {
                    Assert.Null(await Open(gateway, bucket, gateway.Endpoint).FindBackupAsync("db", "written", Soon));
                    await AddAsync(writing, "large", Large);
                    await writing.EndBackupAsync(BackupNotes.None, Soon);
                }
            }

            var found = await storage.FindBackupAsync("db", "written", Soon);
            Assert.Equal(BackupState.Complete, found?.State);
            Faults[fault](proxy);
            byte[]? read = null;
            if (await SucceedsAsync(async () => read = await ReadAsync(found!, "large")))
            {
                Assert.True(IsLarge(read));
            }

            proxy.Faults.Clear();
            proxy.Http.Clear();
            Assert.True(IsLarge(await ReadAsync((await storage.FindBackupAsync("db", "written", Soon))!, "large")));
        }
        finally
        {
            await storage.CloseAsync(default);
        }
    }

    /// <summary>Whether a call succeeds; what else it does must be an error of the storage.</summary>
    private static async Task<bool> SucceedsAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (StorageException exception)
        {
            Assert.NotEqual("", exception.Message);
            return false;
        }
    }

    private static ObjectStorage Open(Gateway gateway, string bucket, Uri endpoint)
    {
        var options = gateway.Options(bucket) with
        {
            Endpoint = endpoint,
            Limits = new RequestLimits(Timeout: TimeSpan.FromSeconds(2), ConnectTimeout: TimeSpan.FromSeconds(1), Retries: 2),
        };
        return new ObjectStorage(
            gateway.Open(options), new ObjectStorageOptions { Memory = ObjectStorageOptions.MinimumMemory }, TimeProvider.System, NullLogger.Instance);
    }

    private static async Task AddAsync(IBackupHandle handle, string path, byte[] content)
    {
        await using var stream = await handle.AddFileAsync(path, -1, Soon);
        for (var offset = 0; offset < content.Length; offset += 1 << 20)
        {
            await stream.WriteAsync(content.AsMemory(offset, Math.Min(1 << 20, content.Length - offset)), Soon);
        }
    }

    private static async Task<byte[]> ReadAsync(IBackupHandle handle, string path)
    {
        await using var stream = await handle.ReadFileAsync(path, Soon);
        using var content = new MemoryStream();
        await stream.CopyToAsync(content, Soon);
        return content.ToArray();
    }

    private static bool IsLarge(byte[]? content) => Large.AsSpan().SequenceEqual(content);

    private static byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
