namespace BackupFs.FaultProxy;

/// <summary>Which way bytes go.</summary>
public enum FlowDirection
{
    /// <summary>From the client: requests.</summary>
    ToServer,

    /// <summary>From the server: responses.</summary>
    ToClient,
}
