using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace BackupFs.Cli.Logging;

/// <summary>
/// Writes a line for each event: time (UTC), level, the last word of the category, message. Line breaks and other control
/// characters within a message become spaces, so that no file name can forge a line.
/// </summary>
/// <param name="write">Appends a whole line; called by many threads.</param>
/// <param name="time">The clock.</param>
internal sealed class LineLoggerProvider(Action<string> write, TimeProvider time) : ILoggerProvider
{
    /// <summary>A factory that logs through <paramref name="write"/> from a level on.</summary>
    /// <param name="write">Appends a whole line; called by many threads.</param>
    /// <param name="time">The clock.</param>
    /// <param name="least">The least level that is logged.</param>
    /// <param name="besides">Get the same events.</param>
    public static ILoggerFactory CreateFactory(Action<string> write, TimeProvider time, LogLevel least, params ILoggerProvider[] besides) =>
        LoggerFactory.Create(builder =>
        {
            builder.SetMinimumLevel(least).AddProvider(new LineLoggerProvider(write, time));
            foreach (var provider in besides)
            {
                builder.AddProvider(provider);
            }
        });

    /// <summary>A text without line breaks and control characters, which become spaces.</summary>
    internal static string OnOneLine(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            line.Append(char.IsControl(character) || character is '\u2028' or '\u2029' ? ' ' : character);
        }

        return line.ToString();
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new LineLogger(categoryName[(categoryName.LastIndexOf('.') + 1)..], write, time);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class LineLogger(string category, Action<string> write, TimeProvider time) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = new StringBuilder();
            line.Append(time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture))
                .Append(' ').Append(Word(logLevel)).Append(' ').Append(category).Append(": ")
                .Append(OnOneLine(formatter(state, exception)));
            if (exception is not null)
            {
                line.Append(" | ").Append(OnOneLine(exception.ToString()));
            }

            write(line.Append('\n').ToString());
        }

        private static string Word(LogLevel level) => level switch
        {
            LogLevel.Trace => "trace",
            LogLevel.Debug => "debug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warning",
            LogLevel.Error => "error",
            LogLevel.Critical => "critical",
            LogLevel.None => "none",
        };
    }
}
