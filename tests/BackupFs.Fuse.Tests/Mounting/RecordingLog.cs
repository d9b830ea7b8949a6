using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace BackupFs.Fuse.Tests.Mounting;

/// <summary>Keeps what was logged.</summary>
internal sealed class RecordingLog : ILogger
{
    internal ConcurrentQueue<(LogLevel Level, string Text)> Entries { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Entries.Enqueue((logLevel, formatter(state, exception) + exception));
}
