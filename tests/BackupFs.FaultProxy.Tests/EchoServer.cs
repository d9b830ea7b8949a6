using System.Net;
using System.Net.Sockets;

namespace BackupFs.FaultProxy.Tests;

/// <summary>Sends back what it gets; ends when the client does.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    public EchoServer()
    {
        _listener.Start();
        _running = RunAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        var served = new List<Task>();
        try
        {
            while (true)
            {
                served.Add(EchoAsync(await _listener.AcceptSocketAsync(_stopping.Token)));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task EchoAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                var buffer = new byte[50_000];
                while (await socket.ReceiveAsync(buffer, _stopping.Token) is var read and > 0)
                {
                    for (var sent = 0; sent < read;)
                    {
                        sent += await socket.SendAsync(buffer.AsMemory(sent, read - sent), _stopping.Token);
                    }
                }
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                // The client is gone, or the test is over.
            }
        }
    }
}
