namespace BackupFs.Storage.Objects;

/// <summary>
/// Which key is what. A backup's files are at <c>directory/name/file</c>, as Vitess has them; what BackupFs keeps besides, for as
/// long as a backup is open, is below <c>.backupfs/</c>: never inside of a backup, so that it cannot be taken for one of its files.
/// </summary>
/// <remarks>
/// <code>
/// .backupfs/claims/DIRECTORY/NAME/owner       who writes the backup: its name is taken
/// .backupfs/claims/DIRECTORY/NAME/claim-ID    contenders, where the server has no conditions
/// .backupfs/journal/DIRECTORY/NAME            names and attributes of an open backup
/// .backupfs/data/DIRECTORY/NAME/NUMBER        content whose own key is not free yet
/// </code>
/// <para>DIRECTORY is one segment, see <see cref="ReservedPaths.EscapeDirectory"/>.
/// Where every keyspace has a bucket of its own, each has its own <c>keyspace/.backupfs/</c>.</para>
/// </remarks>
internal sealed class ObjectKeys(bool bucketPerDirectory)
{
    private const string ClaimsFolder = ReservedPaths.ClaimsFolder + "/";

    /// <summary>The object that says who owns a name.</summary>
    internal const string OwnerName = ReservedPaths.Owner;

    /// <summary>The beginning of a contender's object's name.</summary>
    internal const string ContenderPrefix = "claim-";

    /// <summary>The prefix of all files of a backup.</summary>
    internal static string Backup(string directory, string name) => BackupPath.Join(directory, name) + "/";

    /// <summary>A file of a backup.</summary>
    internal static string File(string directory, string name, string path) => Backup(directory, name) + path;

    /// <summary>The prefix of everything of ours that has to do with backups in a directory.</summary>
    internal string Control(string directory)
    {
        var slash = directory.IndexOf('/', StringComparison.Ordinal);
        return bucketPerDirectory && directory.Length > 0
            ? $"{(slash < 0 ? directory : directory[..slash])}/{BackupPath.ReservedName}/"
            : BackupPath.ReservedName + "/";
    }

    /// <summary>The prefix of the claims on all names in a directory.</summary>
    internal string Claims(string directory) => $"{Control(directory)}{ClaimsFolder}{ReservedPaths.EscapeDirectory(directory)}/";

    /// <summary>The prefix of all claims below a prefix of <see cref="Control"/>.</summary>
    internal static string AllClaims(string control) => control + ClaimsFolder;

    /// <summary>The prefix of the claims on one name.</summary>
    internal string Claims(string directory, string name) => $"{Claims(directory)}{name}/";

    /// <summary>Who owns a name.</summary>
    internal string Owner(string directory, string name) => Claims(directory, name) + OwnerName;

    /// <summary>The journal of an open backup.</summary>
    internal string Journal(string directory, string name) => $"{Control(directory)}journal/{ReservedPaths.EscapeDirectory(directory)}/{name}";

    /// <summary>The prefix of provisional content.</summary>
    internal string Data(string directory, string name) => $"{Control(directory)}data/{ReservedPaths.EscapeDirectory(directory)}/{name}/";

    /// <summary>What a key of <see cref="Claims(string)"/> is about; null for a key that is none.</summary>
    internal static (string Directory, string Name, string Kind)? ParseClaim(string control, string key)
    {
        if (!key.StartsWith(control + ClaimsFolder, StringComparison.Ordinal))
        {
            return null;
        }

        var parts = key[(control.Length + ClaimsFolder.Length)..].Split('/');
        return parts.Length == 3 && ReservedPaths.UnescapeDirectory(parts[0]) is { } directory && BackupPath.CheckBackup(directory, parts[1]) is null
            ? (directory, parts[1], parts[2])
            : null;
    }
}
