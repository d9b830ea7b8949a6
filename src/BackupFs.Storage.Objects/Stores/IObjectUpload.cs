using System.Buffers;

namespace BackupFs.Storage.Objects;

/// <summary>
/// An upload in parts. Thread-safe for different parts, unless <see cref="ObjectStoreLimits.PartsInOrder"/>. Every upload
/// ends with <see cref="CompleteAsync"/> or <see cref="AbortAsync"/>; errors as in <see cref="IObjectStore"/>.
/// </summary>
public interface IObjectUpload
{
    /// <summary>The key it will have.</summary>
    string Key { get; }

    /// <summary>
    /// Uploads a part, which is confirmed by the server when this returns. The same number again replaces it, where
    /// <see cref="ObjectStoreLimits.PartsInOrder"/> is false.
    /// </summary>
    /// <param name="number">1..<see cref="ObjectStoreLimits.MaximumParts"/>.</param>
    /// <param name="body">Stays unchanged until this returns. Sizes are within <see cref="ObjectStoreLimits"/>; only the last part may be smaller.</param>
    /// <param name="isLast">Whether the object ends with it.</param>
    /// <param name="cancellationToken">For this call.</param>
    ValueTask<StorageResult<Done>> UploadPartAsync(
        int number, ReadOnlySequence<byte> body, bool isLast, CancellationToken cancellationToken);

    /// <summary>
    /// Makes a part of a range of an existing object, inside the store. Unsupported unless
    /// <see cref="ObjectStoreLimits.PartCopy"/>, and for a source that the server may not copy rightly; Corrupt when the object
    /// is no longer the one with the tag.
    /// </summary>
    ValueTask<StorageResult<Done>> CopyPartAsync(
        int number, string sourceKey, string tag, long offset, long length, CancellationToken cancellationToken);

    /// <summary>
    /// Makes the object of parts 1..<paramref name="parts"/>, which must be all that were uploaded, replacing atomically what is
    /// there, and returns when the server has confirmed it. Repeating it after a lost answer is harmless.
    /// </summary>
    ValueTask<StorageResult<ObjectInfo>> CompleteAsync(int parts, CancellationToken cancellationToken);

    /// <summary>Gives up and frees the parts. Aborting twice, or after the completion, is harmless.</summary>
    ValueTask<StorageResult<Done>> AbortAsync(CancellationToken cancellationToken);
}
