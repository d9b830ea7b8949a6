namespace BackupFs.Storage.File.Tests;

/// <summary>Short forms of what tests do all the time.</summary>
internal static class TreeExtensions
{
    public static readonly CancellationToken None = CancellationToken.None;

    public static async Task WriteAsync(this IBackupHandle backup, string path, byte[] content)
    {
        await using var file = await backup.CreateAsync(path);
        Assert.Equal(content.Length, (await file.WriteAsync(content, 0, None)).Value);
        Assert.True((await file.FlushAsync(None)).IsOk);
    }

    public static async Task<IBackupFile> CreateAsync(this IBackupHandle backup, string path, int mode = 0x1A4) =>
        (await backup.Tree.CreateFileAsync(path, FileAccessMode.ReadWrite, new NewEntry(mode), None)).Value;

    public static async Task<IBackupFile> OpenAsync(this IBackupHandle backup, string path, FileAccessMode access = FileAccessMode.Read) =>
        (await backup.Tree.OpenFileAsync(path, access, truncate: false, None)).Value;

    public static async Task<byte[]> ReadAsync(this IBackupHandle backup, string path)
    {
        await using var file = await backup.OpenAsync(path);
        var buffer = new byte[(await file.GetAttributesAsync(None)).Value.Size];
        Assert.Equal(buffer.Length, (await file.ReadAsync(buffer, 0, None)).Value);
        return buffer;
    }

    public static Task EndAsync(this IBackupHandle backup) => backup.EndBackupAsync(BackupNotes.None, None).AsTask();

    public static Task<IBackupHandle> StartAsync(this IBackupStorage storage, string directory = "ks/-80", string name = "b") =>
        storage.StartBackupAsync(directory, name, None).AsTask();

    public static async Task<IBackupHandle> FindAsync(this IBackupStorage storage, string directory = "ks/-80", string name = "b") =>
        Assert.IsAssignableFrom<IBackupHandle>(await storage.FindBackupAsync(directory, name, None));

    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static async Task<StorageErrorKind> KindOf(Func<Task> action) =>
        (await Assert.ThrowsAsync<StorageException>(action)).Kind;
}
