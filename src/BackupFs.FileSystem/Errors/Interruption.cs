using BackupFs.Storage;
using Microsoft.Extensions.Logging;

namespace BackupFs.FileSystem;

/// <summary>The one place where a cancelled operation becomes an error: no OperationCanceledException leaves the file system.</summary>
internal static class Interruption
{
    /// <summary>What a cancelled call of the storage failed with: the caller asked for it, or the storage gave up by itself.</summary>
    public static StorageError ErrorOf(CancellationToken asked) => asked.IsCancellationRequested
        ? new StorageError(StorageErrorKind.Cancelled, "interrupted")
        : new StorageError(StorageErrorKind.Io, "the storage gave the operation up although nobody asked it to");

    /// <summary>An operation whose cancellation is its error. One that completed at once costs nothing.</summary>
    public static ValueTask<FsResult<T>> Of<T>(ValueTask<FsResult<T>> operation, ILogger log, CancellationToken asked)
    {
        return operation.IsCompletedSuccessfully ? operation : AwaitAsync(operation, log, asked);

        static async ValueTask<FsResult<T>> AwaitAsync(ValueTask<FsResult<T>> operation, ILogger log, CancellationToken asked)
        {
            try
            {
                return await operation.ConfigureAwait(false);
            }
            catch (OperationCanceledException error)
            {
                return Told(log, error, asked);
            }
        }
    }

    /// <summary>As the other one.</summary>
    public static ValueTask<FsError> Of(ValueTask<FsError> operation, ILogger log, CancellationToken asked)
    {
        return operation.IsCompletedSuccessfully ? operation : AwaitAsync(operation, log, asked);

        static async ValueTask<FsError> AwaitAsync(ValueTask<FsError> operation, ILogger log, CancellationToken asked)
        {
            try
            {
                return await operation.ConfigureAwait(false);
            }
            catch (OperationCanceledException error)
            {
                return Told(log, error, asked);
            }
        }
    }

    private static FsError Told(ILogger log, OperationCanceledException error, CancellationToken asked)
    {
        if (asked.IsCancellationRequested)
        {
            return FsError.Interrupted;
        }

        FileSystemLog.GivenUp(log, error);
        return FsError.Io;
    }
}
