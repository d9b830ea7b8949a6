using BackupFs.Storage;
using BackupFs.WinFsp;
using BackupFs.WinFsp.Security;

namespace BackupFs.Mount.Windows;

/// <summary>
/// Who may do what, as security descriptors: whoever mounted, the system and the administrators everything; with
/// --allow-other everybody what the file's mode grants others.
/// </summary>
internal sealed class AccessRules
{
    private const int OthersRead = 4, OthersWrite = 2, OthersExecute = 1;

    private const FileAccessRights Reading = FileAccessRights.ReadData | FileAccessRights.ReadEa | FileAccessRights.ReadAttributes
        | FileAccessRights.ReadControl | FileAccessRights.Synchronize;

    private const FileAccessRights Writing = FileAccessRights.WriteData | FileAccessRights.AppendData | FileAccessRights.WriteEa
        | FileAccessRights.WriteAttributes;

    private const FileAccessRights Looking = FileAccessRights.ReadAttributes | FileAccessRights.ReadControl | FileAccessRights.Synchronize;

    private readonly byte[][] _files = new byte[8][];
    private readonly byte[][] _directories = new byte[8][];
    private readonly int _mask;

    /// <param name="owner">Who mounted.</param>
    /// <param name="allowOther">Whether others may look into the mount.</param>
    /// <param name="umask">Mode bits that nobody has.</param>
    public AccessRules(Sid owner, bool allowOther, int umask)
    {
        _mask = allowOther ? ~umask & 7 : 0;
        for (var others = 0; others < _files.Length; others++)
        {
            _files[others] = Build(owner, allowOther, others, isDirectory: false);
            _directories[others] = Build(owner, allowOther, others, isDirectory: true);
        }
    }

    /// <summary>The descriptor of an entry, self-relative.</summary>
    public ReadOnlyMemory<byte> Of(in EntryAttributes attributes) =>
        (attributes.Type == EntryType.Directory ? _directories : _files)[attributes.Mode & _mask];

    private static byte[] Build(Sid owner, bool allowOther, int others, bool isDirectory)
    {
        var entries = new List<AccessEntry>
        {
            new(Allowed: true, owner, FileAccessRights.All),
            new(Allowed: true, Sid.LocalSystem, FileAccessRights.All),
            new(Allowed: true, Sid.Administrators, FileAccessRights.All),
        };
        if (allowOther)
        {
            var rights = Looking
                | ((others & OthersRead) != 0 ? Reading : FileAccessRights.None)
                | ((others & OthersWrite) != 0 ? Writing | FileAccessRights.Delete : FileAccessRights.None)
                | ((others & OthersWrite) != 0 && isDirectory ? FileAccessRights.DeleteChild : FileAccessRights.None)
                | ((others & OthersExecute) != 0 ? FileAccessRights.Execute : FileAccessRights.None);
            entries.Add(new AccessEntry(Allowed: true, Sid.Everyone, rights));
        }

        return SecurityDescriptor.Build(owner, Sid.Users, entries);
    }
}
