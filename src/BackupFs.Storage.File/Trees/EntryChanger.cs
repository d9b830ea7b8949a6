using BackupFs.Storage.File.Interop;

namespace BackupFs.Storage.File.Trees;

/// <summary>Applies <see cref="EntryChanges"/> other than the size, in the one order that keeps them all: owner, mode, times.</summary>
internal static class EntryChanger
{
    private const int PermissionMask = 0xFFF;

    /// <summary>To an entry by name; a symbolic link's own.</summary>
    public static Errno Apply(Descriptor parent, ReadOnlySpan<char> name, EntryChanges changes)
    {
        var errno = Errno.Success;
        if (changes.UserId is not null || changes.GroupId is not null)
        {
            errno = AttributeCalls.ChangeOwner(parent, name, changes.UserId, changes.GroupId);
        }

        // chown clears the set-id bits, so the mode comes after it.
        if (errno == Errno.Success && changes.Mode is { } mode)
        {
            errno = AttributeCalls.ChangeMode(parent, name, mode & PermissionMask);
        }

        if (errno == Errno.Success && (changes.AccessTime is not null || changes.ModifyTime is not null))
        {
            errno = AttributeCalls.SetTimes(parent, name, changes.AccessTime, changes.ModifyTime);
        }

        return errno;
    }

    /// <summary>To an open file.</summary>
    public static Errno Apply(Descriptor file, EntryChanges changes)
    {
        var errno = Errno.Success;
        if (changes.UserId is not null || changes.GroupId is not null)
        {
            errno = AttributeCalls.ChangeOwner(file, changes.UserId, changes.GroupId);
        }

        if (errno == Errno.Success && changes.Mode is { } mode)
        {
            errno = AttributeCalls.ChangeMode(file, mode & PermissionMask);
        }

        if (errno == Errno.Success && (changes.AccessTime is not null || changes.ModifyTime is not null))
        {
            errno = AttributeCalls.SetTimes(file, changes.AccessTime, changes.ModifyTime);
        }

        return errno;
    }
}
