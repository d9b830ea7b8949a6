using BackupFs.WinFsp;
using BackupFs.WinFsp.Driver;

namespace BackupFs.Mount.Windows.Tests.Mounting;

/// <summary>How programs open files: what CreateFile makes of its arguments.</summary>
internal static class ProgramOpens
{
    private const FileAccessRights Reading =
        FileAccessRights.ReadData | FileAccessRights.ReadEa | FileAccessRights.ReadAttributes | FileAccessRights.ReadControl | FileAccessRights.Synchronize;

    private const FileAccessRights Writing =
        FileAccessRights.WriteData | FileAccessRights.AppendData | FileAccessRights.WriteEa | FileAccessRights.WriteAttributes
        | FileAccessRights.ReadControl | FileAccessRights.Synchronize;

    /// <summary>GENERIC_READ, OPEN_EXISTING.</summary>
    public static DriverOpen Read { get; } = new() { Access = Reading };

    /// <summary>GENERIC_READ and GENERIC_WRITE, OPEN_EXISTING.</summary>
    public static DriverOpen ReadWrite { get; } = new() { Access = Reading | Writing };

    /// <summary>GENERIC_WRITE, CREATE_ALWAYS.</summary>
    public static DriverOpen Save { get; } = new()
    {
        Access = Writing | FileAccessRights.ReadAttributes,
        Disposition = CreateDisposition.OverwriteIf,
        Options = CreateOptions.NonDirectory,
        Attributes = FileAttributes.Archive,
    };

    /// <summary>FILE_READ_ATTRIBUTES and FILE_WRITE_ATTRIBUTES, OPEN_EXISTING.</summary>
    public static DriverOpen Attributes { get; } = new()
    {
        Access = FileAccessRights.ReadAttributes | FileAccessRights.WriteAttributes | FileAccessRights.Synchronize,
    };
}
