using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace BackupFs.FaultProxy.Tests;

/// <summary>
/// A very small HTTP server: <c>GET /N</c> answers N bytes (in chunks with <c>?chunked</c>), <c>PUT</c> reads the body and
/// answers its length. Written apart from the proxy, so that both do not share a mistake.
/// </summary>
internal sealed class HttpServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    public HttpServer(int port = 0)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Start();
        EndPoint = (IPEndPoint)_listener.LocalEndpoint;
        _running = RunAsync();
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>The requests done: method, target and bytes of the body.</summary>
    public ConcurrentQueue<string> Done { get; } = new();

    public static byte[] Body(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

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
                served.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or InvalidOperationException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var stream = client.GetStream();
                while (await ReadHeadAsync(stream) is { Length: > 0 } head)
                {
                    await AnswerAsync(stream, head);
                }
            }
            catch (Exception error) when (error is IOException or OperationCanceledException)
            {
                // The client is gone, or the test is over.
            }
        }
    }

    private async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one, _stopping.Token) > 0)
        {
            head.Append((char)one[0]);
            if (one[0] == '\n' && head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                return head.ToString();
            }
        }

        return "";
    }

    private async Task AnswerAsync(NetworkStream stream, string head)
    {
        var lines = head.Split("\r\n");
        var (method, target) = (lines[0].Split(' ')[0], lines[0].Split(' ')[1]);
        if (lines.Any(line => line.StartsWith("Expect:", StringComparison.OrdinalIgnoreCase)))
        {
            await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), _stopping.Token);
        }

        var header = lines.FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        var length = header is null ? 0 : int.Parse(header.Split(':')[1], CultureInfo.InvariantCulture);
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, _stopping.Token);
        Done.Enqueue($"{method} {target} {length}");
        var answer = method == "PUT"
            ? Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture))
            : Body(int.Parse(target.TrimStart('/').Split('?')[0], CultureInfo.InvariantCulture));
        if (target.Contains("chunked", StringComparison.Ordinal))
        {
            await WriteChunkedAsync(stream, answer);
            return;
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {answer.Length}\r\n\r\n"), _stopping.Token);
        if (method != "HEAD")
        {
            await stream.WriteAsync(answer, _stopping.Token);
        }
    }

    private async Task WriteChunkedAsync(NetworkStream stream, byte[] answer)
    {
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray(), _stopping.Token);
        foreach (var chunk in answer.Chunk(7777))
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"{chunk.Length:x};note=1\r\n"), _stopping.Token);
            await stream.WriteAsync(chunk, _stopping.Token);
            await stream.WriteAsync("\r\n"u8.ToArray(), _stopping.Token);
        }

        await stream.WriteAsync("0\r\nX-Trailer: 1\r\n\r\n"u8.ToArray(), _stopping.Token);
    }
}
