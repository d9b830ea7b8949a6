using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Amazon.Runtime;
using Microsoft.Extensions.Logging.Abstractions;

namespace BackupFs.Storage.S3.Tests;

/// <summary>A server whose every answer a test decides: what real ones do too rarely. One request for each connection.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly Func<ScriptedRequest, Task> _answer;
    private readonly Task _accepting;
    private int _count;

    private readonly X509Certificate2? _certificate;

    /// <param name="answer">Answers a request; the connection is closed when it returns.</param>
    /// <param name="certificate">What the server shows; null for one without TLS.</param>
    public ScriptedServer(Func<ScriptedRequest, Task> answer, X509Certificate2? certificate = null)
    {
        (_answer, _certificate) = (answer, certificate);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>All requests, in their order.</summary>
    public ConcurrentQueue<ScriptedRequest> Requests { get; } = new();

    /// <summary>Options that lead here.</summary>
    public S3Options Options => new()
    {
        Bucket = "bucket",
        Endpoint = new Uri($"{(_certificate is null ? "http" : "https")}://{_listener.LocalEndpoint}"),
        PathStyle = true,
        Limits = RequestLimits.Default with { Timeout = TimeSpan.FromSeconds(30), Retries = 2 },
        FirstBackoff = TimeSpan.FromMilliseconds(1),
    };

    public IObjectStore Open(Func<S3Options, S3Options>? change = null) => S3Storage.OpenS3(
        change is null ? Options : change(Options), new BasicAWSCredentials("access", "secret"), TimeProvider.System, () => 0.5, NullLogger.Instance);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }

        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_end.Token);
                _sockets.Add(socket);
                connections.Add(ServeAsync(socket));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or InvalidOperationException)
        {
        }

        await Task.WhenAll(connections);
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var network = new NetworkStream(socket, ownsSocket: true);
            await using var secure = _certificate is null ? null : new SslStream(network);
            if (secure is not null)
            {
                await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _end.Token);
            }

            Stream stream = secure is null ? network : secure;
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                await stream.ReadExactlyAsync(one, _end.Token);
                head.Append((char)one[0]);
            }

            var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
            var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
            if (headers.ContainsKey("Expect"))
            {
                await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), _end.Token);
            }

            var body = new byte[int.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture)];
            await stream.ReadExactlyAsync(body, _end.Token);
            var request = new ScriptedRequest(Interlocked.Increment(ref _count), lines[0], headers, body, socket, stream, _end.Token);
            Requests.Enqueue(request);
            await _answer(request);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ObjectDisposedException or AuthenticationException)
        {
        }
    }
}

/// <summary>A request that has arrived.</summary>
/// <param name="Number">From 1 on.</param>
/// <param name="Line">Verb and path.</param>
/// <param name="Headers">By name.</param>
/// <param name="Body">All of it.</param>
/// <param name="Socket">The connection.</param>
/// <param name="Stream">The connection.</param>
/// <param name="End">The end of the test.</param>
internal sealed record ScriptedRequest(
    int Number, string Line, IReadOnlyDictionary<string, string> Headers, byte[] Body, Socket Socket, Stream Stream, CancellationToken End)
{
    /// <summary>A whole answer.</summary>
    public Task AnswerAsync(string status, string body = "", params string[] headers) =>
        WriteAsync($"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {body.Length}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n{body}");

    /// <summary>An error as S3 tells it.</summary>
    public Task FailAsync(string status, string code) =>
        AnswerAsync(status, $"<Error><Code>{code}</Code><Message>said the server</Message></Error>", "Content-Type: application/xml");

    public async Task WriteAsync(string text) => await Stream.WriteAsync(Encoding.Latin1.GetBytes(text), End);

    /// <summary>Nothing more, for ever.</summary>
    public Task StallAsync() => Task.Delay(Timeout.Infinite, End);

    /// <summary>Breaks the connection with a reset.</summary>
    public void Reset()
    {
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Close();
    }
}
