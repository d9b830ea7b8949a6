namespace BackupFs.Cli.Mounting;

/// <summary>A mount whose process is gone: every access is refused, and only unmounting helps.</summary>
internal static class DeadMount
{
    // ENOTCONN and ECONNABORTED of Linux.
    private static readonly int[] Errors = [107, 103];

    /// <summary>Whether a path is in one.</summary>
    public static bool Is(string path)
    {
        try
        {
            File.GetAttributes(path);
            return false;
        }
        catch (IOException exception)
        {
            return Is(exception);
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether an error is what a dead mount answers.</summary>
    public static bool Is(IOException exception) => Errors.Contains(exception.HResult);
}
