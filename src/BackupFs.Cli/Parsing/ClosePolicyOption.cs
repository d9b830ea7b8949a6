namespace BackupFs.Cli.Parsing;

/// <summary>Reads what <c>close</c> is given as an option and in the configuration file: <c>stored</c> or <c>deferred</c>.</summary>
internal static class ClosePolicyOption
{
    /// <summary>The option's name.</summary>
    public const string Name = "close";

    /// <summary>Closed files on their way at once, for each request under way at once: enough that none of these waits for the next close.</summary>
    private const int FilesForEachRequest = 2;

    /// <summary>The kernel has no more releases under way than 1024, of all files.</summary>
    private const int MostFiles = 512;

    /// <summary>Whether close may return before the file is stored.</summary>
    /// <param name="value">As it was written.</param>
    /// <param name="refuse">Makes the error, of what would be accepted.</param>
    public static bool IsDeferred(string value, Func<string, Exception> refuse) => value switch
    {
        "stored" => false,
        "deferred" => true,
        _ => throw refuse("stored or deferred"),
    };

    /// <summary>How many closed files may be on their way at once.</summary>
    /// <param name="isDeferred">Whether any may be.</param>
    /// <param name="requests">Requests under way at once at most.</param>
    public static int DeferredCloses(bool isDeferred, int requests) => isDeferred ? Math.Min(requests * FilesForEachRequest, MostFiles) : 0;
}
