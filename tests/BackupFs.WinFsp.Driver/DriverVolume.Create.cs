using System.Runtime.CompilerServices;
using BackupFs.WinFsp.Layout;

namespace BackupFs.WinFsp.Driver;

/// <summary>NtCreateFile: the part of the DLL, which checks and then creates or opens, and the part of the driver after that.</summary>
public sealed partial class DriverVolume
{
    private const int RoomForName = (16 * 1024) - 128; // what the response has beyond its head
    private const int DispositionShift = 24;

    private const FileAccessRights Writing = FileAccessRights.WriteData | FileAccessRights.AppendData | FileAccessRights.DeleteChild;

    private enum Outcome
    {
        Opened,
        Created,
        Overwritten,
    }

    /// <summary>Opens, creates or overwrites a file or directory.</summary>
    public DriverFile Create(string name, DriverOpen how)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(how);
        var opened = default(OpenFileInfo);
        string normalized = "";
        nint context = 0;
        Outcome outcome = default;
        NtStatus status = RequestThread.Call(
            Library.NextHint(),
            how.ProcessId,
            () => CreateInLibrary(name, how, ref context, ref opened, ref normalized, ref outcome),
            how.Desired ?? how.Access);
        DriverException.Check($"Create {name}", status);

        if (!Nodes.SameName(normalized, name))
        {
            Table.Close(context);
            throw new DriverException($"Create {name}: normalized {normalized}", NtStatus.ObjectNameInvalid);
        }

        var file = new DriverFile(this, context, how, opened.Info);
        status = Nodes.TryOpen(file, normalized, (opened.Info.Attributes & FileAttributes.Directory) != 0, out DriverNode? node);
        if (!status.IsSuccess())
        {
            Table.Close(context); // without a Cleanup
            throw new DriverException($"Create {name}", status);
        }

        file.Node = node!;
        if (outcome == Outcome.Overwritten)
        {
            file.Overwrite(how);
        }
        else if (outcome == Outcome.Created)
        {
            file.WasCreated = true;
        }

