using System.Text;

namespace BackupFs.Cli.Logging;

/// <summary>The file that a mount in the background logs to. Thread-safe.</summary>
/// <remarks>
/// Made readable by its owner only: it holds the names of files. It is opened for each line, so that logrotate can rename
/// it at any time and several mounts can share it; a log line is rare (a start, an end, an error).
/// </remarks>
internal sealed class LogFile
{
    private readonly Lock _lock = new();
    private readonly string _path;

    /// <summary>Makes sure that it can be written.</summary>
    /// <exception cref="CommandException">It cannot.</exception>
    public LogFile(string path)
    {
        _path = path;
        try
        {
            Append("");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"cannot write the log file '{path}': {exception.Message} (choose another with --log-file)", exception);
        }
    }

    /// <summary>Where a mount in the background logs unless told otherwise.</summary>
    public static string DefaultPath(CommandContext context)
    {
        if (context.IsPrivileged)
        {
            return "/var/log/backupfs.log";
        }

        var state = context.GetEnvironment("XDG_STATE_HOME");
        if (string.IsNullOrEmpty(state) || !Path.IsPathRooted(state))
        {
            var home = context.GetEnvironment("HOME");
            state = string.IsNullOrEmpty(home)
                ? throw new UsageException("HOME is not set, so there is no place for the log: use --log-file FILE", "mount")
                : Path.Combine(home, ".local/state");
        }

        return Path.Combine(state, "backupfs/backupfs.log");
    }

    /// <summary>Appends text. An error is not reported: a full disk must not stop a backup that is stored elsewhere.</summary>
    public void Write(string text)
    {
        try
        {
            Append(text);
        }
        catch (IOException)
        {
        }
        catch (UnauthorizedAccessException)
        {
        }
    }

    private void Append(string text)
    {
        lock (_lock)
        {
            if (Path.GetDirectoryName(_path) is { Length: > 0 } directory && !Directory.Exists(directory))
            {
                CreateDirectory(directory);
            }

            var options = new FileStreamOptions
            {
                Mode = FileMode.Append,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
            };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using var stream = new FileStream(_path, options);
            stream.Write(Encoding.UTF8.GetBytes(text));
        }
    }

    private static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
