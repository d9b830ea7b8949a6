namespace BackupFs.Storage.Objects;

/// <summary>Opens a file of a tree as a stream, as ReadFile wants it.</summary>
internal static class ReadStreams
{
    internal static async ValueTask<Stream> OpenAsync(IBackupTree tree, string path, CancellationToken cancellationToken)
    {
        var file = await tree.OpenFileAsync(path, FileAccessMode.Read, truncate: false, cancellationToken).ConfigureAwait(false);
        if (!file.IsOk)
        {
            var error = file.Error.Message.Length > 0
                ? file.Error
                : file.Error with { Message = $"'{BackupPath.Printable(path)}' cannot be read: {file.Error.Kind}" };
            throw error.ToException();
        }

        var attributes = await file.Value.GetAttributesAsync(cancellationToken).ConfigureAwait(false);
        return new BackupFileReadStream(file.Value, attributes.Value.Size, cancellationToken);
    }
}
