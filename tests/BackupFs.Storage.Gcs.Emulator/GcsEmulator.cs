using System.Buffers;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BackupFs.Storage.Gcs.Emulator;

/// <summary>A server of <see cref="GcsApi"/> on 127.0.0.1, without any access control, with faults to inject. Thread-safe.</summary>
public sealed partial class GcsEmulator : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly GcsApi _api = new();
    private readonly Lock _gate = new();
    private readonly List<(EmulatorFault Fault, int Left)> _faults = [];
    private readonly List<ApiRequest> _requests = [];
    private bool _recording;

    private GcsEmulator(WebApplication server) => _server = server;

    /// <summary>Where it is, without a slash at the end.</summary>
    public string Address => _server.Urls.First().TrimEnd('/');

    /// <summary>How many resumable uploads were neither finished nor cancelled.</summary>
    public int UnfinishedUploads => _api.UnfinishedUploads;

    /// <summary>The requests since <see cref="Record"/>, without their bodies.</summary>
    public IReadOnlyList<ApiRequest> Requests
    {
        get
        {
            lock (_gate)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Starts one.</summary>
    /// <param name="port">0 for a free one.</param>
    public static async Task<GcsEmulator> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        var emulator = new GcsEmulator(builder.Build());
        emulator._server.Run(emulator.ServeAsync);
        await emulator._server.StartAsync();
        return emulator;
    }

    /// <summary>Makes a bucket.</summary>
    public void CreateBucket(string name) => _api.CreateBucket(name);

    /// <summary>Makes something go wrong.</summary>
    public void Inject(EmulatorFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        lock (_gate)
        {
            _faults.Add((fault, fault.Times));
        }
    }

    /// <summary>Begins to keep requests.</summary>
    public void Record()
    {
        lock (_gate)
        {
            _recording = true;
            _requests.Clear();
        }
    }

    /// <summary>Returns when the server was asked to stop.</summary>
    public Task WaitAsync() => _server.WaitForShutdownAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A connection that a fault holds does not end by itself.
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _server.StopAsync(now.Token);
        await _server.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        try
        {
            var request = Read(context);
            var fault = Take(request);
            if (fault is { Action: FaultAction.Refuse })
            {
                await SendAsync(context, ApiAnswer.Of(new ApiError(fault.Status, fault.Reason, "An injected fault.")), null);
                return;
            }

            var (body, whole) = await ReadBodyAsync(context, fault is { Action: FaultAction.BreakRequest } ? fault.Bytes : long.MaxValue);
            if (fault is { Action: FaultAction.DamageRequest } && body.Length > 0)
            {
                // The middle: in a multipart body the end is not content.
                body[body.Length / 2] ^= 1;
            }

            request = request with { Body = body, IsWhole = whole };
            if (!whole)
            {
                // What arrived is kept where the protocol says so; nobody is there to be answered.
                if (request is { Method: "PUT", Path: ["upload", ..] })
                {
                    _api.Handle(request);
                }

                context.Abort();
                return;
            }

            var answer = _api.Handle(request);
            if (fault is { Action: FaultAction.LoseAnswer })
            {
                context.Abort();
                return;
            }

            if (fault is { Action: FaultAction.WrongChecksum })
            {
                answer = answer with { Body = Encoding.UTF8.GetBytes(ChecksumPattern().Replace(Encoding.UTF8.GetString(answer.Body.Span), "\"crc32c\":\"AAAAAA==\"")) };
            }

            await SendAsync(context, answer, fault);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            context.Abort(); // the client went away
        }
    }

    private static ApiRequest Read(HttpContext context)
    {
        // The path as it was sent: a slash in a name is not one between segments.
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        var query = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in mark < 0 ? [] : target[(mark + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            query[Decode(equals < 0 ? pair : pair[..equals])] = equals < 0 ? "" : Decode(pair[(equals + 1)..].Replace('+', ' '));
        }

        return new ApiRequest(
            context.Request.Method,
            [.. (mark < 0 ? target : target[..mark]).Split('/')[1..].Select(Decode)],
            query,
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            default,
            true,
            $"http://{context.Request.Host}");

        static string Decode(string text) => Uri.UnescapeDataString(text);
    }

    /// <summary>Up to a number of bytes of the body, and whether that was all.</summary>
    private static async Task<(byte[] Body, bool IsWhole)> ReadBodyAsync(HttpContext context, long limit)
    {
        using var body = new MemoryStream();
        var buffer = ArrayPool<byte>.Shared.Rent(128 << 10);
        try
        {
            while (body.Length < limit)
            {
                var count = await context.Request.Body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, limit - body.Length)));
                if (count == 0)
                {
                    return (body.ToArray(), true);
                }

                body.Write(buffer, 0, count);
            }

            return (body.ToArray(), false);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or Microsoft.AspNetCore.Http.BadHttpRequestException)
        {
            return (body.ToArray(), false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task SendAsync(HttpContext context, ApiAnswer answer, EmulatorFault? fault)
    {
        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers.Append(name, value);
        }

        if (answer.Status != StatusCodes.Status204NoContent)
        {
            context.Response.ContentLength = answer.Body.Length;
        }

        if (fault is { Action: FaultAction.BreakAnswer or FaultAction.StallAnswer } && answer.Body.Length > fault.Bytes)
        {
            await context.Response.Body.WriteAsync(answer.Body[..(int)fault.Bytes], context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            if (fault.Action == FaultAction.StallAnswer)
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }

            context.Abort();
            return;
        }

        await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }

    private EmulatorFault? Take(ApiRequest request)
    {
        lock (_gate)
        {
            if (_recording)
            {
                _requests.Add(request);
            }

            var index = _faults.FindIndex(fault => fault.Fault.Where?.Invoke(request) ?? true);
            if (index < 0)
            {
                return null;
            }

            var (found, left) = _faults[index];
            if (left > 1)
            {
                _faults[index] = (found, left - 1);
            }
            else
            {
                _faults.RemoveAt(index);
            }

            return found;
        }
    }

    [GeneratedRegex("\"crc32c\":\"[^\"]*\"")]
    private static partial Regex ChecksumPattern();
}
