namespace BackupFs.FaultProxy;

/// <summary>What goes wrong with some requests. Exactly one of its kinds is to be set; a delay can be added to each, or stand alone.</summary>
public sealed record HttpFault
{
    private int _hits;

    /// <summary>Only requests with this method; null for any.</summary>
    public string? Method { get; init; }

    /// <summary>Only requests whose path and query contain this; null for any.</summary>
    public string? PathContains { get; init; }

    /// <summary>So many matching requests.</summary>
    public int Times { get; init; } = 1;

    /// <summary>Waits before the request is passed on or answered.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Answered by the proxy.</summary>
    public HttpAnswer? Answer { get; init; }

    /// <summary>The server does the request, and its response is lost: the connection ends like this.</summary>
    public ConnectionEnd? LoseResponse { get; init; }

    /// <summary>A bit of this byte of the response's body is flipped.</summary>
    public long? CorruptBodyAt { get; init; }

    /// <summary>So many bytes of the response's body pass, then <see cref="CutWith"/> happens.</summary>
    public long? CutBodyAfter { get; init; }

    /// <summary>See <see cref="CutBodyAfter"/>.</summary>
    public ConnectionEnd CutWith { get; init; } = ConnectionEnd.Reset;

    /// <summary>How many requests it hit.</summary>
    public int Hits => Math.Min(Volatile.Read(ref _hits), Times);

    internal bool TryHit(HttpHead request) =>
        (Method is null || request.Method == Method)
        && (PathContains is null || request.Target.Contains(PathContains, StringComparison.Ordinal))
        && Interlocked.Increment(ref _hits) <= Times;
}
