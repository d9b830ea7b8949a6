using System.Net.Sockets;

namespace BackupFs.FaultProxy.Tests;

public sealed class LeakTests
{
    /// <summary>Guards against hangs.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task No_socket_is_left_whatever_happened()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await UseAsync();
        var before = CountSockets();
        for (var i = 0; i < 3; i++)
        {
            await UseAsync();
        }

        // The last ones of the first use may have been counted while they were being closed.
        using var limit = new CancellationTokenSource(Limit);
        while (CountSockets() > before)
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private static async Task UseAsync()
    {
        await using var server = new HttpServer();
        var proxy = TcpProxy.StartHttp(server.EndPoint);
        using (var client = new HttpClient { BaseAddress = new Uri(proxy.Url) })
        {
            proxy.Http.Add(new HttpFault { PathContains = "/1", Times = 10, LoseResponse = ConnectionEnd.Reset });
            proxy.Http.Add(new HttpFault { PathContains = "/2", Times = 10, CutBodyAfter = 1000, CutWith = ConnectionEnd.Stall });
            proxy.Http.Add(new HttpFault { PathContains = "/3", Times = 10, Answer = HttpAnswer.SlowDown });
            proxy.Faults.Add(new ByteFault(FlowDirection.ToClient, 40_000, ConnectionEnd.Close, times: 10));
            using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
            {
                try
                {
                    await client.GetByteArrayAsync($"/{i % 5}{i:000}", limit.Token);
                }
                catch (Exception error) when (error is HttpRequestException or OperationCanceledException or IOException)
                {
                    // As intended.
                }
            }));
            proxy.Faults.IsBlackHole = true;
            using var swallowed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await swallowed.ConnectAsync(proxy.EndPoint);
            await proxy.DisposeAsync().AsTask().WaitAsync(Limit);
        }

        Assert.Empty(proxy.Connections);
    }

    private static int CountSockets() =>
        Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(entry => new FileInfo(entry).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);
}
