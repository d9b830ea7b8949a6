using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Trees;

/// <summary>Gives an entry just created the owner and mode that were asked for, whatever umask, ACLs and set-gid made of them.</summary>
internal static class NewEntryAttributes
{
    private const int SetGroupId = 0x400;
    private const int PermissionMask = 0xFFF;

    /// <summary>Applies <paramref name="entry"/> to <paramref name="name"/> in <paramref name="parent"/>; returns what it has in the end.</summary>
    public static Errno Apply(
        Descriptor parent, ReadOnlySpan<char> name, EntryType type, NewEntry entry, out StatxBuffer attributes)
    {
        var errno = AttributeCalls.Statx(parent, name, out attributes);
        if (errno != Errno.Success || !Differs(parent, type, ref entry, attributes))
        {
            return errno;
        }

        if (Owner(entry, attributes) is var (user, group)
            && (errno = AttributeCalls.ChangeOwner(parent, name, user, group)) != Errno.Success)
        {
            return errno;
        }

        // After chown, which clears the set-id bits. A symbolic link's mode does not exist.
        if (type != EntryType.SymbolicLink && (errno = AttributeCalls.ChangeMode(parent, name, entry.Mode)) != Errno.Success)
        {
            return errno;
        }

        return AttributeCalls.Statx(parent, name, out attributes);
    }

    /// <summary>The same for a file that is open.</summary>
    public static Errno Apply(Descriptor parent, Descriptor file, NewEntry entry, out StatxBuffer attributes)
    {
        var errno = AttributeCalls.Statx(file, out attributes);
        if (errno != Errno.Success || !Differs(parent, EntryType.File, ref entry, attributes))
        {
            return errno;
        }

        if (Owner(entry, attributes) is var (user, group) && (errno = AttributeCalls.ChangeOwner(file, user, group)) != Errno.Success)
        {
            return errno;
        }

        errno = AttributeCalls.ChangeMode(file, entry.Mode);
        return errno == Errno.Success ? AttributeCalls.Statx(file, out attributes) : errno;
    }

    private static bool Differs(Descriptor parent, EntryType type, ref NewEntry entry, in StatxBuffer actual)
    {
        var modeDiffers = type != EntryType.SymbolicLink && (actual.Mode & PermissionMask) != entry.Mode;
        var groupDiffers = entry.GroupId is { } group && group != actual.GroupId;
        if ((modeDiffers || groupDiffers)
            && AttributeCalls.Statx(parent, "", out var directory) == Errno.Success
            && (directory.Mode & SetGroupId) != 0)
        {
            // In a set-gid directory the group is inherited, and by directories the bit as well.
            entry = entry with { GroupId = null, Mode = type == EntryType.Directory ? entry.Mode | SetGroupId : entry.Mode };
            modeDiffers = type != EntryType.SymbolicLink && (actual.Mode & PermissionMask) != entry.Mode;
            groupDiffers = false;
        }

        return modeDiffers || groupDiffers || (entry.UserId is { } user && user != actual.UserId);
    }

    private static (uint? User, uint? Group)? Owner(NewEntry entry, in StatxBuffer actual)
    {
        var user = entry.UserId == actual.UserId ? null : entry.UserId;
        var group = entry.GroupId == actual.GroupId ? null : entry.GroupId;
        return user is null && group is null ? null : (user, group);
    }
}
