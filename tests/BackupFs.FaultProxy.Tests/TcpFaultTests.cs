using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;

namespace BackupFs.FaultProxy.Tests;

[SuppressMessage("Reliability", "CA1001", Justification = "The fields are disposed in DisposeAsync.")]
public sealed class TcpFaultTests : IAsyncLifetime
{
    /// <summary>Guards against hangs.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>So long nothing may come where nothing should come.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(150);

    private EchoServer _server = null!;
    private TcpProxy _proxy = null!;

    public Task InitializeAsync()
    {
        _server = new EchoServer();
        _proxy = TcpProxy.StartTcp(_server.EndPoint);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync().AsTask().WaitAsync(Limit);
        await _server.DisposeAsync().AsTask().WaitAsync(Limit);
    }

    [Fact]
    public async Task Without_faults_bytes_and_ends_pass_both_ways()
    {
        using var client = await ConnectAsync();
        var sent = HttpServer.Body(3 << 20);
        var received = ReceiveAllAsync(client);
        await SendAsync(client, sent);
        client.Shutdown(SocketShutdown.Send);
        Assert.True((await received).AsSpan().SequenceEqual(sent));
        await UntilAsync(() => _proxy.Connections.Count == 0);
        Assert.Equal(1, _proxy.Accepted);
    }

    [Fact]
    public async Task A_delay_is_added_in_each_direction()
    {
        using var client = await ConnectAsync();
        await EchoAsync(client, 10);
        _proxy.Faults.Delay = TimeSpan.FromMilliseconds(100);
        var clock = Stopwatch.StartNew();
        await EchoAsync(client, 300_000);
        Assert.True(clock.ElapsedMilliseconds >= 190, $"{clock.ElapsedMilliseconds} ms");
    }

    [Fact]
    public async Task A_throughput_is_kept()
    {
        using var client = await ConnectAsync();
        _proxy.Connections.Single().Faults.BytesPerSecond = 200_000;
        var clock = Stopwatch.StartNew();
        await EchoAsync(client, 100_000);
        Assert.True(clock.ElapsedMilliseconds >= 480, $"{clock.ElapsedMilliseconds} ms");
    }

    [Fact]
    public async Task A_black_hole_accepts_and_answers_nothing_until_it_is_switched_off()
    {
        _proxy.Faults.IsBlackHole = true;
        using var client = await ConnectAsync();
        await SendAsync(client, new byte[5]);
        var answer = ReceiveAsync(client, 5);
        await Assert.ThrowsAsync<TimeoutException>(() => answer.WaitAsync(Quiet));
        _proxy.Faults.IsBlackHole = false;
        Assert.Equal(5, (await answer).Length);
    }

    [Fact]
    public async Task A_stall_lets_so_many_bytes_pass_and_the_others_when_it_is_cleared()
    {
        using var client = await ConnectAsync();
        await EchoAsync(client, 1000);
        var fault = _proxy.Faults.Add(new ByteFault(FlowDirection.ToClient, 12_345, ConnectionEnd.Stall));
        var sent = HttpServer.Body(100_000);
        await SendAsync(client, sent);
        var first = await ReceiveAsync(client, 12_345);
        var rest = ReceiveAsync(client, 100_000 - 12_345);
        await Assert.ThrowsAsync<TimeoutException>(() => rest.WaitAsync(Quiet));
        Assert.Equal(1, fault.Hits);
        Assert.Equal(13_345, _proxy.Connections.Single().BytesToClient);
        _proxy.Faults.Clear();
        Assert.True(first.Concat(await rest).SequenceEqual(sent));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(70_001)]
    public async Task A_truncated_stream_ends_in_good_order_too_early(int after)
    {
        using var client = await ConnectAsync();
        _proxy.Faults.Add(new ByteFault(FlowDirection.ToClient, after, ConnectionEnd.Close));
        var received = ReceiveAllAsync(client);
        await SendAsync(client, new byte[100_000]);
        Assert.Equal(after, (await received).Length);
    }

    [Theory]
    [InlineData(FlowDirection.ToClient)]
    [InlineData(FlowDirection.ToServer)]
    public async Task A_reset_is_a_reset(FlowDirection direction)
    {
        using var client = await ConnectAsync();
        _proxy.Faults.Add(new ByteFault(direction, 5000, ConnectionEnd.Reset));
        var received = ReceiveAllAsync(client);
        await SendAsync(client, new byte[10_000]);
        var error = await Assert.ThrowsAsync<SocketException>(() => received);
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        await UntilAsync(() => _proxy.Connections.Count == 0);
    }

