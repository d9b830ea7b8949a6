namespace BackupFs.FaultProxy;

/// <summary>How a connection goes wrong.</summary>
public enum ConnectionEnd
{
    /// <summary>Nothing passes any more, and nobody is told. Ends when the fault is removed.</summary>
    Stall,

    /// <summary>Closed in good order (FIN), too early.</summary>
    Close,

    /// <summary>Reset (RST), as by a machine that went down or a firewall.</summary>
    Reset,
}