        return file;
    }

    private NtStatus CreateInLibrary(
        string name, DriverOpen how, ref nint context, ref OpenFileInfo opened, ref string normalized, ref Outcome outcome)
    {
        bool mayCreate = how.Disposition is not (CreateDisposition.Open or CreateDisposition.Overwrite);
        if (how.Disposition != CreateDisposition.Create)
        {
            NtStatus status = CheckExisting(name, how);
            if (status.IsSuccess())
            {
                status = OpenExisting(name, how, ref context, ref opened, ref normalized);
            }

            if (status.IsSuccess())
            {
                outcome = how.Disposition is CreateDisposition.Open or CreateDisposition.OpenIf ? Outcome.Opened : Outcome.Overwritten;
            }

            if (status != NtStatus.ObjectNameNotFound || !mayCreate)
            {
                return status;
            }
        }

        outcome = Outcome.Created;
        NtStatus parent = CheckParent(name);
        if (!parent.IsSuccess())
        {
            return parent;
        }

        NtStatus created = CreateNew(name, how, ref context, ref opened, ref normalized);
        return created == NtStatus.ObjectNameCollision
            && (how.Options & CreateOptions.NonDirectory) != 0
            && GetSecurityByName(name, out FileAttributes existing).IsSuccess()
            && (existing & FileAttributes.Directory) != 0
            ? NtStatus.FileIsADirectory
            : created;
    }

    private NtStatus CheckParent(string name)
    {
        NtStatus status = GetSecurityByName(ParentOf(name), out FileAttributes attributes);
        return status switch
        {
            NtStatus.ObjectNameNotFound => NtStatus.ObjectPathNotFound,
            _ when !status.IsSuccess() => status,
            _ => (attributes & FileAttributes.Directory) == 0 ? NtStatus.NotADirectory : NtStatus.Success,
        };
    }

    private NtStatus CheckExisting(string name, DriverOpen how)
    {
        NtStatus status = GetSecurityByName(name, out FileAttributes attributes);
        if (!status.IsSuccess())
        {
            return status;
        }

        bool directory = (attributes & FileAttributes.Directory) != 0;
        bool readOnly = (attributes & FileAttributes.ReadOnly) != 0;
        bool overwrites = how.Disposition is not (CreateDisposition.Open or CreateDisposition.OpenIf);
        FileAccessRights access = how.Access | (overwrites ? FileAccessRights.WriteData : FileAccessRights.None);
        // All rights stand for MAXIMUM_ALLOWED: on a read-only file, those are the ones without writing.
        return (directory, readOnly) switch
        {
            (false, _) when (how.Options & CreateOptions.Directory) != 0 => NtStatus.NotADirectory,
            (true, _) when (how.Options & CreateOptions.NonDirectory) != 0 => NtStatus.FileIsADirectory,
            (false, true) when (access & Writing) != 0 && how.Access != FileAccessRights.All => NtStatus.AccessDenied,
            (_, true) when (how.Options & CreateOptions.DeleteOnClose) != 0 => NtStatus.CannotDelete,
            _ => NtStatus.Success,
        };
    }

    /// <summary>Attributes and descriptor by name, with a buffer that grows as the DLL's does.</summary>
    internal unsafe NtStatus GetSecurityByName(string name, out FileAttributes attributes)
    {
        uint answer = 0;
        nuint size = 1024; // WinFsp's first try
        while (true)
        {
            using var descriptor = new GuardedMemory((int)size);
            NtStatus status = Table.GetSecurityByName(name, &answer, descriptor.Address, &size);
            if (status != NtStatus.BufferOverflow)
            {
                attributes = (FileAttributes)answer;
                return status;
            }
        }
    }

    private unsafe NtStatus OpenExisting(
        string name, DriverOpen how, ref nint context, ref OpenFileInfo opened, ref string normalized)
    {
        using var room = new GuardedMemory(RoomForName);
        OpenFileInfo info = Prepare(room);
        nint answer = 0;
        NtStatus status = Table.Open(name, OptionsOf(how), (uint)how.Access, &answer, &info);
        (context, opened, normalized) = (answer, info, NameOf(info, room, name));
        return status;
    }

    private unsafe NtStatus CreateNew(
        string name, DriverOpen how, ref nint context, ref OpenFileInfo opened, ref string normalized)
    {
        using var room = new GuardedMemory(RoomForName);
        using var descriptor = new GuardedMemory(how.SecurityDescriptor.Span);
        using GuardedMemory extended = DriverFile.ToList(how.ExtendedAttributes);
        OpenFileInfo info = Prepare(room);
        nint answer = 0;
        bool directory = (how.Options & CreateOptions.Directory) != 0;
        FileAttributes attributes = (how.Attributes & ~(FileAttributes.Normal | FileAttributes.Directory))
            | (directory ? FileAttributes.Directory : FileAttributes.None);
        NtStatus status = Table.CreateEx(
            name,
            OptionsOf(how),
            (uint)how.Access,
            (uint)attributes,
            how.SecurityDescriptor.IsEmpty ? null : descriptor.Address,
            how.AllocationSize,
            extended.Span.IsEmpty ? null : extended.Address,
            (uint)extended.Span.Length,
            extraIsReparsePoint: false,
            &answer,
            &info);
        (context, opened, normalized) = (answer, info, NameOf(info, room, name));
        return status;
    }

    private static unsafe OpenFileInfo Prepare(GuardedMemory room) =>
        new() { NormalizedName = (nint)room.Address, NormalizedNameSize = RoomForName };

    // A size that was left alone says that there is no normalized name.
    private static unsafe string NameOf(OpenFileInfo info, GuardedMemory room, string name) =>
        info.NormalizedNameSize > OpenFileInfo.LongestNormalizedName
            ? name
            : new string((char*)room.Address, 0, info.NormalizedNameSize / sizeof(char));

    private static uint OptionsOf(DriverOpen how) => (uint)how.Options | ((uint)how.Disposition << DispositionShift);

    private static string ParentOf(string name)
    {
        int slash = name.LastIndexOf('\\');
        return slash <= 0 ? "\\" : name[..slash];
    }
}
