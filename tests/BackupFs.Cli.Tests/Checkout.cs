namespace BackupFs.Cli.Tests;

/// <summary>The checkout that the tests were built from.</summary>
internal static class Checkout
{
    /// <summary>The directory of BackupFs.sln.</summary>
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    private static string Find(DirectoryInfo? directory) =>
        directory is null ? throw new InvalidOperationException("no BackupFs.sln above the test's directory")
        : File.Exists(Path.Combine(directory.FullName, "BackupFs.sln")) ? directory.FullName
        : Find(directory.Parent);
}
