namespace BackupFs.WinFsp.Security;

/// <summary>Expresses an owner, a group and permission bits as a security descriptor.</summary>
public static class PosixPermissions
{
    private const FileAccessRights AnyoneMay =
        FileAccessRights.ReadAttributes | FileAccessRights.ReadEa | FileAccessRights.ReadControl | FileAccessRights.Synchronize;

    private const FileAccessRights OwnerMay =
        AnyoneMay | FileAccessRights.WriteAttributes | FileAccessRights.WriteEa | FileAccessRights.WriteDac;

    private const int ReadBit = 4;
    private const int WriteBit = 2;
    private const int ExecuteBit = 1;
    private const int Bits = 7;

    /// <summary>
    /// The descriptor of a file or directory. As on Unix, exactly one class counts for a user: the owner's bits for the owner, even where
    /// the group or others have more. Deleting and renaming take the right to write the directory; Windows knows that right, too.
    /// </summary>
    /// <param name="owner">The owner.</param>
    /// <param name="group">The group.</param>
    /// <param name="mode">Permission bits; only the lower nine count.</param>
    /// <param name="directory">Whether it is a directory.</param>
    public static byte[] ToDescriptor(Sid owner, Sid group, uint mode, bool directory)
    {
        int ofOwner = (int)(mode >> 6) & Bits;
        int ofGroup = (int)(mode >> 3) & Bits;
        int ofOthers = (int)mode & Bits;
        var entries = new List<AccessEntry>();

        // A right is given to a user by any entry for any of its identifiers: what the owner lacks and others have must be denied first.
        Deny(owner, (ofGroup | ofOthers) & ~ofOwner);
        entries.Add(new AccessEntry(true, owner, OwnerMay | Rights(ofOwner, directory)));
        Deny(group, ofOthers & ~ofGroup);
        entries.Add(new AccessEntry(true, group, AnyoneMay | Rights(ofGroup, directory)));
        entries.Add(new AccessEntry(true, Sid.Everyone, AnyoneMay | Rights(ofOthers, directory)));
        return SecurityDescriptor.Build(owner, group, entries);

        void Deny(Sid sid, int bits)
        {
            if (bits != 0)
            {
                entries.Add(new AccessEntry(false, sid, Rights(bits, directory)));
            }
        }
    }

    private static FileAccessRights Rights(int bits, bool directory)
    {
        FileAccessRights rights = FileAccessRights.None;
        if ((bits & ReadBit) != 0)
        {
            rights |= FileAccessRights.ReadData;
        }

        if ((bits & WriteBit) != 0)
        {
            rights |= FileAccessRights.WriteData | FileAccessRights.AppendData;
            rights |= directory ? FileAccessRights.DeleteChild : FileAccessRights.None;
        }

        if ((bits & ExecuteBit) != 0)
        {
            rights |= FileAccessRights.Execute;
        }

        return rights;
    }
}
