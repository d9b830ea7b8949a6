namespace BackupFs.Storage;

/// <summary>
/// Any storage, whose calls fail as a <see cref="FaultPlan"/> says: for tests of what is built on a storage. It has no local
/// descriptors, which would pass it by.
/// </summary>
/// <param name="inner">The storage that does the work.</param>
/// <param name="plan">What fails; it can be changed at any time.</param>
public sealed class FaultyStorage(IBackupStorage inner, FaultPlan plan) : IBackupStorage
{
    /// <inheritdoc/>
    public string Scheme => inner.Scheme;

    /// <inheritdoc/>
    public string Location => inner.Location;

    /// <inheritdoc/>
    public StorageCapabilities Capabilities => inner.Capabilities with { LocalDescriptors = false, LocalSpeed = inner.Capabilities.LocalSpeed && !IsSlow };

    /// <summary>Whether it says that it is far away, as object storages are: what is built on it then expects calls to take long.</summary>
    public bool IsSlow { get; init; }

    /// <summary>The handle that a handle of a faulty storage stands for.</summary>
    public static IBackupHandle Unwrap(IBackupHandle handle) => handle is FaultyHandle faulty ? faulty.Inner : handle;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<IBackupHandle>> ListBackupsAsync(string directory, CancellationToken cancellationToken) =>
        plan.ThrowAsync(
            "Storage.ListBackups",
            directory,
            async () => Wrap(await inner.ListBackupsAsync(directory, cancellationToken).ConfigureAwait(false)),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IBackupHandle> StartBackupAsync(string directory, string name, CancellationToken cancellationToken) =>
        plan.ThrowAsync(
            "Storage.StartBackup",
            BackupPath.Join(directory, name),
            async () => Wrap(await inner.StartBackupAsync(directory, name, cancellationToken).ConfigureAwait(false)),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask RemoveBackupAsync(string directory, string name, CancellationToken cancellationToken) =>
        plan.ThrowAsync(
            "Storage.RemoveBackup",
            BackupPath.Join(directory, name),
            () => inner.RemoveBackupAsync(directory, name, cancellationToken),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask CloseAsync(CancellationToken cancellationToken) =>
        plan.ThrowAsync("Storage.Close", "", () => inner.CloseAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IBackupHandle?> FindBackupAsync(string directory, string name, CancellationToken cancellationToken) =>
        plan.ThrowAsync(
            "Storage.FindBackup",
            BackupPath.Join(directory, name),
            async () => await inner.FindBackupAsync(directory, name, cancellationToken).ConfigureAwait(false) is { } found ? Wrap(found) : null,
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<IBackupHandle>> ListIncompleteAsync(string directory, CancellationToken cancellationToken) =>
        plan.ThrowAsync(
            "Storage.ListIncomplete",
            directory,
            async () => Wrap(await inner.ListIncompleteAsync(directory, cancellationToken).ConfigureAwait(false)),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IBackupHandle> ResumeBackupAsync(string directory, string name, CancellationToken cancellationToken) =>
        plan.ThrowAsync(
            "Storage.ResumeBackup",
            BackupPath.Join(directory, name),
            async () => Wrap(await inner.ResumeBackupAsync(directory, name, cancellationToken).ConfigureAwait(false)),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListDirectoriesAsync(string directory, CancellationToken cancellationToken) =>
        plan.ThrowAsync(
            "Storage.ListDirectories",
            directory,
            () => inner.ListDirectoriesAsync(directory, cancellationToken),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> GetDirectoryAttributesAsync(string directory, CancellationToken cancellationToken) =>
        plan.RunAsync(
            "Storage.GetDirectoryAttributes",
            directory,
            () => inner.GetDirectoryAttributesAsync(directory, cancellationToken),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> SetDirectoryAttributesAsync(
        string directory, EntryChanges changes, CancellationToken cancellationToken) =>
        plan.RunAsync(
            "Storage.SetDirectoryAttributes",
            directory,
            () => inner.SetDirectoryAttributesAsync(directory, changes, cancellationToken),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StorageResult<EntryAttributes>> CreateDirectoryAsync(
        string directory, NewEntry entry, CancellationToken cancellationToken) =>
        plan.RunAsync(
            "Storage.CreateDirectory",
            directory,
            () => inner.CreateDirectoryAsync(directory, entry, cancellationToken),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> RemoveDirectoryAsync(string directory, CancellationToken cancellationToken) =>
        plan.RunAsync(
            "Storage.RemoveDirectory",
            directory,
            () => inner.RemoveDirectoryAsync(directory, cancellationToken),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StorageResult<StorageSpace>> GetSpaceAsync(CancellationToken cancellationToken) =>
        plan.RunAsync("Storage.GetSpace", "", () => inner.GetSpaceAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask RecoverAsync(CancellationToken cancellationToken) =>
        plan.ThrowAsync("Storage.Recover", "", () => inner.RecoverAsync(cancellationToken), cancellationToken);

    private IBackupHandle Wrap(IBackupHandle handle) => new FaultyHandle(handle, plan);

    private IReadOnlyList<IBackupHandle> Wrap(IReadOnlyList<IBackupHandle> handles) => [.. handles.Select(Wrap)];
}
