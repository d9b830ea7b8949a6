using System.Text;
using BackupFs.FileSystem;
using BackupFs.Storage;
using BackupFs.WinFsp;

namespace BackupFs.Mount.Windows;

/// <content>State and commands of the verbs: see <see cref="ControlProtocol"/>.</content>
internal sealed partial class WinFspOperations
{
    /// <summary>Begins to unmount; whoever asked for it does not wait. Set before the first request.</summary>
    public Action UnmountRequested { get; set; } = () => { };

    /// <summary>Where it is mounted, as questions are answered. Set before the first request.</summary>
    public string MountPoint { get; set; } = "";

    public async ValueTask<WinFspResult<ReadOnlyMemory<byte>>> Control(
        WinFspHandle handle, uint code, ReadOnlyMemory<byte> input, int longestOutput)
    {
        var open = (VolumeHandle)handle;
        switch (code)
        {
            case ControlProtocol.Ask when longestOutput >= ControlProtocol.LengthSize:
                open.ControlAnswer = await AnswerAsync(open, input).ConfigureAwait(false);
                var beginning = Math.Min(open.ControlAnswer.Length, longestOutput - ControlProtocol.LengthSize);
                byte[] answer = [.. ControlProtocol.WriteNumber(open.ControlAnswer.Length), .. open.ControlAnswer.Span[..beginning]];
                return new ReadOnlyMemory<byte>(answer);
            case ControlProtocol.ReadOn:
                var offset = Math.Clamp(ControlProtocol.ReadNumber(input.Span), 0, open.ControlAnswer.Length);
                return open.ControlAnswer.Slice(offset, Math.Min(open.ControlAnswer.Length - offset, longestOutput));
            case ControlProtocol.Ask:
                return NtStatus.BufferTooSmall;
            default:
                return NtStatus.InvalidDeviceRequest;
        }
    }

    private async ValueTask<byte[]> AnswerAsync(VolumeHandle open, ReadOnlyMemory<byte> question)
    {
        var (kind, parts) = ControlProtocol.Read(question.Span);
        switch ((ControlQuestion)kind)
        {
            case ControlQuestion.Find:
                return Done(MountPoint, _fileSystem.PathOf(open.Inode) ?? "", _options.Source);
            case ControlQuestion.Get when parts is [var name]:
                var value = await ReadControlAsync(open.Inode, name).ConfigureAwait(false);
                return value is null ? ControlProtocol.Write((byte)ControlOutcome.Absent) : Done(value);
            case ControlQuestion.Set when parts is [var name, var text] && name.StartsWith(ControlAttributes.Prefix, StringComparison.Ordinal):
                return MayCommand(open) ? await SetAsync(open, name, text).ConfigureAwait(false) : Refused(FsError.AccessDenied);
            case ControlQuestion.Unmount when parts is [var how] && open.Inode == _fileSystem.Inodes.Root:
                return MayCommand(open) ? Unmount(how == "lazy") : Refused(FsError.AccessDenied);
            default:
                return Refused(FsError.InvalidArgument);
        }
    }

    /// <summary>As on Linux, where extended attributes are set by who may write: the mount's rules gave that right or did not.</summary>
    private static bool MayCommand(VolumeHandle open) => (open.Access & FileAccessRights.WriteAttributes) != 0;

    private async ValueTask<byte[]> SetAsync(VolumeHandle open, string name, string value)
    {
        var set = await _fileSystem.SetxattrAsync(
            open.Inode, name, Encoding.UTF8.GetBytes(value), AttributeSetMode.CreateOrReplace, open.Caller, _waiting.Token).ConfigureAwait(false);
        if (set == FsError.None)
        {
            return Done();
        }

        var reason = await ReadControlAsync(open.Inode, ControlAttributes.Error).ConfigureAwait(false);
        return string.IsNullOrEmpty(reason) ? Refused(set) : ControlProtocol.Write((byte)ControlOutcome.Refused, reason);
    }

    private byte[] Unmount(bool lazy)
    {
        if (!lazy && OpenFiles is > 0 and var count)
        {
            return ControlProtocol.Write((byte)ControlOutcome.Refused, $"{count} files are open in the mount");
        }

        UnmountRequested();
        return Done();
    }

    private async ValueTask<string?> ReadControlAsync(Inode inode, string name)
    {
        if (!name.StartsWith(ControlAttributes.Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var value = await _fileSystem.GetxattrAsync(inode, name, _waiting.Token).ConfigureAwait(false);
        return value.IsOk ? Encoding.UTF8.GetString(value.Value) : null;
    }

    private static byte[] Done(params ReadOnlySpan<string> values) => ControlProtocol.Write((byte)ControlOutcome.Done, values);

    private static byte[] Refused(FsError error) => ControlProtocol.Write((byte)ControlOutcome.Refused, error switch
    {
        FsError.NotFound or FsError.Stale => "it does not exist any more",
        FsError.AccessDenied => "permission denied",
        FsError.NotPermitted => "not permitted",
        FsError.Busy => "it is in use: a file is still open for writing, or it is being ended",
        FsError.ReadOnly => "it is complete, or the mount is read-only",
        FsError.Io => "refused; the mount's log says why",
        FsError.Interrupted => "interrupted",
        _ => error.ToString(),
    });
}
