namespace BackupFs.Storage.Objects;

/// <summary>What an object store can do, as data. Every member has to be declared by every store.</summary>
/// <param name="MaximumPutSize">Bytes of a single put.</param>
/// <param name="MinimumPartSize">Bytes of every part but the last.</param>
/// <param name="MaximumPartSize">Bytes of a part; of a copied part, too.</param>
/// <param name="PartSizeMultiple">Every part but the last is a multiple of this; a power of two, at most 1 MiB.</param>
/// <param name="MaximumParts">Parts of an upload.</param>
/// <param name="MaximumObjectSize">Bytes of an object.</param>
/// <param name="PartsInOrder">Parts have to be uploaded one after another, and none twice.</param>
/// <param name="PartCopy"><see cref="IObjectUpload.CopyPartAsync"/> works.</param>
/// <param name="Conditions">The protocol has conditions on puts. Whether this server heeds them is another question.</param>
/// <param name="BucketPerDirectory">The first segment of a key chooses the bucket, so every key needs one that names a directory of backups.</param>
/// <param name="ObjectsAreFiles">Objects lie in directories: where there is an object <c>a</c>, there cannot be an object <c>a/b</c>, and a key has no empty segments.</param>
public sealed record ObjectStoreLimits(
    long MaximumPutSize,
    long MinimumPartSize,
    long MaximumPartSize,
    int PartSizeMultiple,
    int MaximumParts,
    long MaximumObjectSize,
    bool PartsInOrder,
    bool PartCopy,
    bool Conditions,
    bool BucketPerDirectory = false,
    bool ObjectsAreFiles = false);
