namespace BackupFs.FaultProxy;

/// <summary>A fault has ended a connection of the proxy; ends its tasks, and leaves the proxy nowhere.</summary>
internal sealed class ConnectionEndedException : Exception;
