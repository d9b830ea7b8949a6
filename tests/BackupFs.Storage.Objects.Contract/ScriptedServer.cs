using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace BackupFs.Storage.Objects.Contract;

/// <summary>What a <see cref="ScriptedServer"/> does with a connection after it has written what it answers.</summary>
public enum ScriptedEnd
{
    /// <summary>Waits for the next request.</summary>
    Continue,

    /// <summary>Breaks it.</summary>
    Break,

    /// <summary>Keeps it and says nothing more.</summary>
    Stall,
}

/// <summary>A request as it came.</summary>
/// <param name="Method">For example <c>GET</c>.</param>
/// <param name="Target">Path and query, not decoded.</param>
/// <param name="Headers">By name, whatever its case.</param>
public sealed record ScriptedRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers);

/// <summary>What is written, byte for byte, and what happens then.</summary>
/// <param name="Text">In Latin-1.</param>
/// <param name="End">Of the connection.</param>
public sealed record ScriptedAnswer(string Text, ScriptedEnd End = ScriptedEnd.Continue)
{
    /// <summary>An answer with a body.</summary>
    public static ScriptedAnswer Of(int status, string headers = "", string body = "", ScriptedEnd end = ScriptedEnd.Continue) => new(
        $"HTTP/1.1 {status} Scripted\r\nContent-Length: {Encoding.Latin1.GetByteCount(body).ToString(CultureInfo.InvariantCulture)}\r\n{headers}\r\n{body}", end);

    /// <summary>Nothing, and the connection breaks.</summary>
    public static ScriptedAnswer Broken { get; } = new("", ScriptedEnd.Break);

    /// <summary>Nothing, for ever.</summary>
    public static ScriptedAnswer Silence { get; } = new("", ScriptedEnd.Stall);
}

/// <summary>
/// A server on 127.0.0.1 that answers what a test says, also what no server should: half of a body, nothing, the end of the
/// connection.
/// </summary>
public sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<int, ScriptedRequest, ScriptedAnswer> _script;
    private readonly bool _readsBodies;
    private readonly X509Certificate2? _certificate;
    private readonly ConcurrentQueue<ScriptedRequest> _requests = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;
    private int _count;

    /// <param name="script">Told how many requests were before.</param>
    /// <param name="readsBodies">Whether bodies are taken before the answer.</param>
    /// <param name="certificate">What the server shows; null for one without TLS.</param>
    public ScriptedServer(Func<int, ScriptedRequest, ScriptedAnswer> script, bool readsBodies = true, X509Certificate2? certificate = null)
    {
        (_script, _readsBodies, _certificate) = (script, readsBodies, certificate);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it is.</summary>
    public string Address => $"{(_certificate is null ? "http" : "https")}://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>The requests so far.</summary>
    public IReadOnlyList<ScriptedRequest> Requests => [.. _requests];

    /// <summary>An address at which nobody listens.</summary>
    public static string NobodyAt()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture)}";
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // stopped
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var network = new NetworkStream(socket, ownsSocket: true);
        await using var secure = _certificate is null ? null : new SslStream(network);
        var stream = secure ?? (Stream)network;
        var received = new List<byte>();
        try
        {
            if (secure is not null)
            {
                await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
            }

            while (await ReadAsync(stream, received) is { } request)
            {
                _requests.Enqueue(request);
                var answer = _script(Interlocked.Increment(ref _count) - 1, request);
                await stream.WriteAsync(Encoding.Latin1.GetBytes(answer.Text), _stop.Token);
                switch (answer.End)
                {
                    case ScriptedEnd.Break:
                        return;
                    case ScriptedEnd.Stall:
                        await Task.Delay(Timeout.Infinite, _stop.Token);
                        break;
                    case ScriptedEnd.Continue:
                        break;
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or AuthenticationException)
        {
            // the client went away, or the test is over
        }
    }

    private async Task<ScriptedRequest?> ReadAsync(Stream stream, List<byte> received)
    {
        int end;
        while ((end = Encoding.Latin1.GetString([.. received]).IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
        {
            if (!await ReceiveAsync(stream, received))
            {
                return null;
            }
        }

        var lines = Encoding.Latin1.GetString([.. received[..end]]).Split("\r\n");
        received.RemoveRange(0, end + 4);
        var headers = lines[1..].Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1].Trim(), StringComparer.OrdinalIgnoreCase);
        var rest = _readsBodies && headers.TryGetValue("Content-Length", out var length) ? long.Parse(length, CultureInfo.InvariantCulture) : 0;
        while (rest > 0)
        {
            if (received.Count == 0 && !await ReceiveAsync(stream, received))
            {
                return null;
            }

            var taken = (int)Math.Min(rest, received.Count);
            received.RemoveRange(0, taken);
            rest -= taken;
        }

        var first = lines[0].Split(' ');
        return new ScriptedRequest(first[0], first[1], headers);
    }

    private async Task<bool> ReceiveAsync(Stream stream, List<byte> received)
    {
        var buffer = new byte[64 << 10];
        var count = await stream.ReadAsync(buffer, _stop.Token);
        received.AddRange(buffer.AsSpan(0, count));
        return count > 0;
    }
}
