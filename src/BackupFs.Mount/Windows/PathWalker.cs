using BackupFs.FileSystem;
using BackupFs.WinFsp;

namespace BackupFs.Mount.Windows;

/// <summary>
/// Finds what a path leads to: name by name, in the spelling given, else in the only other one there is. Gives back every
/// reference that it takes on the way.
/// </summary>
internal sealed class PathWalker(BackupFileSystem fileSystem, NameIndex names)
{
    private const char Separator = '\\';

    /// <summary>
    /// Finds what a path leads to. <see cref="NtStatus.ObjectPathNotFound"/> when a directory on the way is missing,
    /// <see cref="NtStatus.ObjectNameNotFound"/> when only the last name is.
    /// </summary>
    public async ValueTask<WinFspResult<WalkedPath>> FindAsync(string path, CancellationToken cancellationToken)
    {
        var parent = await FindParentAsync(path, cancellationToken).ConfigureAwait(false);
        if (!parent.Status.IsSuccess())
        {
            return parent.Status;
        }

        var found = parent.Value;
        if (found.Name.Length == 0)
        {
            return found.Directory;
        }

        try
        {
            var entry = await LookupAsync(found.Inode, found.Name, cancellationToken).ConfigureAwait(false);
            return entry.IsOk
                ? new WalkedPath(entry.Value.Entry, found.PathOf(ShownName.Of(entry.Value.Stored)))
                : NtStatusMap.From(entry.Error);
        }
        finally
        {
            fileSystem.Forget(found.Inode, 1);
        }
    }

    /// <summary>Finds the directory that a path leads into; for the root, the root and an empty name.</summary>
    public async ValueTask<WinFspResult<WalkedParent>> FindParentAsync(string path, CancellationToken cancellationToken)
    {
        Inode directory = fileSystem.Inodes.Root;
        var attributes = await fileSystem.GetAttributesAsync(directory, null, cancellationToken).ConfigureAwait(false);
        if (!attributes.IsOk)
        {
            return NtStatusMap.From(attributes.Error);
        }

        var walked = new WalkedParent(new WalkedPath(new FsEntry(directory, attributes.Value, TimeSpan.Zero), @"\"), "");
        var components = path.Split(Separator, StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < components.Length - 1; i++)
        {
            var next = await LookupAsync(walked.Inode, components[i], cancellationToken).ConfigureAwait(false);
            fileSystem.Forget(walked.Inode, 1);
            if (!next.IsOk)
            {
                return OnTheWay(next.Error);
            }

            walked = new WalkedParent(new WalkedPath(next.Value.Entry, walked.PathOf(ShownName.Of(next.Value.Stored))), "");
        }

        return components.Length == 0 ? walked : walked with { Name = components[^1] };
    }

    /// <summary>Finds a name in a directory.</summary>
    public async ValueTask<FsResult<(FsEntry Entry, string Stored)>> LookupAsync(
        Inode directory, string shown, CancellationToken cancellationToken)
    {
        if (shown.Contains('/', StringComparison.Ordinal))
        {
            return FsError.InvalidName;
        }

        var stored = ShownName.ToStored(shown);
        var exact = await LookupStoredAsync(directory, stored, cancellationToken).ConfigureAwait(false);
        if (exact.Error == FsError.NotFound && stored != shown)
        {
            exact = await LookupStoredAsync(directory, shown, cancellationToken).ConfigureAwait(false);
        }

        if (exact.Error != FsError.NotFound)
        {
            return exact;
        }

        var others = await names.FindAsync(directory, shown, cancellationToken).ConfigureAwait(false);
        return !others.IsOk ? others.Error
            : others.Value is [var only] ? await LookupStoredAsync(directory, only, cancellationToken).ConfigureAwait(false)
            : FsError.NotFound;
    }

    /// <summary>
    /// Finds a name in a directory whose spelling is not known: that of a search comes in upper case. Of several it is the first.
    /// </summary>
    public async ValueTask<FsResult<(FsEntry Entry, string Stored)>> SearchAsync(
        Inode directory, string shown, CancellationToken cancellationToken)
    {
        var found = await LookupAsync(directory, shown, cancellationToken).ConfigureAwait(false);
        if (found.Error != FsError.NotFound)
        {
            return found;
        }

        var twins = await names.FindAsync(directory, shown, cancellationToken).ConfigureAwait(false);
        return !twins.IsOk ? twins.Error
            : twins.Value.Min(StringComparer.Ordinal) is { } first
                ? await LookupStoredAsync(directory, first, cancellationToken).ConfigureAwait(false)
            : FsError.NotFound;
    }

    private async ValueTask<FsResult<(FsEntry Entry, string Stored)>> LookupStoredAsync(
        Inode directory, string stored, CancellationToken cancellationToken)
    {
        var found = await fileSystem.LookupAsync(directory, stored, cancellationToken).ConfigureAwait(false);
        return found.IsOk ? (found.Value, stored) : found.Error;
    }

    private static NtStatus OnTheWay(FsError error) =>
        error is FsError.NotFound or FsError.NotADirectory ? NtStatus.ObjectPathNotFound : NtStatusMap.From(error);
}
