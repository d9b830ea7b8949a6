namespace BackupFs.WinFsp.Driver;

/// <summary>The request that a thread is at, as WinFsp keeps it for its dispatcher threads.</summary>
internal static class RequestThread
{
    [ThreadStatic]
    private static ulong _hint;

    [ThreadStatic]
    private static uint _process;

    [ThreadStatic]
    private static FileAccessRights _access;

    /// <summary>What names the request; 0 when the thread is at none.</summary>
    internal static ulong Hint => _hint;

    /// <summary>The process that made it, where WinFsp tells.</summary>
    internal static uint Process => _process;

    /// <summary>The rights that a Create asks for.</summary>
    internal static FileAccessRights Access => _access;

    /// <summary>Calls as a dispatcher thread does: inside a request, and without a synchronization context.</summary>
    internal static NtStatus Call(
        ulong hint, uint process, Func<NtStatus> callback, FileAccessRights access = FileAccessRights.None)
    {
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        (_hint, _process, _access) = (hint, process, access);
        try
        {
            return callback();
        }
        finally
        {
            (_hint, _process, _access) = (0, 0, FileAccessRights.None);
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