    [Fact]
    public async Task All_connections_there_are_can_be_reset_and_new_ones_refused()
    {
        using var one = await ConnectAsync();
        using var other = await ConnectAsync();
        await EchoAsync(one, 1);
        _proxy.ResetConnections();
        await Assert.ThrowsAsync<SocketException>(() => ReceiveAllAsync(one));
        await Assert.ThrowsAsync<SocketException>(() => ReceiveAllAsync(other));
        _proxy.Faults.RefusesConnections = true;
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            // The reset may come before the connect is over, or after it.
            using var refused = await ConnectAsync();
            await ReceiveAllAsync(refused);
        });

        _proxy.Faults.Clear();
        using var good = await ConnectAsync();
        await EchoAsync(good, 1);
    }

    [Fact]
    public async Task A_connection_can_have_faults_of_its_own()
    {
        _proxy.OnConnection = connection =>
        {
            if (_proxy.Accepted == 2)
            {
                connection.Faults.Add(new ByteFault(FlowDirection.ToServer, 10, ConnectionEnd.Reset));
            }
        };
        using var one = await ConnectAsync();
        await EchoAsync(one, 1000);
        using var two = await ConnectAsync();
        await SendAsync(two, new byte[1000]);
        await Assert.ThrowsAsync<SocketException>(() => ReceiveAllAsync(two));
        using var three = await ConnectAsync();
        await EchoAsync(three, 1000);
        await EchoAsync(one, 1000);
    }

    [Fact]
    public async Task A_fault_can_strike_so_many_times()
    {
        var fault = _proxy.Faults.Add(new ByteFault(FlowDirection.ToServer, 10, ConnectionEnd.Reset, times: 2));
        for (var i = 0; i < 2; i++)
        {
            using var client = await ConnectAsync();
            await SendAsync(client, new byte[100]);
            await Assert.ThrowsAsync<SocketException>(() => ReceiveAllAsync(client));
        }

        using var good = await ConnectAsync();
        await EchoAsync(good, 1000);
        Assert.Equal(2, fault.Hits);
    }

    [Fact]
    public async Task A_server_that_is_down_ends_the_connection()
    {
        await _server.DisposeAsync();
        using var client = await ConnectAsync();
        Assert.Empty(await ReceiveAllAsync(client));
        _server = new EchoServer();
    }

    [Fact]
    public async Task Stopping_ends_everything_also_what_is_stalled()
    {
        using var stalled = await ConnectAsync();
        _proxy.Faults.Add(new ByteFault(FlowDirection.ToClient, 1, ConnectionEnd.Stall));
        await SendAsync(stalled, new byte[100]);
        await ReceiveAsync(stalled, 1);
        using var idle = await ConnectAsync();
        _proxy.Faults.IsBlackHole = true;
        using var swallowed = await ConnectAsync();
        await UntilAsync(() => _proxy.Connections.Count == 3);
        await _proxy.DisposeAsync().AsTask().WaitAsync(Limit);
        Assert.Empty(_proxy.Connections);
        foreach (var client in new[] { stalled, idle, swallowed })
        {
            await EndsAsync(client);
        }

        await Assert.ThrowsAsync<SocketException>(ConnectAsync);
        _proxy = TcpProxy.StartTcp(_server.EndPoint);
    }

    private static async Task EndsAsync(Socket client)
    {
        try
        {
            await ReceiveAllAsync(client);
        }
        catch (SocketException)
        {
            // A reset is an end, too.
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var accepted = _proxy.Accepted;
        await socket.ConnectAsync(_proxy.EndPoint).WaitAsync(Limit);
        await UntilAsync(() => _proxy.Accepted > accepted);
        return socket;
    }

    private static async Task EchoAsync(Socket client, int length)
    {
        var sent = HttpServer.Body(length);
        var received = ReceiveAsync(client, length);
        await SendAsync(client, sent);
        Assert.True((await received.WaitAsync(Limit)).AsSpan().SequenceEqual(sent));
    }

    private static async Task SendAsync(Socket client, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length;)
        {
            sent += await client.SendAsync(bytes.AsMemory(sent)).AsTask().WaitAsync(Limit);
        }
    }

    private static async Task<byte[]> ReceiveAsync(Socket client, int length)
    {
        var buffer = new byte[length];
        for (var done = 0; done < length;)
        {
            var read = await client.ReceiveAsync(buffer.AsMemory(done)).AsTask().WaitAsync(Limit);
            Assert.True(read > 0, "ended early");
            done += read;
        }

        return buffer;
    }

    private static async Task<byte[]> ReceiveAllAsync(Socket client)
    {
        var all = new MemoryStream();
        var buffer = new byte[65536];
        while (await client.ReceiveAsync(buffer).WaitAsync(Limit) is var read and > 0)
        {
            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < Limit, "not in time");
            await Task.Delay(5);
        }
    }
}
