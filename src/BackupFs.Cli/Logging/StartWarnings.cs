using Microsoft.Extensions.Logging;

namespace BackupFs.Cli.Logging;

/// <summary>
/// Keeps what is logged as a warning while a mount starts in the background: whoever asked for it sees that at once, not only in the log.
/// Thread-safe.
/// </summary>
internal sealed class StartWarnings : ILoggerProvider, ILogger
{
    private const int Most = 20;
    private readonly Lock _lock = new();
    private List<string>? _messages = [];

    /// <summary>What came so far; nothing is kept any more.</summary>
    public IReadOnlyList<string> Take()
    {
        lock (_lock)
        {
            var taken = _messages ?? [];
            _messages = null;
            return taken;
        }
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel is LogLevel.Warning or LogLevel.Error or LogLevel.Critical;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        lock (_lock)
        {
            if (_messages?.Count < Most)
            {
                _messages.Add(LineLoggerProvider.OnOneLine(formatter(state, exception)));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
