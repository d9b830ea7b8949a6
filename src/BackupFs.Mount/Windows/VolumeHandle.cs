using BackupFs.FileSystem;
using BackupFs.Storage;
using BackupFs.WinFsp;

namespace BackupFs.Mount.Windows;

/// <summary>What one open of a program is for the file system. Owns one reference of its inode.</summary>
internal sealed class VolumeHandle : WinFspHandle
{
    public VolumeHandle(Inode inode, WinFspOpenRequest request)
    {
        Inode = inode;
        Access = request.GrantedAccess;
        Caller = new Caller(request.ProcessId);
    }

    /// <summary>What is open. Another one after an empty backup got another name.</summary>
    public Inode Inode { get; set; }

    /// <summary>The rights that the program has.</summary>
    public FileAccessRights Access { get; }

    /// <summary>The process that opened it; later requests do not tell theirs.</summary>
    public Caller Caller { get; }

    /// <summary>The content; null for directories, for special files, and when only attributes or the name are wanted.</summary>
    public OpenFile? File { get; set; }

    /// <summary>What is read of something that is no ordinary file: the target of a symbolic link.</summary>
    public ReadOnlyMemory<byte>? Text { get; init; }

    /// <summary>The time of the last write that the program set; later writes through this open do not change it.</summary>
    public Timestamp? KeptTime { get; set; }

    /// <summary>Whether something was written since <see cref="KeptTime"/> was set.</summary>
    public bool WroteSince { get; set; }

    /// <summary>The answer to a control request, for as long as it is read in pieces.</summary>
    public ReadOnlyMemory<byte> ControlAnswer { get; set; }

    /// <summary>Whether it is a directory.</summary>
    public bool IsDirectory => Inode is not EntryInode { Type: not EntryType.Directory };

    /// <summary>How the content is opened for the rights that the program has; null if they are not about content.</summary>
    public FileAccessMode? ContentAccess
    {
        get
        {
            var reads = (Access & (FileAccessRights.ReadData | FileAccessRights.Execute)) != 0;
            var writes = (Access & (FileAccessRights.WriteData | FileAccessRights.AppendData)) != 0;
            return (reads, writes) switch
            {
                (true, true) => FileAccessMode.ReadWrite,
                (false, true) => FileAccessMode.Write,
                (true, false) => FileAccessMode.Read,
                (false, false) => null,
            };
        }
    }
}
