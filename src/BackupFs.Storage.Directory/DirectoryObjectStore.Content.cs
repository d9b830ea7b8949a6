using System.Buffers;
using BackupFs.Storage.Directory.Interop;
using BackupFs.Storage.Objects;

namespace BackupFs.Storage.Directory;

/// <content>Reading, storing and copying objects.</content>
public sealed partial class DirectoryObjectStore
{
    private const int LargestRead = 1 << 20;

    /// <inheritdoc/>
    public ValueTask<StorageResult<int>> ReadAsync(
        string key, string? tag, long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        ReadAsync(key, tag, offset, [buffer], cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StorageResult<int>> ReadAsync(
        string key, string? tag, long offset, IReadOnlyList<Memory<byte>> buffers, CancellationToken cancellationToken) =>
        DoAsync<int>("reading", key, () => new(Read(key, tag, offset, buffers, cancellationToken)), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StorageResult<ObjectInfo>> PutAsync(
        string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken) => DoAsync<ObjectInfo>(
        "storing",
        key,
        async () =>
        {
            if (Paths.Check(key) is { } invalid)
            {
                return invalid;
            }

            using var file = NewFile();
            file.Write(body, 0, cancellationToken);
            file.Seal(NextTime());
            if (condition == PutCondition.None)
            {
                return await PlaceAsync(file, key, replaces: true, cancellationToken).ConfigureAwait(false);
            }

            using var held = await _lock.TakeAsync(cancellationToken).ConfigureAwait(false);
            var present = Find(key);
            return (condition.IfAbsent ? present is not null : present?.Tag != condition.IfTag)
                ? new StorageError(StorageErrorKind.AlreadyExists, $"storing '{BackupPath.Printable(key)}': the condition was not met")
                : await PlaceAsync(file, key, replaces: !condition.IfAbsent, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    /// <inheritdoc/>
    /// <remarks>As objects do not change, a copy is a second name of the file where the file system has such.</remarks>
    public ValueTask<StorageResult<ObjectInfo>> CopyAsync(string sourceKey, string destinationKey, CancellationToken cancellationToken) => DoAsync<ObjectInfo>(
        "copying",
        sourceKey,
        async () =>
        {
            if (Paths.Check(destinationKey) is { } invalid)
            {
                return invalid;
            }

            if (Find(sourceKey) is not { } source)
            {
                return StorageError.NotFound;
            }

            if (!OperatingSystem.IsWindows())
            {
                var second = Paths.Own(TemporaryFolder, NewName());
                System.IO.Directory.CreateDirectory(Path.GetDirectoryName(second)!);
                if (Posix.TryLink(Paths.PathOf(sourceKey), second) == 0)
                {
                    try
                    {
                        await _placement.MoveAsync(second, destinationKey, replaces: true, cancellationToken).ConfigureAwait(false);
                        return source with { Key = destinationKey };
                    }
                    finally
                    {
                        // A rename of one name of a file to another of the same file does nothing.
                        File.Delete(second);
                    }
                }
            }

            using var file = NewFile();
            using (var content = OpenForReading(Paths.PathOf(sourceKey)))
            {
                file.Copy(content, cancellationToken);
            }

            file.Seal(NextTime());
            return await PlaceAsync(file, destinationKey, replaces: true, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StorageResult<IObjectUpload>> StartUploadAsync(string key, CancellationToken cancellationToken) => DoAsync<IObjectUpload>(
        "storing",
        key,
        () => new(Paths.Check(key) is { } invalid
            ? invalid
            : new StorageResult<IObjectUpload>(DirectoryUpload.Start(this, key))),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StorageResult<IReadOnlyList<UnfinishedUpload>>> ListUploadsAsync(string prefix, CancellationToken cancellationToken) => DoAsync<IReadOnlyList<UnfinishedUpload>>(
        "listing uploads below",
        prefix,
        () => new(new StorageResult<IReadOnlyList<UnfinishedUpload>>(DirectoryUpload.List(Paths, prefix))),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StorageResult<Done>> AbortUploadAsync(UnfinishedUpload upload, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(upload);
        return DoAsync<Done>(
            "aborting the upload of",
            upload.Key,
            () =>
            {
                DirectoryUpload.Remove(Paths, upload.Id);
                return new(Done.Ok);
            },
            cancellationToken);
    }

    /// <summary>Gives a sealed file its key.</summary>
    internal async ValueTask<ObjectInfo> PlaceAsync(TemporaryFile file, string key, bool replaces, CancellationToken cancellationToken)
    {
        var info = KeyWalk.Info(key, RandomAccess.GetLength(file.Handle), File.GetLastWriteTimeUtc(file.Handle));
        await _placement.MoveAsync(file.Path, key, replaces, cancellationToken).ConfigureAwait(false);
        file.Placed();
        return info;
    }

    private static string NewName() => Guid.NewGuid().ToString("N");

    private static Microsoft.Win32.SafeHandles.SafeFileHandle OpenForReading(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private TemporaryFile NewFile() => TemporaryFile.Create(Paths.Own(TemporaryFolder), NewName());

    private StorageResult<int> Read(
        string key, string? tag, long offset, IReadOnlyList<Memory<byte>> buffers, CancellationToken cancellationToken)
    {
        if (Find(key) is not { } found)
        {
            return StorageError.NotFound;
        }

        if (found.Size == 0)
        {
            return tag is null || tag == found.Tag ? 0 : OtherVersion(key);
        }

        // What was opened is one version to its end.
        using var file = OpenForReading(Paths.PathOf(key));
        if (tag is not null && tag != KeyWalk.Info(key, RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file)).Tag)
        {
            return OtherVersion(key);
        }

        var total = 0;
        foreach (var buffer in buffers)
        {
            for (var rest = buffer; rest.Length > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = RandomAccess.Read(file, rest.Span[..Math.Min(rest.Length, LargestRead)], offset + total);
                if (read == 0)
                {
                    return total;
                }

                total += read;
                rest = rest[read..];
            }
        }

        return total;
    }

    private static StorageError OtherVersion(string key) =>
        new(StorageErrorKind.Corrupt, $"'{BackupPath.Printable(key)}' is no longer the version it was");
}
