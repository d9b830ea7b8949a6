using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace BackupFs.FaultProxy;

/// <summary>One connection of a client through a <see cref="TcpProxy"/>. Thread-safe.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A cancellation source without a timer holds nothing.")]
public sealed class ProxyConnection
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>How long a client that was told the end may go on sending.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);

    private readonly TcpProxy _proxy;
    private readonly Socket _client;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _lock = new();
    private Socket? _server;
    private FlowDirection? _turn;

    internal ProxyConnection(TcpProxy proxy, Socket client)
    {
        (_proxy, _client) = (proxy, client);
        Client = new ByteSource(() => client);
        Server = new ByteSource(() => _server!);
        ToClient = new FaultyLink(this, FlowDirection.ToClient, () => client);
        ToServer = new FaultyLink(this, FlowDirection.ToServer, () => _server!);
    }

    /// <summary>What is wrong with this connection only.</summary>
    public TransportFaults Faults { get; } = new();

    /// <summary>Bytes that reached the client.</summary>
    public long BytesToClient => ToClient.Passed;

    /// <summary>Bytes that reached the server.</summary>
    public long BytesToServer => ToServer.Passed;

    internal TransportFaults AllFaults => _proxy.Faults;

    internal ByteSource Client { get; }

    internal ByteSource Server { get; }

    internal FaultyLink ToClient { get; }

    internal FaultyLink ToServer { get; }

    /// <summary>Resets it (RST), towards both sides.</summary>
    public void Reset()
    {
        Abort(_client);
        lock (_lock)
        {
            if (_server is not null)
            {
                Abort(_server);
            }
        }

        _closing.Cancel();
    }

    /// <summary>Runs until both sides are done, a fault ends it, or the token is cancelled. Throws nothing.</summary>
    internal async Task RunAsync(CancellationToken stopped)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopped, _closing.Token);
        try
        {
            if (AllFaults.RefusesConnections)
            {
                Reset();
                return;
            }

            if (_proxy.IsHttp)
            {
                await new HttpForwarding(this, _proxy.Http).RunAsync(either.Token).ConfigureAwait(false);
            }
            else
            {
                await ForwardAsync(either).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is SocketException or IOException or ObjectDisposedException
            or OperationCanceledException or ConnectionEndedException)
        {
            // One side is gone, or a fault ended it: that is what this proxy is for.
        }
        finally
        {
            _client.Dispose();
            lock (_lock)
            {
                _server?.Dispose();
            }
        }
    }

    /// <summary>Connects to the server, if that is not done or the server has closed meanwhile.</summary>
    internal async ValueTask ConnectAsync(CancellationToken cancellationToken)
    {
        while (AllFaults.IsBlackHole || Faults.IsBlackHole)
        {
            await Task.WhenAny(AllFaults.Changed, Faults.Changed).WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_server is { } present && !(present.Poll(0, SelectMode.SelectRead) && present.Available == 0))
        {
            return;
        }

        var server = new Socket(_proxy.Target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        lock (_lock)
        {
            _server?.Dispose();
            _server = server;
        }

        Server.Discard();
        await server.ConnectAsync(_proxy.Target, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether bytes now go the other way than the ones before.</summary>
    internal bool TakeTurn(FlowDirection direction)
    {
        lock (_lock)
        {
            var turns = _turn != direction;
            _turn = direction;
            return turns;
        }
    }

    /// <summary>Ends the connection; a stall returns when it is over.</summary>
    internal async ValueTask EndAsync(ConnectionEnd end, Func<bool> isStalled, CancellationToken cancellationToken)
    {
        switch (end)
        {
            case ConnectionEnd.Stall:
                while (true)
                {
                    var changed = Task.WhenAny(AllFaults.Changed, Faults.Changed, _proxy.Http.Changed);
                    if (!isStalled())
                    {
                        return;
                    }

                    await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
                }

            case ConnectionEnd.Close:
                await CloseAsync(cancellationToken).ConfigureAwait(false);
                throw new ConnectionEndedException();
            case ConnectionEnd.Reset:
                Reset();
                throw new ConnectionEndedException();
        }
    }

    /// <summary>
    /// Tells the client the end. What it still sends is read and dropped, for a while: a socket closed with unread bytes
    /// would be reset, and the client could lose what it was sent before.
    /// </summary>
    internal async ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        _client.Shutdown(SocketShutdown.Send);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(DrainTime);
        try
        {
            var buffer = new byte[BufferBytes];
            while (await _client.ReceiveAsync(buffer, limit.Token).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Long enough.
        }
    }

    private async Task ForwardAsync(CancellationTokenSource either)
    {
        await ConnectAsync(either.Token).ConfigureAwait(false);
        var up = PumpAsync(Client, ToServer, _server!, either);
        var down = PumpAsync(Server, ToClient, _client, either);
        await Task.WhenAll(up, down).ConfigureAwait(false);
    }

    private static async Task PumpAsync(ByteSource source, FaultyLink link, Socket destination, CancellationTokenSource either)
    {
        try
        {
            var buffer = new byte[BufferBytes];
            while (await source.ReadAsync(buffer, either.Token).ConfigureAwait(false) is var read and > 0)
            {
                await link.WriteAsync(buffer.AsMemory(0, read), either.Token).ConfigureAwait(false);
            }

            destination.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            // The other direction is of no use any more.
            await either.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static void Abort(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Gone already.
        }

        socket.Dispose();
    }
}
