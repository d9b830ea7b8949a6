namespace BackupFs.FaultProxy;

/// <summary>Passes the requests of one connection on, one after another, with the faults that match them.</summary>
internal sealed class HttpForwarding(ProxyConnection connection, HttpFaults faults)
{
    private static readonly byte[] HeadEnd = "\r\n\r\n"u8.ToArray();
    private static readonly byte[] Continue = "HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray();

    /// <summary>Runs until one side closes.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await connection.Client.ReadThroughAsync(HeadEnd, cancellationToken).ConfigureAwait(false) is { } bytes)
        {
            var request = new HttpHead(bytes);
            var fault = faults.Match(request);
            if (fault?.Delay > TimeSpan.Zero)
            {
                await Task.Delay(fault.Delay, cancellationToken).ConfigureAwait(false);
            }

            var goesOn = fault?.Answer is { } answer
                ? await AnswerAsync(request, answer, cancellationToken).ConfigureAwait(false)
                : await ForwardAsync(request, fault, cancellationToken).ConfigureAwait(false);
            if (!goesOn)
            {
                await connection.CloseAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
        }
    }

    private async Task<bool> AnswerAsync(HttpHead request, HttpAnswer answer, CancellationToken cancellationToken)
    {
        long read = 0;
        if (answer.AfterBodyBytes > 0)
        {
            if (request.ExpectsContinue)
            {
                await connection.ToClient.WriteAsync(Continue, cancellationToken).ConfigureAwait(false);
            }

            await foreach (var piece in HttpBody.ReadRequestAsync(connection.Client, request, cancellationToken).ConfigureAwait(false))
            {
                read += piece.IsPayload ? piece.Bytes.Length : 0;
                if (read >= answer.AfterBodyBytes)
                {
                    break;
                }
            }
        }

        var closes = request.Closes || answer.AfterBodyBytes != HttpAnswer.WholeBody;
        await connection.ToClient.WriteAsync(answer.ToBytes(request.Method, closes), cancellationToken).ConfigureAwait(false);
        return !closes;
    }

    private async Task<bool> ForwardAsync(HttpHead request, HttpFault? fault, CancellationToken cancellationToken)
    {
        await connection.ConnectAsync(cancellationToken).ConfigureAwait(false);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await connection.ToServer.WriteAsync(request.Bytes, stop.Token).ConfigureAwait(false);

        // At the same time: the server may say 100, or refuse, before it has the whole body.
        var body = ForwardBodyAsync(request, stop.Token);
        try
        {
            var goesOn = await ForwardResponseAsync(request, fault, body, stop.Token).ConfigureAwait(false);
            if (goesOn)
            {
                await body.ConfigureAwait(false);
            }

            return goesOn;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await body.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ForwardBodyAsync(HttpHead request, CancellationToken cancellationToken)
    {
        await foreach (var piece in HttpBody.ReadRequestAsync(connection.Client, request, cancellationToken).ConfigureAwait(false))
        {
            await connection.ToServer.WriteAsync(piece.Bytes, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> ForwardResponseAsync(HttpHead request, HttpFault? fault, Task body, CancellationToken cancellationToken)
    {
        while (await connection.Server.ReadThroughAsync(HeadEnd, cancellationToken).ConfigureAwait(false) is { } bytes)
        {
            var response = new HttpHead(bytes);
            var isFinal = response.Status >= 200;
            if (isFinal && fault?.LoseResponse is { } end)
            {
                await foreach (var piece in HttpBody
                    .ReadResponseAsync(connection.Server, response, request.Method, cancellationToken).ConfigureAwait(false))
                {
                    // The server has said everything; nobody hears it.
                }

                await body.ConfigureAwait(false);
                await connection.EndAsync(end, () => faults.Contains(fault), cancellationToken).ConfigureAwait(false);
                return false;
            }

            await connection.ToClient.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            if (isFinal)
            {
                await ForwardResponseBodyAsync(request, response, fault, cancellationToken).ConfigureAwait(false);
                return !request.Closes && !response.Closes && !HttpBody.EndsWithConnection(response, request.Method);
            }
        }

        return false;
    }

    private async Task ForwardResponseBodyAsync(HttpHead request, HttpHead response, HttpFault? fault, CancellationToken cancellationToken)
    {
        long passed = 0;
        var cut = fault?.CutBodyAfter ?? long.MaxValue;
        await foreach (var piece in HttpBody
            .ReadResponseAsync(connection.Server, response, request.Method, cancellationToken).ConfigureAwait(false))
        {
            var bytes = piece.Bytes;
            if (piece.IsPayload)
            {
                if (fault?.CorruptBodyAt - passed is { } at and >= 0 && at < bytes.Length)
                {
                    bytes.Span[(int)at] ^= 1;
                }

                if (passed + bytes.Length > cut)
                {
                    await connection.ToClient.WriteAsync(bytes[..(int)(cut - passed)], cancellationToken).ConfigureAwait(false);
                    await connection.EndAsync(fault!.CutWith, () => faults.Contains(fault), cancellationToken).ConfigureAwait(false);
                    bytes = bytes[(int)(cut - passed)..];
                    (passed, cut) = (cut, long.MaxValue);
                }

                passed += bytes.Length;
            }

            await connection.ToClient.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
    }
}
