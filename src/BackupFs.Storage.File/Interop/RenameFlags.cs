namespace BackupFs.Storage.File.Interop;

/// <summary>Flags of renameat2(2).</summary>
internal static class RenameFlags
{
    public const uint None = 0;
    public const uint NoReplace = 1;
    public const uint Exchange = 2;
}
