namespace BackupFs.Storage.Objects;

/// <summary>Where the content of one file of an open backup may be put. Thread-safe.</summary>
internal interface IContentKeys
{
    /// <summary>
    /// The key for the next version of the content, asked when its upload starts: the file's own if no other file's bytes are
    /// there, and a provisional one otherwise. May be the key of the present version, which is then replaced.
    /// </summary>
    string ChooseKey();

    /// <summary>
    /// A new version is stored and <paramref name="previous"/> is needed no longer (it may be null, or have the same key);
    /// or, with <paramref name="current"/> null, an upload to the key last chosen was given up.
    /// </summary>
    void Stored(StoredObject? previous, StoredObject? current);

    /// <summary>
    /// A version is going to be stored that is not all that its writer will write. Returns when a resume after a crash would know that;
    /// otherwise the error, and that version must not be stored.
    /// </summary>
    ValueTask<StorageError?> AnnouncePartialAsync();
}
