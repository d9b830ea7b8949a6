namespace BackupFs.Fuse;

/// <summary>What was agreed with the kernel at INIT.</summary>
public sealed record FuseConnectionInfo
{
    /// <summary>Minor protocol version in use (the major one is 7).</summary>
    public required uint Minor { get; init; }

    /// <summary>Minor protocol version of the kernel.</summary>
    public required uint KernelMinor { get; init; }

    /// <summary>What the kernel offered.</summary>
    public required FuseFeatures Offered { get; init; }

    /// <summary>What both sides use.</summary>
    public required FuseFeatures Features { get; init; }

    /// <summary>Largest WRITE, in bytes.</summary>
    public required int MaxWrite { get; init; }

    /// <summary>Largest request, in pages.</summary>
    public required int MaxPages { get; init; }

    /// <summary>Read-ahead the kernel may do, in bytes.</summary>
    public required long MaxReadahead { get; init; }

    /// <summary>Tells the kernel what is stale; the same as the session's.</summary>
    public required FuseNotifier Notifier { get; init; }

    /// <summary>Registers backing files; the same as the session's.</summary>
    public required FusePassthrough Passthrough { get; init; }
}
