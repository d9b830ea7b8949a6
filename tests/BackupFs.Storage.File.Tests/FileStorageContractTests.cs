using BackupFs.Storage.Contract;

namespace BackupFs.Storage.File.Tests;

public sealed class FileStorageContractTests : StorageContract, IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    protected override ValueTask<IBackupStorage> CreateStorageAsync() => new(_store.Storage);

    protected override ValueTask<IBackupStorage> ReopenAsync() => new(_store.Another());

    protected override async ValueTask SimulateCrashAsync(IBackupHandle handle) =>
        await ((FileBackupHandle)handle).SimulateCrashAsync();

    protected override async ValueTask<bool> TamperAsync(string directory, string name, string path, long offset)
    {
        await using var file = System.IO.File.Open(_store.At(directory, name, path), FileMode.Open);
        file.Position = offset;
        var value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 1));
        return true;
    }

    protected override async ValueTask<bool> PlantForeignAsync(
        string directory, string name, IReadOnlyDictionary<string, byte[]> files)
    {
        Directory.CreateDirectory(_store.At(directory, name));
        foreach (var (path, content) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_store.At(directory, name, path))!);
            await System.IO.File.WriteAllBytesAsync(_store.At(directory, name, path), content);
        }

        return true;
    }
}
