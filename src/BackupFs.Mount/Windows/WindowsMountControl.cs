using BackupFs.WinFsp.Control;

namespace BackupFs.Mount.Windows;

/// <summary>Talks to mounts through DeviceIoControl on an open file or directory. Thread-safe.</summary>
/// <param name="device">Opens files for it.</param>
/// <param name="time">The clock.</param>
public sealed class WindowsMountControl(IDeviceControl device, TimeProvider time) : IMountControl
{
    private static readonly TimeSpan UnmountPatience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan UnmountPolling = TimeSpan.FromMilliseconds(50);

    /// <inheritdoc/>
    public MountedPath? Find(string path) =>
        Ask(path, mayCommand: false, ControlQuestion.Find) is { Outcome: ControlOutcome.Done, Parts: [var mountPoint, var below, var source] }
            ? new MountedPath(mountPoint, below, source)
            : null;

    /// <summary>Never: a mount of a process that is gone is gone.</summary>
    public bool IsDead(string path) => false;

    /// <inheritdoc/>
    public string? Get(string path, string attribute) => Ask(path, mayCommand: false, ControlQuestion.Get, attribute) switch
    {
        { Outcome: ControlOutcome.Done, Parts: [var value] } => value,
        { Outcome: ControlOutcome.Refused } refused => throw Refused(path, refused),
        _ => null,
    };

    /// <inheritdoc/>
    public void Set(string path, string attribute, string value)
    {
        var answer = Ask(path, mayCommand: true, ControlQuestion.Set, attribute, value);
        if (answer is not { Outcome: ControlOutcome.Done })
        {
            throw answer is { } refused ? Refused(path, refused) : new MountException($"'{path}' is not in a BackupFs mount");
        }
    }

    /// <inheritdoc/>
    public void Unmount(string mountPoint, bool lazy)
    {
        var root = Path.TrimEndingDirectorySeparator(mountPoint) + @"\";
        var answer = Ask(root, mayCommand: true, ControlQuestion.Unmount, lazy ? "lazy" : "");
        if (answer is not { Outcome: ControlOutcome.Done })
        {
            throw answer is { } refused ? Refused(mountPoint, refused) : new MountException($"'{mountPoint}' is not a BackupFs mount");
        }

        var begun = time.GetTimestamp();
        while (IsThere(root))
        {
            if (time.GetElapsedTime(begun) > UnmountPatience)
            {
                throw new MountException($"the mount at '{mountPoint}' does not end; its log says what it waits for");
            }

            Task.Delay(UnmountPolling, time).GetAwaiter().GetResult();
        }
    }

    private bool IsThere(string root)
    {
        try
        {
            return Ask(root, mayCommand: false, ControlQuestion.Find) is { Outcome: ControlOutcome.Done };
        }
        catch (MountException)
        {
            return false;
        }
    }

    /// <summary>Asks, and reads the whole answer; null if the path is on another volume.</summary>
    private Answer? Ask(string path, bool mayCommand, ControlQuestion question, params ReadOnlySpan<string> parts)
    {
        try
        {
            using var file = device.Open(path, mayCommand);
            var transfer = new byte[ControlProtocol.LongestTransfer];
            if (!file.TrySend(ControlProtocol.Ask, ControlProtocol.Write((byte)question, parts), transfer, out var count)
                || count < ControlProtocol.LengthSize)
            {
                return null;
            }

            var answer = new byte[ControlProtocol.ReadNumber(transfer)];
            var got = count - ControlProtocol.LengthSize;
            transfer.AsSpan(ControlProtocol.LengthSize, got).CopyTo(answer);
            while (got < answer.Length)
            {
                if (!file.TrySend(ControlProtocol.ReadOn, ControlProtocol.WriteNumber(got), transfer, out count) || count == 0)
                {
                    throw new MountException($"'{path}': the mount broke its answer off");
                }

                transfer.AsSpan(0, count).CopyTo(answer.AsSpan(got));
                got += count;
            }

            var (kind, values) = ControlProtocol.Read(answer);
            return new Answer((ControlOutcome)kind, values);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new MountException(error is FileNotFoundException or DirectoryNotFoundException
                ? $"'{path}' does not exist"
                : $"'{path}': {error.Message}", error);
        }
    }

    private static MountException Refused(string path, Answer answer) => new($"'{path}': {string.Join('\n', answer.Parts)}");

    private sealed record Answer(ControlOutcome Outcome, string[] Parts);
}
