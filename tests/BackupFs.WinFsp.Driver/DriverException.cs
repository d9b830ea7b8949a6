namespace BackupFs.WinFsp.Driver;

/// <summary>What a program would get as an error.</summary>
public sealed class DriverException(string operation, NtStatus status) : Exception($"{operation}: {status} (0x{(uint)status:X8})")
{
    /// <summary>The status.</summary>
    public NtStatus Status { get; } = status;

    /// <summary>The status that something ends with.</summary>
    public static NtStatus StatusOf(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        try
        {
            action();
            return NtStatus.Success;
        }
        catch (DriverException exception)
        {
            return exception.Status;
        }
    }

    /// <summary>Throws unless the status is a success.</summary>
    internal static void Check(string operation, NtStatus status)
    {
        if (!status.IsSuccess())
        {
            throw new DriverException(operation, status);
        }
    }
}
