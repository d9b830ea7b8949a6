using System.Net;
using System.Net.Sockets;

namespace BackupFs.FaultProxy;

/// <summary>
/// A TCP proxy on this machine that does what networks and servers do at times: delays, stalls, cuts, resets and corrupts.
/// Faults can be switched while bytes pass. Thread-safe.
/// </summary>
/// <remarks>Time is real here: the programs on both sides do not share a clock that could be turned.</remarks>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<ProxyConnection, Task> _connections = [];
    private readonly Task _accepting;
    private int _accepted;

    private TcpProxy(IPEndPoint target, bool isHttp)
    {
        (Target, IsHttp) = (target, isHttp);
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Where clients connect to.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The same as a URL, without a slash at the end.</summary>
    public string Url => $"http://{EndPoint}";

    /// <summary>The server.</summary>
    public IPEndPoint Target { get; }

    /// <summary>Whether requests are understood, so that <see cref="Http"/> has an effect.</summary>
    public bool IsHttp { get; }

    /// <summary>What is wrong with all connections.</summary>
    public TransportFaults Faults { get; } = new();

    /// <summary>What is wrong with requests, where <see cref="IsHttp"/>.</summary>
    public HttpFaults Http { get; } = new();

    /// <summary>Called with each new connection before anything passes, to give it faults of its own.</summary>
    public Action<ProxyConnection>? OnConnection { get; set; }

    /// <summary>Connections accepted so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>The connections there are now.</summary>
    public IReadOnlyList<ProxyConnection> Connections
    {
        get
        {
            lock (_lock)
            {
                return [.. _connections.Keys];
            }
        }
    }

    /// <summary>Starts a proxy for plain TCP.</summary>
    public static TcpProxy StartTcp(IPEndPoint target) => new(target, isHttp: false);

    /// <summary>Starts a proxy that understands HTTP/1.1 without TLS.</summary>
    public static TcpProxy StartHttp(IPEndPoint target) => new(target, isHttp: true);

    /// <summary>Resets all connections there are now.</summary>
    public void ResetConnections()
    {
        foreach (var connection in Connections)
        {
            connection.Reset();
        }
    }

    /// <summary>Ends all connections and returns when nothing of the proxy is left.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        Task[] running;
        lock (_lock)
        {
            running = [.. _connections.Values];
        }

        await Task.WhenAll(running).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // The client was gone before it was accepted.
                continue;
            }

            client.NoDelay = true;
            Interlocked.Increment(ref _accepted);
            var connection = new ProxyConnection(this, client);
            OnConnection?.Invoke(connection);
            lock (_lock)
            {
                _connections.Add(connection, Task.Run(() => RunAsync(connection), CancellationToken.None));
            }
        }
    }

    private async Task RunAsync(ProxyConnection connection)
    {
        await connection.RunAsync(_stopping.Token).ConfigureAwait(false);
        lock (_lock)
        {
            _connections.Remove(connection);
        }
    }
}
